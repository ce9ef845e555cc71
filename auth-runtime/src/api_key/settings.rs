//! How API keys are presented and looked up.

use std::borrow::Cow;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;

use super::{ApiKeys, Fault};
use crate::api_key::parse::is_label;
use crate::authenticator::{AuthenticationError, CredentialRequest};
use crate::credential::{Source, fault_of_prefix};
use crate::limit::FailureLimit;
use crate::permits::Permits;
use crate::scheme::Scheme;

/// Fields with a meaning of their own, which servers, proxies or this crate go by.
const TAKEN: [&str; 9] = [
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
    /// A name that is none is kept for `build` to refuse.
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

/// The look-ups that are under way.
#[derive(Clone, Debug)]
pub(super) struct Lookups {
    /// Of keys that may be made up.
    pub(super) unknown: Permits,
    /// Of keys that were good before, so that a flood of others leaves room for them.
    pub(super) known: Permits,
}

impl Lookups {
    fn new(most: usize) -> Self {
        Self {
            unknown: Permits::new(most, 0),
            known: Permits::new(most, 0),
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

/// # How keys are presented
impl ApiKeys {
    /// The header field that holds a key, and nothing else: `X-API-Key` unless another one is
    /// named. For `Authorization` say [`authorization`](Self::authorization). Fields that have
    /// another meaning, such as `Cookie`, `Host` or `X-Forwarded-For`, are refused by
    /// [`build`](crate::AuthBuilder::build).
    pub fn header(mut self, name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        let header = HeaderName::try_from(name).ok();
        self.settings_mut().header = header
            .filter(|header| !TAKEN.contains(&header.as_str()))
            .map(|header| Some(Source::Header(header)))
            .ok_or_else(|| name.to_owned());
        self
    }

    /// No header field: keys stand only where else they may.
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

    /// Also accepts `Authorization: ApiKey <key>`, with the scheme that the challenge names.
    pub fn authorization(mut self) -> Self {
        self.settings_mut().authorization = true;
        self
    }

    /// Also accepts `Authorization: Bearer <key>` for keys that begin with `prefix`, beside JWTs and
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
    /// // A bad key gets the same bytes as no key.
    /// let refused = app.clone().oneshot(request("/orders", "shop_x")).await?;
    /// assert_eq!(refused.status(), 401);
    /// assert_eq!(refused.headers()["www-authenticate"], "Bearer realm=\"api\"");
    /// // A route for tokens does not accept a key, not even a good one.
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

    /// Also accepts a key in the cookie with this name. A browser sends it without being asked, for
    /// requests of other sites too: such routes need a defence against request forgery.
    pub fn cookie(mut self, name: impl Into<String>) -> Self {
        self.settings_mut().cookie = Some(Source::Cookie(name.into()));
        self
    }

    /// Also accepts a key in the query parameter with this name. It gets into logs, histories and
    /// referrers there: for clients that can do no better, and with keys that can do little.
    pub fn query(mut self, name: impl Into<String>) -> Self {
        self.settings_mut().query = Some(Source::Query(name.into()));
        self
    }

    /// Another name for the scheme of the challenge, `ApiKey realm="api"`, and of `Authorization`.
    /// Rules still say `scheme = "api_key"`. [`build`](crate::AuthBuilder::build) refuses the names of schemes
    /// that have other credentials, such as `Basic`.
    pub fn challenge_scheme(mut self, scheme: Scheme) -> Self {
        self.settings_mut().challenge_scheme = scheme;
        self
    }
}

/// # What they are worth
impl ApiKeys {
    /// The [issuer](crate::Identity::issuer) of the identities: `api_key` unless another is named.
    /// Owners of keys are subjects of their own, also if tokens have subjects of the same name;
    /// give the issuer of those tokens here if they are the same people.
    pub fn issuer(mut self, issuer: impl Into<Arc<str>>) -> Self {
        self.settings_mut().issuer = issuer.into();
        self
    }

    /// What new keys begin with: 1 to 16 lower-case letters and digits, `ak` unless another label
    /// is given. Keys with any label are accepted.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.settings_mut().label = label.into();
        self
    }

    /// Who fails too often has to wait (row F5): [`FailureLimit::default`] unless another limit is
    /// given, for instance the one that other kinds of credentials count with, or `None` for no
    /// limit.
    ///
    /// The address of a client is known only if the server is started with
    /// `into_make_service_with_connect_info::<SocketAddr>()` (on a Unix socket see
    /// [`trust_unix_peers`](crate::AuthBuilder::trust_unix_peers)); without it prefixes alone are
    /// counted, and a look-up is never refused. A client that goes away before it is answered is counted by
    /// its address too, or a flood of those would have no limit.
    ///
    /// A client address that is over the limit gets no look-up, unless for a key that was good
    /// before on this node: neighbours of the address keep working. A prefix that is over the limit
    /// changes what those are answered who fail; a good key with that prefix is still good. The
    /// prefix is public, and the secret can't be guessed: to refuse it would stop nobody but its
    /// holder.
    pub fn failure_limit(mut self, limit: impl Into<Option<FailureLimit>>) -> Self {
        self.settings_mut().failure_limit = limit.into();
        self
    }
}

/// # How they are looked up
impl ApiKeys {
    /// How long a good key is good without asking the store again: 10 seconds unless said
    /// otherwise, and for so long a key may be accepted that was revoked on another node. Zero asks
    /// for every request.
    pub fn cache_ttl(mut self, time: Duration) -> Self {
        self.settings_mut().cache_ttl = time;
        self
    }

    /// How many keys are remembered, with half a kilobyte each: 10,000 unless said otherwise. Only
    /// good keys are. Holds for all clones.
    pub fn cache_entries(self, entries: usize) -> Self {
        let entries = u64::try_from(entries).unwrap_or(u64::MAX);
        self.shared.cache.set_capacity(entries);
        self
    }

    /// How long a request waits for the store before it is answered 503: 2 seconds unless said
    /// otherwise.
    pub fn store_timeout(mut self, time: Duration) -> Self {
        self.settings_mut().store_timeout = time;
        self
    }

    /// How many look-ups may be under way at the same time, 256 unless said otherwise; a request
    /// that would be one more is answered 503. Keys that were good before on this node have as many
    /// look-ups of their own: a flood of made-up keys takes none of those. Clones count together, except a
    /// clone for which this is called.
    pub fn concurrent_lookups(mut self, most: usize) -> Self {
        self.settings_mut().lookups = Lookups::new(most);
        self
    }

    /// How often the store is told when keys were last used: every 60 seconds unless said
    /// otherwise, and not at all while there is nothing to tell. One that fails is told again a
    /// second later at the earliest.
    pub fn last_used_every(mut self, time: Duration) -> Self {
        self.settings_mut().last_used_every = time;
        self
    }

    fn settings_mut(&mut self) -> &mut ApiKeySettings {
        Arc::make_mut(&mut self.settings)
    }
}

impl ApiKeySettings {
    /// The sources whose whole value is the key: all but `Authorization`.
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
        if self.lookups.unknown.most() == 0 {
            faults.push(Fault::ConcurrentLookups);
        }
        if self.last_used_every.is_zero() {
            faults.push(Fault::LastUsedEvery);
        }
        if self.sources().is_empty() && self.header.is_ok() {
            faults.push(Fault::NoPlace);
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

    /// Checks the prefixes against the form of API keys, which `build` does not know.
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
        if let Some(wrong) = prefixes().find(|prefix| label_of(prefix).is_none()) {
            return Some(Fault::Prefix(wrong.to_owned()));
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
