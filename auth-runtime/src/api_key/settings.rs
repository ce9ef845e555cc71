//! The settings of `ApiKeys`: how keys are presented and looked up.

use std::borrow::Cow;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;

use super::cache::Cache;
use super::store::ApiKeyStore;
use super::uses::PendingUses;
use super::{ApiKeys, Fault, Shared};
use crate::api_key::parse::is_label;
use crate::authenticator::{AuthenticationError, CredentialRequest};
use crate::credential::{Source, fault_of_prefix};
use crate::limit::FailureLimit;
use crate::permits::Permits;
use crate::scheme::Scheme;

/// Header fields that have another meaning to servers, proxies or this crate.
const RESERVED_FIELDS: [&str; 9] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "forwarded",
    "host",
    "proxy-authorization",
    "transfer-encoding",
    "x-forwarded-for",
];

#[derive(Clone, Debug)]
pub(super) struct ApiKeySettings {
    /// An invalid name is kept, so that `build` can report it.
    header: Result<Option<Source>, String>,
    pub(super) authorization: bool,
    /// All are `Source::AuthorizationPrefix`.
    prefixes: Vec<Source>,
    cookie: Option<Source>,
    query: Option<Source>,
    challenge_scheme: Scheme,
    pub(super) issuer: Arc<str>,
    pub(super) label: String,
    pub(super) cache_ttl: Duration,
    pub(super) store_timeout: Duration,
    pub(super) lookups: Lookups,
    pub(super) last_used_every: Duration,
    pub(super) failure_limit: Option<FailureLimit>,
}

/// Limits of the look-ups in progress.
#[derive(Clone, Debug)]
pub(super) struct Lookups {
    /// For keys that may be guesses.
    pub(super) unknown: Permits,
    /// For keys that were valid before, so that a flood of unknown keys does not block them.
    pub(super) known: Permits,
}

impl Lookups {
    fn new(limit: usize) -> Self {
        Self {
            unknown: Permits::new(limit, 0),
            known: Permits::new(limit, 0),
        }
    }
}

impl Default for ApiKeySettings {
    fn default() -> Self {
        Self {
            header: Ok(Some(Source::header("x-api-key"))),
            authorization: false,
            prefixes: Vec::new(),
            cookie: None,
            query: None,
            challenge_scheme: Scheme::API_KEY,
            issuer: "api_key".into(),
            label: "ak".to_owned(),
            cache_ttl: Duration::from_secs(10),
            store_timeout: Duration::from_secs(2),
            lookups: Lookups::new(256),
            last_used_every: Duration::from_secs(60),
            failure_limit: Some(FailureLimit::default()),
        }
    }
}

impl ApiKeys {
    /// Uses the keys in `store`.
    pub fn new(store: impl ApiKeyStore) -> Self {
        Self {
            settings: Arc::default(),
            shared: Arc::new(Shared {
                store: Box::new(store),
                cache: Cache::new(10_000),
                uses: PendingUses::default(),
            }),
        }
    }
}

/// # How keys are presented
impl ApiKeys {
    /// The header field whose value is the key. The default is `X-API-Key`.
    ///
    /// For keys in `Authorization` call [`authorization`](Self::authorization) instead.
    /// [`build`](crate::AuthBuilder::build) refuses fields that have another meaning, such as
    /// `Cookie`, `Host` or `X-Forwarded-For`.
    pub fn header(mut self, name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        let header = HeaderName::try_from(name).ok();
        self.settings_mut().header = header
            .filter(|header| !RESERVED_FIELDS.contains(&header.as_str()))
            .map(|header| Some(Source::Header(header)))
            .ok_or_else(|| name.to_owned());
        self
    }

    /// Does not read keys from a header field, only from the other configured sources.
    ///
    /// ```
    /// use auth_runtime::ApiKeys;
    /// use auth_runtime::api_key::MemoryApiKeys;
    ///
    /// // `Authorization: ApiKey <key>` and nothing else.
    /// let keys = ApiKeys::new(MemoryApiKeys::new()).without_header().authorization();
    /// # let _ = keys;
    /// ```
    pub fn without_header(mut self) -> Self {
        self.settings_mut().header = Ok(None);
        self
    }

    /// Also accepts `Authorization: ApiKey <key>`, or the scheme set with
    /// [`challenge_scheme`](Self::challenge_scheme).
    pub fn authorization(mut self) -> Self {
        self.settings_mut().authorization = true;
        self
    }

    /// Also accepts `Authorization: Bearer <key>` for keys that begin with `prefix`, next to JWTs and
    /// opaque tokens that are sent in the same way. Call it again for further prefixes.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{ApiKeys, Auth, Identity, Router, Scheme, require_auth};
    /// use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
    /// use auth_runtime::routing::get;
    /// use auth_runtime::testing::Issuer;
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth]
    /// async fn orders(caller: Identity) -> String {
    ///     format!("orders of {}", caller.subject())
    /// }
    ///
    /// #[require_auth(scheme = "bearer")]
    /// async fn tokens_only() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let keys = ApiKeys::new(MemoryApiKeys::new())
    ///     .label("shop") // new keys begin with `shop_`
    ///     .authorization_prefix(Scheme::BEARER, "shop_");
    /// let auth = Auth::builder().bearer(issuer.jwt()).api_keys(keys.clone()).build()?;
    /// let app = Router::new()
    ///     .route("/orders", get(orders))
    ///     .route("/tokens", get(tokens_only))
    ///     .with_auth(auth);
    ///
    /// let request = |path: &str, credentials: &str| {
    ///     let value = format!("Bearer {credentials}");
    ///     Request::get(path).header("authorization", value).body(Body::empty()).unwrap()
    /// };
    /// let (_, key) = keys.create(NewApiKey::new("kim")).await?;
    /// let key = key.reveal();
    /// assert_eq!(app.clone().oneshot(request("/orders", key)).await?.status(), 200);
    /// let token = issuer.token("alice").sign();
    /// assert_eq!(app.clone().oneshot(request("/orders", &token)).await?.status(), 200);
    ///
    /// // An invalid key gets the same bytes as no key.
    /// let refused = app.clone().oneshot(request("/orders", "shop_x")).await?;
    /// assert_eq!(refused.status(), 401);
    /// assert_eq!(refused.headers()["www-authenticate"], "Bearer realm=\"api\"");
    /// // A route for tokens does not accept a key, not even a valid one.
    /// assert_eq!(app.oneshot(request("/tokens", key)).await?.status(), 401);
    /// # Ok::<(), auth_runtime::BoxError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// 1. Only the prefix decides. A value that begins with it is an API key, even on routes that do not
    ///    accept API keys. It is neither verified as a token nor introspected. A value with another
    ///    beginning is not an API key. **An opaque token that happens to begin with the prefix is treated
    ///    as an API key and refused.**
    /// 2. The prefix is the [label](Self::label) of the keys followed by `_`. It must have at least four
    ///    characters, so the default label `ak` is too short. It is compared byte for byte.
    /// 3. In a rule, `scheme = "api_key"` accepts these keys and `scheme = "bearer"` does not.
    /// 4. A route that accepts both kinds sends one challenge, that of bearer tokens. A route that accepts
    ///    only API keys sends `Bearer realm="api"`. If [`authorization`](Self::authorization) is called as
    ///    well, it sends the scheme of that instead. No challenge says what is wrong with a key.
    ///
    /// The `scheme` is [`Scheme::BEARER`], or the scheme that was set with
    /// [`AuthBuilder::bearer_scheme`](crate::AuthBuilder::bearer_scheme).
    ///
    /// [`build`](crate::AuthBuilder::build) refuses a prefix that no key can begin with, that could begin a
    /// JWT, or that overlaps with the prefix of another kind.
    pub fn authorization_prefix(mut self, scheme: Scheme, prefix: impl Into<String>) -> Self {
        let source = Source::authorization_prefix(scheme, prefix);
        self.settings_mut().prefixes.push(source);
        self
    }

    /// Also accepts a key in the cookie with this name. Browsers send cookies with requests from other
    /// sites too. Such requests are refused: see [`public_origin`](crate::AuthBuilder::public_origin).
    pub fn cookie(mut self, name: impl Into<String>) -> Self {
        self.settings_mut().cookie = Some(Source::Cookie(name.into()));
        self
    }

    /// Also accepts a key in the query parameter with this name. URLs end up in logs, histories and
    /// `Referer` fields: use this only for clients that can't send a header field, and for keys with
    /// few permissions.
    pub fn query(mut self, name: impl Into<String>) -> Self {
        self.settings_mut().query = Some(Source::Query(name.into()));
        self
    }

    /// Sets the scheme of the challenge, which is `ApiKey realm="api"` by default, and of
    /// [`authorization`](Self::authorization). Rules still have `scheme = "api_key"`.
    /// [`build`](crate::AuthBuilder::build) refuses the names of other schemes, such as `Basic`.
    pub fn challenge_scheme(mut self, scheme: Scheme) -> Self {
        self.settings_mut().challenge_scheme = scheme;
        self
    }
}

/// # Owners, labels and failed attempts
impl ApiKeys {
    /// The [issuer](crate::Identity::issuer) of the identities. The default is `api_key`.
    ///
    /// The owner of a key is not the subject of a token with the same name, unless this is the issuer
    /// of the token.
    pub fn issuer(mut self, issuer: impl Into<Arc<str>>) -> Self {
        self.settings_mut().issuer = issuer.into();
        self
    }

    /// The beginning of new keys: 1 to 16 lower-case letters and digits. The default is `ak`. Keys with
    /// any label are accepted.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.settings_mut().label = label.into();
        self
    }

    /// Limits failed attempts, per client address and per prefix of a key. Beyond the limit the answer
    /// is 429 with `Retry-After` (row F5 of the conformance table). The default is
    /// [`FailureLimit::default`]. Several kinds of credentials can share one limit; `None` means no
    /// limit.
    ///
    /// The address of a client is known only if the server is started with
    /// `into_make_service_with_connect_info::<SocketAddr>()` (on a Unix socket see
    /// [`trust_unix_peers`](crate::AuthBuilder::trust_unix_peers)). Without it, failures are counted
    /// only per prefix, and look-ups are never refused. A client that disconnects before the answer
    /// counts as a failed attempt of its address; otherwise a flood of such requests would not be limited.
    ///
    /// Keys from an address over the limit are not looked up, except keys that were valid before on
    /// this node, so that other clients behind the address keep working. If a prefix is over the
    /// limit, invalid keys with this prefix get 429, and the valid key is still accepted: the prefix
    /// is public and the secret can't be guessed, so refusing the key would only harm its owner.
    pub fn failure_limit(mut self, limit: impl Into<Option<FailureLimit>>) -> Self {
        self.settings_mut().failure_limit = limit.into();
        self
    }
}

/// # How keys are looked up
impl ApiKeys {
    /// How long a valid key is cached. The default is 10 seconds. A key that was revoked on another
    /// node may be accepted for this long. Zero looks up the key of every request.
    pub fn cache_ttl(mut self, time: Duration) -> Self {
        self.settings_mut().cache_ttl = time;
        self
    }

    /// The maximum number of cached keys, of about half a kilobyte each. The default is 10,000. Only
    /// valid keys are cached. Applies to all clones.
    pub fn cache_entries(self, entries: usize) -> Self {
        let entries = u64::try_from(entries).unwrap_or(u64::MAX);
        self.shared.cache.set_capacity(entries);
        self
    }

    /// How long a request waits for the store before it gets 503. The default is 2 seconds.
    pub fn store_timeout(mut self, time: Duration) -> Self {
        self.settings_mut().store_timeout = time;
        self
    }

    /// The maximum number of concurrent look-ups. The default is 256. Requests beyond this limit get
    /// 503.
    ///
    /// Keys that were valid before on this node have a separate limit of the same size, so that a
    /// flood of unknown keys does not block them. Clones share the limit, except a clone on which
    /// this is called.
    pub fn concurrent_lookups(mut self, limit: usize) -> Self {
        self.settings_mut().lookups = Lookups::new(limit);
        self
    }

    /// The interval between writes of the last uses of keys to the store. The default is 60 seconds.
    /// Nothing is written if no key was used. A failed write is retried, after one second at the
    /// earliest.
    pub fn last_used_every(mut self, time: Duration) -> Self {
        self.settings_mut().last_used_every = time;
        self
    }

    fn settings_mut(&mut self) -> &mut ApiKeySettings {
        Arc::make_mut(&mut self.settings)
    }
}

impl ApiKeySettings {
    /// The sources whose whole value is the key: all except `Authorization`.
    pub(super) fn whole_values(&self) -> impl Iterator<Item = &Source> {
        let header = self.header.iter().flatten();
        header.chain(&self.cookie).chain(&self.query)
    }

    pub(super) fn sources(&self) -> Vec<Source> {
        let authorization = self.authorization.then(Source::authorization);
        let sources = self.whole_values().chain(&self.prefixes);
        sources.cloned().chain(authorization).collect()
    }

    /// The key in `Authorization`, with the configured scheme or with one of the prefixes.
    pub(super) fn in_authorization<'a>(
        &self,
        presented: &CredentialRequest<'a>,
    ) -> Result<Option<Cow<'a, [u8]>>, AuthenticationError> {
        if self.authorization
            && let Some(credentials) = presented.authorization(self.challenge_scheme)
        {
            return Ok(Some(Cow::Borrowed(credentials)));
        }
        for prefix in &self.prefixes {
            let found = presented.find(prefix)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The scheme of the challenge: if `Authorization` is read, a scheme that it is read with.
    pub(super) fn scheme(&self) -> Scheme {
        match self.prefixes.first() {
            Some(Source::AuthorizationPrefix { scheme, .. }) if !self.authorization => *scheme,
            _ => self.challenge_scheme,
        }
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Err(name) = &self.header {
            faults.push(Fault::Header(name.clone()));
        }
        if let Some(Source::Cookie(name)) = &self.cookie
            && !Scheme::is_name(name)
        {
            faults.push(Fault::Cookie(name.clone()));
        }
        if self.query == Some(Source::Query(String::new())) {
            faults.push(Fault::Query);
        }
        if !is_label(&self.label) {
            faults.push(Fault::Label(self.label.clone()));
        }
        faults.extend(self.fault_of_schemes());
        faults.extend(self.fault_of_prefixes());
        if self.store_timeout.is_zero() {
            faults.push(Fault::StoreTimeout);
        }
        if self.lookups.unknown.limit() == 0 {
            faults.push(Fault::ConcurrentLookups);
        }
        if self.last_used_every.is_zero() {
            faults.push(Fault::LastUsedEvery);
        }
        if self.sources().is_empty() && self.header.is_ok() {
            faults.push(Fault::NoSource);
        }
        faults
    }

    fn fault_of_schemes(&self) -> Option<Fault> {
        let of_prefixes = self.prefixes.iter().filter_map(|prefix| match prefix {
            Source::AuthorizationPrefix { scheme, .. } => Some(*scheme),
            _ => None,
        });
        iter::once(self.challenge_scheme)
            .chain(of_prefixes)
            .find(|scheme| scheme.is_reserved())
            .map(Fault::Scheme)
    }

    /// Checks the prefixes against the format of API keys, which `build` does not know.
    fn fault_of_prefixes(&self) -> Option<Fault> {
        let prefixes = || {
            self.prefixes.iter().filter_map(|prefix| match prefix {
                Source::AuthorizationPrefix { prefix, .. } => Some(prefix.as_str()),
                _ => None,
            })
        };
        if prefixes().any(|prefix| fault_of_prefix(prefix).is_some()) {
            return None;
        }
        if let Some(invalid) = prefixes().find(|prefix| label_of(prefix).is_none()) {
            return Some(Fault::Prefix(invalid.to_owned()));
        }
        let first = prefixes().next()?;
        let mut labels = prefixes().filter_map(label_of);
        let is_accepted = labels.any(|label| label == self.label);
        (!is_accepted && is_label(&self.label)).then(|| Fault::LabelWithoutPrefix {
            label: self.label.clone(),
            prefix: first.to_owned(),
        })
    }
}

/// The label of the keys that begin with `prefix`.
fn label_of(prefix: &str) -> Option<&str> {
    prefix.strip_suffix('_').filter(|label| is_label(label))
}
