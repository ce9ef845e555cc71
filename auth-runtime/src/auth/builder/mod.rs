//! [`AuthBuilder`]: the settings of an `Auth`.

mod build;

use std::net::SocketAddr;
use std::time::SystemTime;

use http::request::Parts;

use super::{NotFound, Render, report_only};
#[cfg(feature = "api-keys")]
use crate::api_key::ApiKeys;
use crate::authenticator::Authenticator;
#[cfg(feature = "basic")]
use crate::basic::Basic;
#[cfg(feature = "introspection")]
use crate::bearer::Introspection;
use crate::bearer::{Jwt, TokenCache};
use crate::challenge::RoleDenied;
use crate::clock::Clock;
use crate::fetch::{Client, Fetch};
use crate::policy::Denial;
use crate::render::{self, Rendering};
use crate::revocation::{Revocation, RevocationList};
use crate::scheme::Scheme;
use crate::scope::Scope;

/// Says who is trusted and how refusals look; [`build`](Self::build) checks all of it at once.
///
/// | | default |
/// |---|---|
/// | [`bearer`](Self::bearer), [`authenticator`](Self::authenticator) | none; at least one is needed |
/// | [`realm`](Self::realm) | `api` |
/// | [`bearer_scheme`](Self::bearer_scheme) | `Bearer` |
/// | [`token_limit`](Self::token_limit) | 8192 bytes |
/// | [`token_cache`](Self::token_cache) | 10,000 verified tokens in 32 MiB |
/// | [`revocation`](Self::revocation) | no list: tokens are good until they expire |
/// | [`fetch`](Self::fetch) | `HttpClient`, with the feature `http-client` |
/// | [`verbose_errors`](Self::verbose_errors) | on: the challenge says what is wrong with a token |
/// | [`challenge_scope`](Self::challenge_scope) | on: challenges and 403 bodies name the scopes to ask for |
/// | [`role_denied`](Self::role_denied) | [`RoleDenied::Plain`] |
/// | [`renderer`](Self::renderer) | [`render::problem`](crate::render::problem) |
/// | [`not_found`](Self::not_found) | an empty 404, as axum's |
/// | [`trusted_proxies`](Self::trusted_proxies), [`trust_unix_peers`](Self::trust_unix_peers) | none |
/// | [`scopes`](Self::scopes), [`scope_implies`](Self::scope_implies) | no vocabulary, nothing is implied |
/// | [`report_only`](Self::report_only) | off: what a guard denies is refused |
/// | [`clock`](Self::clock) | the system's |
#[must_use = "call `build`"]
pub struct AuthBuilder {
    kinds: Vec<DeclaredKind>,
    issuers: Vec<Jwt>,
    #[cfg(feature = "introspection")]
    introspections: Vec<Introspection>,
    trusted_proxies: Vec<String>,
    trust_unix_peers: bool,
    realm: String,
    bearer_scheme: Scheme,
    token_limit: usize,
    token_cache: TokenCache,
    revocation: Option<RevocationList>,
    fetch: Option<Client>,
    verbose_errors: bool,
    challenge_scope: bool,
    role_denied: RoleDenied,
    render: Render,
    not_found: NotFound,
    clock: Box<dyn Clock>,
    scopes: Option<Vec<Scope>>,
    implications: Vec<(Scope, Vec<Scope>)>,
    report_only: report_only::ReportOnlySettings,
}

impl AuthBuilder {
    pub(super) fn new() -> Self {
        Self {
            kinds: Vec::new(),
            issuers: Vec::new(),
            #[cfg(feature = "introspection")]
            introspections: Vec::new(),
            trusted_proxies: Vec::new(),
            trust_unix_peers: false,
            realm: "api".to_owned(),
            bearer_scheme: Scheme::BEARER,
            token_limit: 8 * 1024,
            token_cache: TokenCache::new(),
            revocation: None,
            fetch: None,
            verbose_errors: true,
            challenge_scope: true,
            role_denied: RoleDenied::Plain,
            render: Box::new(render::problem),
            not_found: Box::new(|_| Rendering::empty()),
            clock: Box::new(SystemTime::now),
            scopes: None,
            implications: Vec::new(),
            report_only: report_only::ReportOnlySettings::default(),
        }
    }

    /// Accepts the bearer tokens of an issuer (RFC 6750). Call it again for further issuers; each
    /// keeps its own keys, audiences and rules.
    ///
    /// Of several kinds of credentials in one request the one declared first decides, good or bad;
    /// all issuers together are declared where the first one is.
    pub fn bearer(mut self, jwt: Jwt) -> Self {
        self.declare_bearer();
        self.issuers.push(jwt);
        self
    }

    /// Accepts opaque bearer tokens (RFC 7662). Once. They are of one kind with the JWTs of
    /// [`bearer`](Self::bearer): see [`Introspection`] for which token is judged how.
    #[cfg(feature = "introspection")]
    pub fn introspection(mut self, introspection: Introspection) -> Self {
        self.declare_bearer();
        self.introspections.push(introspection);
        self
    }

    /// Bearer tokens are one kind, which stands where it was first spoken of.
    fn declare_bearer(&mut self) {
        if !self.kinds.iter().any(DeclaredKind::is_bearer) {
            self.kinds.push(DeclaredKind::Bearer);
        }
    }

    /// Accepts user names and passwords (RFC 7617). Once.
    #[cfg(feature = "basic")]
    pub fn basic(self, basic: Basic) -> Self {
        self.authenticator(basic)
    }

    /// Accepts API keys. Once.
    #[cfg(feature = "api-keys")]
    pub fn api_keys(self, keys: ApiKeys) -> Self {
        self.authenticator(keys)
    }

    /// Accepts a kind of credential of your own. Each scheme once.
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.kinds
            .push(DeclaredKind::Other(Box::new(authenticator)));
        self
    }

    /// The protection space that challenges name (RFC 9110 section 11.5): printable ASCII.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// The scheme of bearer tokens in `Authorization` and in the challenge, for clients that send
    /// `Authorization: Token ..`. It replaces `Bearer`: tokens that are sent with `Bearer` are then refused.
    /// The scheme is compared without regard to case (RFC 9110 section 11.1), and its challenge has the
    /// parameters of RFC 6750 section 3. Rules still say `scheme = "bearer"`.
    ///
    /// [`build`](Self::build) refuses the names of schemes that have other credentials, such as `Basic`,
    /// `DPoP` and `Negotiate`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, Router, Scheme, require_auth, routing::get, testing::Issuer};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth]
    /// async fn orders() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder()
    ///     .bearer(issuer.jwt())
    ///     .bearer_scheme(Scheme::new("Token"))
    ///     .build()?;
    /// let app = Router::new().route("/", get(orders)).with_auth(auth);
    ///
    /// let request = |word: &str| {
    ///     let value = format!("{word} {}", issuer.token("alice").sign());
    ///     Request::get("/").header("authorization", value).body(Body::empty()).unwrap()
    /// };
    /// assert_eq!(app.clone().oneshot(request("Token")).await?.status(), 200);
    /// let refused = app.oneshot(request("Bearer")).await?;
    /// assert_eq!(refused.status(), 401);
    /// assert_eq!(refused.headers()["www-authenticate"], "Token realm=\"api\"");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn bearer_scheme(mut self, scheme: Scheme) -> Self {
        self.bearer_scheme = scheme;
        self
    }

    /// The longest token in bytes that is looked at; a longer one is malformed.
    pub fn token_limit(mut self, bytes: usize) -> Self {
        self.token_limit = bytes;
        self
    }

    /// How many verified bearer tokens are remembered, or [`TokenCache::OFF`].
    pub fn token_cache(mut self, cache: TokenCache) -> Self {
        self.token_cache = cache;
        self
    }

    /// The bearer tokens that are no good any more although they have not expired: asked for
    /// every request. [`Auth::revoke`](crate::Auth::revoke) adds to it.
    ///
    /// A token that was issued longer ago than the list [remembers](Revocation::retention), 24 hours
    /// unless configured otherwise, counts as revoked: set that to the longest lifetime of your tokens. A
    /// warning is logged, once per issuer, when a token that lives longer is accepted.
    pub fn revocation(mut self, list: impl Revocation) -> Self {
        self.revocation = Some(RevocationList::new(list));
        self
    }

    /// What asks issuers for their keys and authorization servers about tokens, instead of the
    /// client of the feature `http-client`.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Client::new(fetch));
        self
    }

    /// Off: every bad token is answered with the same words, `The access token is invalid`. The
    /// log still says what was wrong.
    pub fn verbose_errors(mut self, verbose: bool) -> Self {
        self.verbose_errors = verbose;
        self
    }

    /// Off: no answer names the scopes that a route asks for.
    pub fn challenge_scope(mut self, named: bool) -> Self {
        self.challenge_scope = named;
        self
    }

    /// What a caller is told who lacks a role, a claim, or what a check asks for.
    pub fn role_denied(mut self, answer: RoleDenied) -> Self {
        self.role_denied = answer;
        self
    }

    /// Shapes the body of every refusal; see [`render`](crate::render).
    pub fn renderer<F>(mut self, render: F) -> Self
    where
        F: Fn(&Denial, &Parts) -> Rendering + Send + Sync + 'static,
    {
        self.render = Box::new(render);
        self
    }

    /// What a route with `hide` answers instead of its refusal. Make it the same as the router's
    /// fallback; the status is 404 whatever it returns.
    pub fn not_found<F>(mut self, render: F) -> Self
    where
        F: Fn(&Parts) -> Rendering + Send + Sync + 'static,
    {
        self.not_found = Box::new(render);
        self
    }

    /// The proxies in front of this service: addresses, and networks such as `10.0.0.0/8`. What one
    /// of them says of its client in `X-Forwarded-For`, and of nobody else, tells a client's address
    /// where failed log-ins are counted. Other fields are not read.
    ///
    /// List the proxies only: from a network in which clients are, a client can name any address as
    /// its own. A proxy that is listed and sends no `X-Forwarded-For` makes all its clients one.
    ///
    /// Nothing is known of addresses unless the server is started with
    /// `app.into_make_service_with_connect_info::<SocketAddr>()`, and the feature `failure-limit`,
    /// which the kinds that need it turn on, is there. For a service on a Unix socket see
    /// [`trust_unix_peers`](Self::trust_unix_peers).
    pub fn trusted_proxies<P: Into<String>>(
        mut self,
        proxies: impl IntoIterator<Item = P>,
    ) -> Self {
        self.trusted_proxies
            .extend(proxies.into_iter().map(Into::into));
        self
    }

    /// Treats every peer of a Unix socket as a trusted proxy. The address of the client is then the last
    /// address in `X-Forwarded-For` that is not one of the [`trusted_proxies`](Self::trusted_proxies). Off by
    /// default.
    ///
    /// **Any process that can connect to the socket can then claim any address.** Set the permissions of the
    /// socket's directory so that only the proxy can connect.
    ///
    /// The server must say that a request came through a Unix socket: serve it with
    /// `app.into_make_service_with_connect_info::<UnixPeer>()`. The docs of `UnixPeer` have an example. TCP
    /// peers are not affected: they are trusted by their address only.
    ///
    /// If this is not called, or if the proxy sends no `X-Forwarded-For`, clients of the socket have no
    /// address. Their failures are then not counted by address, and an error is logged once: a shared count
    /// would let one client make all others wait. Failures are still counted by account and by prefix of API
    /// keys; failures of opaque tokens are not counted.
    pub fn trust_unix_peers(mut self) -> Self {
        self.trust_unix_peers = true;
        self
    }

    /// The vocabulary: all scopes that rules may ask for. Call it again for further scopes.
    ///
    /// A rule that asks for another one is then found when the service starts, by the router. What
    /// tokens say is not limited by it: a scope that no rule asks for opens nothing. Without a
    /// vocabulary nothing is checked.
    pub fn scopes(mut self, scopes: &[Scope]) -> Self {
        self.scopes.get_or_insert_default().extend(scopes);
        self
    }

    /// Whoever was granted `scope` has these as well, and what those imply: in rules and in
    /// [`Identity::scopes`](crate::Identity::scopes), for every kind of credential. All of them
    /// stand in the [vocabulary](Self::scopes).
    ///
    /// An issuer's [`grants`](crate::Jwt::grants) come first: a scope that is withheld implies
    /// nothing that is granted. A challenge names the scopes that the route asks for.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, Router, Scope, require_auth, routing::get, testing::Issuer};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// const READ: Scope = Scope::new("read");
    /// const ADMIN: Scope = Scope::new("admin");
    ///
    /// #[require_auth(scope = READ)]
    /// async fn read() {}
    ///
    /// #[require_auth(scope = ADMIN)]
    /// async fn administer() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder()
    ///     .bearer(issuer.jwt())
    ///     .scopes(&[READ, ADMIN])
    ///     .scope_implies(ADMIN, &[READ])
    ///     .build()?;
    /// let app = Router::new()
    ///     .route("/", get(read))
    ///     .route("/admin", get(administer))
    ///     .with_auth(auth);
    ///
    /// let request = |path: &str, scope: &str| {
    ///     let value = format!("Bearer {}", issuer.token("alice").scope(scope).sign());
    ///     Request::get(path).header("authorization", value).body(Body::empty()).unwrap()
    /// };
    /// assert_eq!(app.clone().oneshot(request("/", "admin")).await?.status(), 200);
    /// assert_eq!(app.oneshot(request("/admin", "read")).await?.status(), 403);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn scope_implies(mut self, scope: Scope, implied: &[Scope]) -> Self {
        self.implications.push((scope, implied.to_vec()));
        self
    }

    /// For the time in which a service gets its rules: what a guard denies is logged and counted,
    /// and the request passes. `address` is what the service listens on.
    ///
    /// Every denial passes: no credential, a bad one, several, a scope, a role, a check that says no
    /// or fails, a log-in that is too weak, an outage. Each is a warning in the log,
    /// `would have been denied`, with what the refusal would have been, and
    /// [`Auth::reported`](crate::Auth::reported) counts them.
    ///
    /// What a handler asks for and nobody has can't pass: where nobody was authenticated, an argument
    /// [`Identity`](crate::Identity), [`Claims`](crate::Claims) or
    /// [`BearerToken`](crate::BearerToken) still answers 401 (in an `Option` it is `None`), and
    /// where its check did not hold, [`Checked`](crate::Checked) answers 500. A guard that finds no
    /// `Auth` answers 500 as well.
    ///
    /// So that it does not stay on by mistake where it would let everybody in, `build` refuses an
    /// address that is not a loopback address, unless
    /// [`report_only_beyond_loopback`](Self::report_only_beyond_loopback) is called as well. Without
    /// that call, a request that shows that it does not come from this machine is refused as usual:
    ///
    /// * The other end of the connection is not a loopback address. The server has to say so:
    ///   `app.into_make_service_with_connect_info::<SocketAddr>()`, and the feature `failure-limit`.
    /// * It has a header that proxies add: `Forwarded`, `Via`, any `X-Forwarded-..`, `X-Real-IP`,
    ///   `X-Client-IP`, `True-Client-IP`, `CDN-Loop`, any `CF-..`, `X-Envoy-..`, `X-Original-..`,
    ///   `Fastly-..`, `X-Azure-..`, and others of the kind.
    /// * Its `Host`, or `:authority` in HTTP/2, is something else than `localhost`, a name that ends
    ///   with `.localhost`, an address of 127.0.0.0/8, or `[::1]`, with or without a port; or there
    ///   are several `Host` lines. Else a web page could let its own host name point to this machine
    ///   (DNS rebinding). A request without any host passes, as browsers always send one.
    /// * A browser sends it for a web page of elsewhere: `Sec-Fetch-Site` is `cross-site` or unknown,
    ///   or `Origin` names a host that is not one of those above. `same-site` passes: that is a page
    ///   on another port of this machine.
    ///
    /// A proxy on this machine that adds none of these headers and sends a `Host` of this machine lets
    /// everybody in. So does middleware that takes an address from what clients say and writes it into
    /// `ConnectInfo`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::net::SocketAddr;
    ///
    /// use auth_runtime::{Auth, Router, require_auth, routing::get, testing::Issuer};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth(role = "admin")]
    /// async fn administer() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let address: SocketAddr = "127.0.0.1:3000".parse()?;
    /// let auth = Auth::builder().bearer(issuer.jwt()).report_only(address).build()?;
    /// let app = Router::new().route("/", get(administer)).with_auth(auth.clone());
    ///
    /// let anonymous = Request::get("/").body(Body::empty())?;
    /// assert_eq!(app.oneshot(anonymous).await?.status(), 200);
    /// let reported = auth.reported();
    /// assert!(reported[0].policy().ends_with("::administer"));
    /// assert_eq!((reported[0].status().as_u16(), reported[0].count()), (401, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn report_only(mut self, address: impl Into<SocketAddr>) -> Self {
        self.report_only.address = Some(address.into());
        self
    }

    /// [`report_only`](Self::report_only) for every request, wherever it comes from: through proxies,
    /// for any host name, and for web pages of other sites, which callers of a service may well be.
    /// The rules protect nothing. Without `report_only` this does nothing.
    pub fn report_only_beyond_loopback(mut self) -> Self {
        self.report_only.beyond_loopback = true;
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }
}

/// A kind of credential at its place in the order.
enum DeclaredKind {
    /// All issuers.
    Bearer,
    Other(Box<dyn Authenticator>),
}

impl DeclaredKind {
    fn is_bearer(&self) -> bool {
        matches!(self, Self::Bearer)
    }
}

impl std::fmt::Debug for AuthBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("AuthBuilder")
            .field("issuers", &self.issuers)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}
