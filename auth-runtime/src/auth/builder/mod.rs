//! [`AuthBuilder`]: the settings of an `Auth`.

mod build;

use std::net::SocketAddr;
use std::time::SystemTime;

use http::request::Parts;

use super::refusal::ignores_request;
use super::{Auth, BuildError, NotFound, Render, report_only};
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
use crate::refresh_token::RefreshTokens;
use crate::render::{self, Rendering};
use crate::revocation::{Revocation, RevocationList};
use crate::scheme::Scheme;
use crate::scope::Scope;
#[cfg(feature = "sessions")]
use crate::session::Sessions;

/// The settings of an [`Auth`](crate::Auth): the accepted credentials, and what refusals look like.
/// [`build`](Self::build) checks all of them.
///
/// | setting | default |
/// |---|---|
/// | [`bearer`](Self::bearer), [`introspection`](Self::introspection), [`basic`](Self::basic), [`api_keys`](Self::api_keys), [`authenticator`](Self::authenticator) | none; at least one is needed |
/// | [`realm`](Self::realm) | `api` |
/// | [`bearer_scheme`](Self::bearer_scheme) | `Bearer` |
/// | [`token_limit`](Self::token_limit) | 8192 bytes |
/// | [`token_cache`](Self::token_cache) | 10,000 verified tokens in 32 MiB |
/// | [`revocation`](Self::revocation) | no list: tokens are valid until they expire |
/// | [`refresh_tokens`](Self::refresh_tokens) | none |
/// | [`fetch`](Self::fetch) | [`HttpClient`](crate::fetch::HttpClient), with the feature `http-client` |
/// | [`verbose_errors`](Self::verbose_errors) | on: the challenge says what is wrong with a token |
/// | [`challenge_scope`](Self::challenge_scope) | on: challenges and 403 bodies name the required scopes |
/// | [`role_denied`](Self::role_denied) | [`RoleDenied::Plain`] |
/// | [`renderer`](Self::renderer) | [`render::problem`](crate::render::problem) |
/// | [`not_found`](Self::not_found) | an empty 404, as in axum |
/// | [`trusted_proxies`](Self::trusted_proxies), [`trust_unix_peers`](Self::trust_unix_peers) | none |
/// | [`public_origin`](Self::public_origin) | the host that each request names |
/// | [`trusted_origins`](Self::trusted_origins) | none |
/// | [`scopes`](Self::scopes), [`scope_implies`](Self::scope_implies) | no vocabulary, nothing is implied |
/// | [`report_only`](Self::report_only) | off: denied requests are refused |
/// | [`identity_in_responses`](Self::identity_in_responses) | off: a response has no `Identity` in its extensions |
/// | [`clock`](Self::clock) | the system clock |
#[must_use = "call `build`"]
#[allow(
    clippy::struct_excessive_bools,
    reason = "settings that do not depend on each other"
)]
pub struct AuthBuilder {
    kinds: Vec<DeclaredKind>,
    issuers: Vec<Jwt>,
    #[cfg(feature = "introspection")]
    introspections: Vec<Introspection>,
    trusted_proxies: Vec<String>,
    trust_unix_peers: bool,
    public_origins: Vec<String>,
    trusted_origins: Vec<String>,
    realm: String,
    bearer_scheme: Scheme,
    token_limit: usize,
    token_cache: TokenCache,
    revocation: Option<RevocationList>,
    #[cfg(feature = "sessions")]
    sessions: Option<Sessions>,
    refresh_tokens: Vec<RefreshTokens>,
    fetch: Option<Client>,
    verbose_errors: bool,
    challenge_scope: bool,
    role_denied: RoleDenied,
    render: Render,
    renderer_ignores_request: bool,
    not_found: NotFound,
    clock: Box<dyn Clock>,
    scopes: Option<Vec<Scope>>,
    implications: Vec<(Scope, Vec<Scope>)>,
    report_only: report_only::ReportOnlySettings,
    identity_in_responses: bool,
}

impl Auth {
    /// A builder with the defaults, which are listed at [`AuthBuilder`].
    pub fn builder() -> AuthBuilder {
        AuthBuilder::new()
    }
}

impl AuthBuilder {
    fn new() -> Self {
        Self {
            kinds: Vec::new(),
            issuers: Vec::new(),
            #[cfg(feature = "introspection")]
            introspections: Vec::new(),
            trusted_proxies: Vec::new(),
            trust_unix_peers: false,
            public_origins: Vec::new(),
            trusted_origins: Vec::new(),
            realm: "api".to_owned(),
            bearer_scheme: Scheme::BEARER,
            token_limit: 8 * 1024,
            token_cache: TokenCache::new(),
            revocation: None,
            #[cfg(feature = "sessions")]
            sessions: None,
            refresh_tokens: Vec::new(),
            fetch: None,
            verbose_errors: true,
            challenge_scope: true,
            role_denied: RoleDenied::Plain,
            render: Box::new(render::problem),
            renderer_ignores_request: true,
            not_found: Box::new(|_| Rendering::empty()),
            clock: Box::new(SystemTime::now),
            scopes: None,
            implications: Vec::new(),
            report_only: report_only::ReportOnlySettings::default(),
            identity_in_responses: false,
        }
    }

    /// Accepts the JWTs of an issuer as bearer tokens (RFC 6750). Call it again for further issuers; each
    /// has its own keys, audiences and rules.
    ///
    /// If a request has credentials of several kinds, the first one decides, in the order of these calls,
    /// even if it is invalid. Kinds that browsers send by themselves, such as cookies and `Basic`, come after all
    /// others. All bearer tokens are one kind, at the position of the first call.
    pub fn bearer(mut self, jwt: Jwt) -> Self {
        self.declare_bearer();
        self.issuers.push(jwt);
        self
    }

    /// Accepts opaque bearer tokens (RFC 7662). Can be called only once. They are the same kind of
    /// credential as the JWTs of [`bearer`](Self::bearer): see [`Introspection`] for which tokens are
    /// introspected.
    #[cfg(feature = "introspection")]
    pub fn introspection(mut self, introspection: Introspection) -> Self {
        self.declare_bearer();
        self.introspections.push(introspection);
        self
    }

    /// Bearer tokens are one kind, at the position of the first call.
    fn declare_bearer(&mut self) {
        if !self.kinds.iter().any(DeclaredKind::is_bearer) {
            self.kinds.push(DeclaredKind::Bearer);
        }
    }

    /// Accepts user names and passwords (RFC 7617). Can be called only once.
    #[cfg(feature = "basic")]
    pub fn basic(self, basic: Basic) -> Self {
        self.authenticator(basic)
    }

    /// Accepts API keys. Can be called only once.
    #[cfg(feature = "api-keys")]
    pub fn api_keys(self, keys: ApiKeys) -> Self {
        self.authenticator(keys)
    }

    /// Accepts the sessions of browsers. See [`Sessions`], and [`public_origin`](Self::public_origin), which an `Auth` with
    /// sessions should have.
    #[cfg(feature = "sessions")]
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = Some(sessions.clone());
        self.authenticator(sessions)
    }

    /// Accepts your own kind of credential. Can be called once per scheme.
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.kinds
            .push(DeclaredKind::Other(Box::new(authenticator)));
        self
    }

    /// The realm of the challenges (RFC 9110 section 11.5). It must be printable ASCII.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// The scheme of bearer tokens in `Authorization` and in the challenge, for clients that send
    /// `Authorization: Token ..`. It replaces `Bearer`: tokens that are sent with `Bearer` are then refused.
    /// The scheme is compared without regard to case (RFC 9110 section 11.1), and its challenge has the
    /// parameters of RFC 6750 section 3. Rules still have `scheme = "bearer"`.
    ///
    /// [`build`](Self::build) refuses the names of other schemes, such as `Basic`, `DPoP` and `Negotiate`.
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
    /// let request = |scheme: &str| {
    ///     let value = format!("{scheme} {}", issuer.token("alice").sign());
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

    /// The maximum length of a bearer token in bytes. A longer token is malformed.
    pub fn token_limit(mut self, bytes: usize) -> Self {
        self.token_limit = bytes;
        self
    }

    /// The size of the cache of verified bearer tokens, or [`TokenCache::OFF`].
    pub fn token_cache(mut self, cache: TokenCache) -> Self {
        self.token_cache = cache;
        self
    }

    /// The list of revoked tokens, which is checked for every request with a bearer token, or with a credential of your
    /// own kind that says when it was [issued](crate::identity::IdentityBuilder::issued_at).
    /// [`Auth::revoke`](crate::Auth::revoke) adds to it. API keys are revoked in their store, without the list.
    ///
    /// A token that was issued before the [retention period](Revocation::retention) of the list, 24 hours
    /// by default, counts as revoked: set the period to the longest lifetime of your tokens. If a token
    /// with a longer lifetime is accepted, a warning is logged once per issuer.
    pub fn revocation(mut self, list: impl Revocation) -> Self {
        self.revocation = Some(RevocationList::new(list));
        self
    }

    /// Refresh tokens that [`Auth::revoke`](crate::Auth::revoke) ends together with access tokens. This needs a list of
    /// revoked tokens: [`revocation`](Self::revocation). The list is asked at each use of a refresh token, as long as the
    /// `Auth` exists. Call this method again for the refresh tokens of another issuer.
    pub fn refresh_tokens(mut self, tokens: RefreshTokens) -> Self {
        self.refresh_tokens.push(tokens);
        self
    }

    /// The HTTP client that fetches keys and sends introspection requests, instead of the client of the
    /// feature `http-client`.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Client::new(fetch));
        self
    }

    /// Whether the challenge says what is wrong with a token. If off, all invalid tokens get the same
    /// `error_description`, `The access token is invalid`. The log always contains the reason.
    pub fn verbose_errors(mut self, verbose: bool) -> Self {
        self.verbose_errors = verbose;
        self
    }

    /// Whether challenges and 403 bodies name the scopes that a route requires.
    pub fn challenge_scope(mut self, enabled: bool) -> Self {
        self.challenge_scope = enabled;
        self
    }

    /// The response to a caller that lacks a role or a claim, or that a check denies.
    pub fn role_denied(mut self, answer: RoleDenied) -> Self {
        self.role_denied = answer;
        self
    }

    /// Renders the body of every refusal; see [`render`](crate::render). For applications with pages,
    /// [`render::for_browsers`](crate::render::for_browsers) redirects browsers to the login page.
    pub fn renderer<F>(mut self, render: F) -> Self
    where
        F: Fn(&Denial, &Parts) -> Rendering + Send + Sync + 'static,
    {
        self.renderer_ignores_request = ignores_request(&render);
        self.render = Box::new(render);
        self
    }

    /// Renders the 404 of a route with `hide`. Make it the same as the response of the router's fallback.
    /// The status is always 404.
    pub fn not_found<F>(mut self, render: F) -> Self
    where
        F: Fn(&Parts) -> Rendering + Send + Sync + 'static,
    {
        self.not_found = Box::new(render);
        self
    }

    /// The proxies in front of this service: addresses, and networks such as `10.0.0.0/8`. For requests
    /// from them, the address of the client is read from `X-Forwarded-For`. It is used to limit failed
    /// attempts. Other fields, such as `Forwarded`, are not read.
    ///
    /// List only proxies: a client in a listed network can claim any address. If a listed proxy sends no
    /// `X-Forwarded-For`, all its clients share one address.
    ///
    /// Addresses are known only if the server is started with
    /// `app.into_make_service_with_connect_info::<SocketAddr>()` and the feature `failure-limit` is on;
    /// the kinds of credentials that need it enable it. For a service on a Unix socket see
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
    /// `app.into_make_service_with_connect_info::<UnixPeer>()`. The docs of [`UnixPeer`](crate::UnixPeer)
    /// have an example. TCP peers are not affected: they are trusted only by their address.
    ///
    /// If this is not called, or if the proxy sends no `X-Forwarded-For`, clients of the socket have no
    /// address. Their failures are then not counted by address, and an error is logged once: a shared count
    /// would let one client make all others wait. Failures are still counted by account and by prefix of API
    /// keys; failures of opaque tokens are not counted.
    pub fn trust_unix_peers(mut self) -> Self {
        self.trust_unix_peers = true;
        self
    }

    /// An origin under which browsers reach this service, such as `https://shop.example`. Call it again for further
    /// ones.
    ///
    /// Browsers send cookies, the passwords of `Basic` and client certificates by themselves, also with requests that a
    /// page of another site causes. Where such a credential decides, requests with another method than `GET`, `HEAD`
    /// and `OPTIONS`, and WebSocket handshakes, must come from a page of this service; otherwise they get 403 with
    /// the code `csrf` (row H5 of the conformance table). Credentials that a caller adds, such as
    /// `Authorization: Bearer`, are not affected. The guide has [a page](crate::guide::csrf) about it.
    ///
    /// If this is not called, `Origin` is compared with the host that the request names. A warning is logged when a router
    /// or a layer gets an `Auth` that accepts such credentials. That comparison fails behind a proxy that rewrites
    /// `Host`.
    ///
    /// The origin is written as browsers send it: in lower case, without the default port, without a slash at the end,
    /// and with the host in punycode. [`build`](Self::build) refuses other forms and says what to write.
    ///
    /// ```
    /// # #[cfg(feature = "api-keys")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
    /// use auth_runtime::{ApiKeys, Auth, Router, require_auth, routing::post};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth]
    /// async fn order() {}
    ///
    /// let keys = ApiKeys::new(MemoryApiKeys::new()).cookie("key");
    /// let (_, key) = keys.create(NewApiKey::new("alice")).await?;
    /// let auth = Auth::builder().api_keys(keys).public_origin("https://shop.example").build()?;
    /// let app = Router::new().route("/orders", post(order)).with_auth(auth);
    ///
    /// for (origin, status) in [("https://shop.example", 200), ("https://other.example", 403)] {
    ///     let request = Request::post("/orders")
    ///         .header("cookie", format!("key={}", key.reveal()))
    ///         .header("origin", origin)
    ///         .body(Body::empty())?;
    ///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
    /// }
    /// # Ok::<(), auth_runtime::BoxError>(())
    /// # }).unwrap();
    /// ```
    pub fn public_origin(mut self, origin: impl Into<String>) -> Self {
        self.public_origins.push(origin.into());
        self
    }

    /// Other origins whose pages may send requests, and WebSocket handshakes, with the cookies and passwords of this
    /// service. Other subdomains have to be listed too. See [`public_origin`](Self::public_origin).
    ///
    /// **A page of these origins can do everything that its visitor can do here.** It also needs a CORS layer to read
    /// the responses.
    pub fn trusted_origins<O: Into<String>>(
        mut self,
        origins: impl IntoIterator<Item = O>,
    ) -> Self {
        self.trusted_origins
            .extend(origins.into_iter().map(Into::into));
        self
    }

    /// The vocabulary: all scopes that rules may require. Call it again for further scopes.
    ///
    /// If a rule requires a scope that is not in the vocabulary, finishing the router fails. Without a
    /// vocabulary, scopes of rules are not checked. Tokens may contain other scopes, which have no effect.
    pub fn scopes(mut self, scopes: &[Scope]) -> Self {
        self.scopes.get_or_insert_default().extend(scopes);
        self
    }

    /// Callers with `scope` also have the `implied` scopes, and the scopes that those imply. This applies
    /// to rules and to [`Identity::scopes`](crate::Identity::scopes), for every kind of credential. All
    /// of these scopes must be in the [vocabulary](Self::scopes).
    ///
    /// An issuer's [`grants`](crate::Jwt::grants) are applied first: a scope that they remove implies
    /// nothing. Challenges name the scopes that the route requires, not those that imply them.
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

    /// Turns on the report-only mode, for adding rules to an existing service: requests that a guard
    /// denies are logged and counted, and pass. `address` is the address that the service listens on.
    ///
    /// All denials pass, whatever the reason: a missing, invalid or repeated credential, a missing scope
    /// or role, a check that denies or fails, a login that is too weak, an outage. Each is logged as a
    /// warning, `would have been denied`, with the response that it would have had, and is counted by
    /// [`Auth::reported`](crate::Auth::reported).
    ///
    /// Extractors still need their value. If the request is not authenticated,
    /// [`Identity`](crate::Identity), [`Claims`](crate::Claims) and
    /// [`BearerToken`](crate::BearerToken) still answer 401 (inside an `Option` they are `None`). If a
    /// check did not pass, [`Checked`](crate::Checked) answers 500. A guard without an `Auth` answers 500
    /// as well.
    ///
    /// So that it does not stay on by mistake, `build` refuses an address that is not a loopback address,
    /// unless [`report_only_beyond_loopback`](Self::report_only_beyond_loopback) is called as well. Without
    /// that call, denied requests that show that they come from another machine or site are still refused:
    ///
    /// * The peer of the connection is not a loopback address. It is known only with
    ///   `app.into_make_service_with_connect_info::<SocketAddr>()` and the feature `failure-limit`.
    /// * The request has a header that proxies add: `Forwarded`, `Via`, any `X-Forwarded-..`,
    ///   `X-Real-IP`, `X-Client-IP`, `True-Client-IP`, `CDN-Loop`, any `CF-..`, `X-Envoy-..`,
    ///   `X-Original-..`, `Fastly-..`, `X-Azure-..`, and similar ones.
    /// * Its `Host`, or `:authority` in HTTP/2, is not `localhost`, a name that ends with `.localhost`, an
    ///   address of 127.0.0.0/8, or `[::1]`, with or without a port; or there are several `Host` lines.
    ///   Otherwise the host name of a web page could point to this machine (DNS rebinding). Requests
    ///   without a host pass, because browsers always send one.
    /// * A browser sends it for a page of another site: `Sec-Fetch-Site` is `cross-site` or unknown, or
    ///   `Origin` has a host that is not one of those above. `same-site` passes, because it is a page on
    ///   another port of this machine.
    ///
    /// **A proxy on this machine that adds none of these headers, and sends a `Host` of this machine, lets
    /// everyone in.** So does middleware that copies an address from a header of the client into
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

    /// Applies [`report_only`](Self::report_only) to every request: through proxies, for any host name,
    /// and from web pages of other sites. The rules then protect nothing. Without `report_only` this has
    /// no effect.
    pub fn report_only_beyond_loopback(mut self) -> Self {
        self.report_only.beyond_loopback = true;
        self
    }

    /// Whether the extensions of responses contain the [`Identity`](crate::Identity) of the caller, for middleware
    /// outside of the guard, such as an access log. The client does not see it. The [`Denial`](crate::Denial) of a
    /// refused request is always in the extensions.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, Denial, Identity, Router, require_auth, routing::get, testing::Issuer};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth(scope = "orders:read")]
    /// async fn list_orders() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder().bearer(issuer.jwt()).identity_in_responses(true).build()?;
    /// let app = Router::new().route("/orders", get(list_orders)).with_auth(auth);
    ///
    /// for (scope, status) in [("orders:read", 200), ("orders:write", 403)] {
    ///     let value = format!("Bearer {}", issuer.token("alice").scope(scope).sign());
    ///     let request = Request::get("/orders").header("authorization", value).body(Body::empty())?;
    ///     let response = app.clone().oneshot(request).await?;
    ///     assert_eq!(response.status(), status);
    ///     let caller = response.extensions().get::<Identity>().map(Identity::subject);
    ///     assert_eq!(caller, Some("alice"));
    ///     assert_eq!(response.extensions().get::<Denial>().is_some(), status == 403);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn identity_in_responses(mut self, enabled: bool) -> Self {
        self.identity_in_responses = enabled;
        self
    }

    /// A different clock, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Reads all keys, checks all settings and builds the [`Auth`].
    ///
    /// # Errors
    ///
    /// If there are misconfigurations. The error lists all of them with their sources: no credential
    /// kind, an issuer that is configured twice or has no audience, keys that are missing, unreadable
    /// or too weak, and so on.
    pub fn build(self) -> Result<Auth, BuildError> {
        build::build(self)
    }
}

/// A kind of credential at its position in the order.
enum DeclaredKind {
    /// All issuers, and introspection.
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
