//! [`Introspection`]: the settings for the introspection of opaque tokens.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::request::ClientAuthentication;
use super::token_format::may_be_a_token;
use crate::bearer::claims::{ClaimRules, claim_setters};
use crate::bearer::identity_map::IdentityMap;
use crate::fetch::{PlainHttp, shown};
use crate::limit::FailureLimit;

/// Accepts the opaque access tokens of one issuer, by introspection at its authorization server (RFC 7662).
/// Pass it to [`AuthBuilder::introspection`](crate::AuthBuilder::introspection), which can be called only
/// once.
///
/// | setting | default |
/// |---|---|
/// | [`issuer`](Self::issuer) | none; required |
/// | [`client`](Self::client), [`client_secret_post`](Self::client_secret_post), [`without_client_authentication`](Self::without_client_authentication) | none; one of them is required |
/// | [`audience`](Self::audience) | none; at least one is needed, or [`any_audience`](Self::any_audience) |
/// | [`cache_ttl`](Self::cache_ttl) | 60 seconds, and never beyond `exp` |
/// | [`negative_cache_ttl`](Self::negative_cache_ttl) | 5 seconds |
/// | [`token_format`](Self::token_format) | a b64token (RFC 6750) of 16 characters or more that does not look like a path |
/// | [`concurrency`](Self::concurrency) | 64 |
/// | [`rate`](Self::rate) | 100 per second, a burst of 1,000 |
/// | [`failure_limit`](Self::failure_limit) | per client address, a quarter of the burst and a tenth of the rate |
/// | [`timeout`](Self::timeout) | 5 seconds |
/// | [`leeway`](Self::leeway) | 60 seconds |
/// | [`scopes`](Self::scopes) | the members `scope` and `scp` |
/// | [`roles`](Self::roles) | the member `roles` |
/// | [`subject_claim`](Self::subject_claim) | `sub` |
/// | [`audience_claim`](Self::audience_claim) | `aud` |
///
/// # Which tokens are introspected
///
/// Without a [`Jwt`](crate::Jwt) in the same `Auth`, all tokens are. With one, the form of the token
/// decides. A token whose part before the first `.` is a JSON object in base64url is a JWT, and is only
/// verified by its signature. All other tokens are introspected. A JWT that is refused is not introspected
/// afterwards: otherwise a token would be valid if either of two verifications succeeds.
///
/// # Responses
///
/// The rows are those of the conformance table.
///
/// | the server answers | the caller gets |
/// |---|---|
/// | `active: true`, with claims that match the settings | access; the result is cached for [`cache_ttl`](Self::cache_ttl) |
/// | `active: false` | 401, `The access token is not active` (row B18) |
/// | another issuer or audience, expired, bound to a key, a refresh or ID token | 401, as for a JWT |
/// | a 4xx with the `error` `invalid_token` or `invalid_grant` | 401, as `active: false` |
/// | a 4xx with `unsupported_token_type`: it does not introspect such tokens | 401, `The access token issuer is not trusted` |
/// | a 4xx with `invalid_client` or `unauthorized_client`, or a 401 with neither an `error` nor a `Bearer` challenge: it does not accept this API as its client | 500, and an error in the log (row I5) |
/// | any other 4xx, such as `invalid_request`, `access_denied` or the page of a firewall; a response that is too long | 503 with `Retry-After`; this token is not introspected again for [`negative_cache_ttl`](Self::negative_cache_ttl) |
/// | nothing in time, 429, a 5xx, a redirect, or a malformed response | 503 with `Retry-After` (row I4) |
///
/// Clients choose the tokens that they send, so a response that may be about the token is never a 500. A
/// response about one token affects other tokens only if the server asks for a pause (see
/// [`rate`](Self::rate)), or if an address has sent too many tokens that are refused or get no verdict
/// (see [`failure_limit`](Self::failure_limit)).
///
/// A token that was revoked at the server may be accepted for [`cache_ttl`](Self::cache_ttl) and one
/// [`timeout`](Self::timeout) longer. An expired token is never accepted, even if the server is slow.
/// [`AuthBuilder::revocation`](crate::AuthBuilder::revocation) is checked for each request.
///
/// # Floods
///
/// Concurrent requests with one token share one introspection request. For tokens that were never valid on
/// this node, introspection requests are limited: [concurrent ones](Self::concurrency) and those
/// [per second](Self::rate). Beyond these limits, the answer is 503 with `Retry-After`. A client address
/// whose tokens are refused, or get no verdict, has a [share of the limits](Self::failure_limit), and gets
/// 429 beyond it. Tokens that were valid before have reserved permits and no limit per second, so guessed
/// tokens do not affect them. How many tokens are known to have been valid is limited by the
/// [`TokenCache`](crate::bearer::TokenCache). With [`TokenCache::OFF`](crate::bearer::TokenCache::OFF) every
/// request is introspected, and a flood of guessed tokens locks out all callers.
///
/// # Log
///
/// | event | level | fields |
/// |---|---|---|
/// | `token introspected` | debug | `took`; `fault` if the token is refused |
/// | `introspection failed` | warn, at most once a second | `took`, `reason` |
/// | `introspection refused us` | error, at most once a second | `reason` |
///
/// # Example
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, BoxError, Identity, Introspection, Router, require_auth};
/// use auth_runtime::fetch::Fetch;
/// use auth_runtime::routing::get;
/// use axum::{body::Body, http::{Request, Response}};
/// use tower::ServiceExt;
///
/// #[require_auth(scope = "orders:read")]
/// async fn orders(caller: Identity) -> String {
///     format!("orders of {}", caller.subject())
/// }
///
/// /// An authorization server with one valid token. In a service, use `HttpClient` instead.
/// struct Server;
///
/// impl Fetch for Server {
///     async fn fetch(
///         &self,
///         request: Request<Vec<u8>>,
///         _limit: usize,
///     ) -> Result<Response<Vec<u8>>, BoxError> {
///         let form = String::from_utf8(request.into_body())?;
///         let answer = if form.starts_with("token=the-token-of-alice&") {
///             r#"{"active":true,"sub":"alice","scope":"orders:read","aud":"https://api.example"}"#
///         } else if form.starts_with("token=a-token-for-an-outage&") {
///             return Err("connection refused".into());
///         } else {
///             r#"{"active":false}"#
///         };
///         Ok(Response::new(answer.into()))
///     }
/// }
///
/// let auth = Auth::builder()
///     .fetch(Server)
///     .introspection(
///         Introspection::endpoint("https://issuer.example/introspect")
///             .issuer("https://issuer.example")
///             .client("orders-api", "secret")
///             .audience("https://api.example"),
///     )
///     .build()?;
/// let app = Router::new().route("/orders", get(orders)).with_auth(auth);
///
/// let request = |token: &str| {
///     let value = format!("Bearer {token}");
///     Request::get("/orders").header("authorization", value).body(Body::empty()).unwrap()
/// };
/// let good = app.clone().oneshot(request("the-token-of-alice")).await?;
/// assert_eq!(good.status(), 200);
/// let inactive = app.clone().oneshot(request("another-made-up-token")).await?;
/// assert_eq!(inactive.status(), 401);
/// let outage = app.oneshot(request("a-token-for-an-outage")).await?;
/// assert_eq!(outage.status(), 503);
/// assert_eq!(outage.headers()["retry-after"], "5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[must_use = "pass it to `Auth::builder().introspection(..)`"]
pub struct Introspection {
    pub(super) endpoint: String,
    pub(super) issuer: String,
    pub(super) client: Option<ClientAuthentication>,
    pub(super) any_audience: bool,
    pub(super) cache_ttl: Duration,
    pub(super) negative_cache_ttl: Duration,
    pub(super) token_format: fn(&str) -> bool,
    pub(super) concurrency: usize,
    pub(super) per_second: u32,
    pub(super) burst: u32,
    pub(super) failure_limit: AddressLimit,
    pub(super) timeout: Duration,
    pub(super) claims: ClaimRules,
    pub(super) map: Option<IdentityMap>,
    pub(super) plain_http: PlainHttp,
}

/// How many tokens that are refused, or get no verdict, one client address may send.
pub(super) enum AddressLimit {
    /// A share of the rate.
    ShareOfRate,
    Custom(Option<FailureLimit>),
}

/// # The authorization server
impl Introspection {
    /// The introspection endpoint: an absolute URL with `https`, or `http` on this machine. Redirects are
    /// not followed, because they could send the token and the secret to another server.
    pub fn endpoint(url: impl Into<String>) -> Self {
        Self {
            endpoint: url.into(),
            issuer: String::new(),
            client: None,
            any_audience: false,
            cache_ttl: Duration::from_secs(60),
            negative_cache_ttl: Duration::from_secs(5),
            token_format: may_be_a_token,
            concurrency: 64,
            per_second: 100,
            burst: 1_000,
            failure_limit: AddressLimit::ShareOfRate,
            timeout: Duration::from_secs(5),
            claims: ClaimRules::default(),
            map: None,
            plain_http: PlainHttp::default(),
        }
    }

    /// The [issuer](crate::Identity::issuer) of the identities. If a response has an `iss`, it must be the
    /// same, byte for byte.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// The client identifier and the secret of this API, sent in the `Authorization` field
    /// (`client_secret_basic`, RFC 6749 section 2.3.1).
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client = Some(ClientAuthentication::Basic {
            id: id.into(),
            secret: Zeroizing::new(secret.into()),
        });
        self
    }

    /// The client identifier and the secret of this API, sent in the form (`client_secret_post`, RFC 6749
    /// section 2.3.1), for servers that do not support [`client`](Self::client).
    pub fn client_secret_post(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client = Some(ClientAuthentication::Post {
            id: id.into(),
            secret: Zeroizing::new(secret.into()),
        });
        self
    }

    /// Sends no client authentication, for an endpoint that requires none because it is reachable only from
    /// this API's network, such as that of Ory Hydra's administration.
    pub fn without_client_authentication(mut self) -> Self {
        self.client = Some(ClientAuthentication::None);
        self
    }

    /// Allows `http` to other machines. **An attacker in the network can then read the tokens and the
    /// secret, and make any token valid.**
    pub fn dangerously_allow_http(mut self) -> Self {
        self.plain_http = PlainHttp::Everywhere;
        self
    }

    /// How long a request waits for the server before it gets 503: at most one minute.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// # The audience
impl Introspection {
    /// Accepts tokens without an audience, for servers whose responses have none. **Tokens for other APIs of
    /// this server are then accepted as well.** The response must state that the token is an access token
    /// (`token_type: Bearer`), because some servers report refresh tokens as active, without an audience.
    ///
    /// Has no effect if there is an [`audience`](Self::audience).
    pub fn any_audience(mut self) -> Self {
        self.any_audience = true;
        self
    }
}

claim_setters! {
    impl Introspection {
        /// A claim is a member of the response (RFC 7662 section 2.2).
        fn audience_claim;
        /// It is called after each introspection. A refusal is cached for
        /// [`negative_cache_ttl`](Self::negative_cache_ttl).
        fn map_identity;
    }
}

/// # Caching and limits
impl Introspection {
    /// How long a valid token is cached, counted from the introspection request, and never beyond its `exp`
    /// (RFC 7662 section 4). A token that was revoked at the server may be accepted for this long. Zero
    /// introspects the token of every request.
    pub fn cache_ttl(mut self, time: Duration) -> Self {
        self.cache_ttl = time;
        self
    }

    /// How long a refused token is cached: one that the server or [`map_identity`](Self::map_identity)
    /// refused (401), and one on which the server gave no verdict, because it answered with a 4xx or with
    /// more than 64 KiB (503). A caller that has just been given access may have to wait for this long. Zero
    /// introspects the token of every request.
    pub fn negative_cache_ttl(mut self, time: Duration) -> Self {
        self.negative_cache_ttl = time;
        self
    }

    /// Whether a text can be a token of this server. Other tokens are malformed and are not introspected.
    /// Check as much as you know, such as a prefix and the length.
    ///
    /// By default, a token has 16 characters or more of those that RFC 6750 section 2.1 allows, and at most
    /// two `=` at the end. Base64 needs no more, and a server that ignores padding would otherwise accept
    /// one token in many forms. Tokens with `.` or `..` between slashes look like paths, which firewalls
    /// refuse, and are malformed as well.
    ///
    /// ```
    /// use auth_runtime::Introspection;
    ///
    /// let introspection = Introspection::endpoint("https://issuer.example/introspect")
    ///     .token_format(|token| token.starts_with("ory_at_") && token.len() == 94);
    /// # let _ = introspection;
    /// ```
    pub fn token_format(mut self, format: fn(&str) -> bool) -> Self {
        self.token_format = format;
        self
    }

    /// The maximum number of concurrent introspection requests. A quarter is reserved for tokens that were
    /// valid before. These wait for a permit; other tokens beyond the limit get 503 at once.
    pub fn concurrency(mut self, limit: usize) -> Self {
        self.concurrency = limit;
        self
    }

    /// How many tokens that were never valid on this node are introspected per second, and how large a burst
    /// may be, for instance after a restart, when all tokens are new. Tokens beyond this limit get 503.
    ///
    /// If the server answers 429 or 503 with `Retry-After`, only one such token per second is introspected
    /// until that time has passed, for at most five seconds, or until the server answers one of these
    /// requests. This bounds how long guessed tokens can lock out others. The caller whose request got the
    /// `Retry-After` gets the same value, up to a minute.
    pub fn rate(mut self, per_second: u32, burst: u32) -> Self {
        self.per_second = per_second;
        self.burst = burst;
        self
    }

    /// How many tokens that are refused, or get no verdict, one client address may send. After that, its
    /// tokens that were never valid on this node get 429 with `Retry-After` (RFC 6585 section 4), and are not
    /// introspected. Several kinds of credentials can share one limit; `None` means no limit. Only
    /// [`per_address`](FailureLimit::per_address) of the [`FailureLimit`] applies.
    ///
    /// By default, an address has a quarter of the burst of [`rate`](Self::rate), and a tenth of its tokens
    /// per second: 250, and 10 a second. That is far more than for passwords, because clients routinely send
    /// expired tokens, and many clients may share an address.
    ///
    /// A token that was never valid on this node counts if it is refused (401), or if the server gives no
    /// verdict on it (503): a 4xx such as `invalid_request` or `access_denied`, or more than 64 KiB. Clients
    /// choose the tokens, so one client could otherwise use up the whole rate with them. If the server answers
    /// all requests like this, for example because the URL is wrong, clients are limited as well.
    ///
    /// These do not count: a server that is slow, down or overloaded (time-outs, 5xx, 408, 429), a malformed
    /// response, and a server that does not accept this API as its client (500). Tokens that were valid before
    /// are introspected even if their address has reached the limit.
    ///
    /// The address of a client is known only if the server is started with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, or as described in
    /// [`trust_unix_peers`](crate::AuthBuilder::trust_unix_peers). Otherwise nothing is counted. Behind a
    /// proxy that is not one of the [`trusted_proxies`](crate::AuthBuilder::trusted_proxies) all clients
    /// share its address, and one of them can use up the limit for the new tokens of all others.
    pub fn failure_limit(mut self, limit: impl Into<Option<FailureLimit>>) -> Self {
        self.failure_limit = AddressLimit::Custom(limit.into());
        self
    }
}

/// If a URL contains a password, it is not shown.
impl fmt::Debug for Introspection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Introspection")
            .field("endpoint", &shown(&self.endpoint))
            .field("issuer", &shown(&self.issuer))
            .field("client", &self.client)
            .field("audiences", &self.claims.audiences)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Introspection;

    #[test]
    fn debug_output_of_introspection_settings_hides_secrets() {
        let url = "https://user:hunter2@issuer.example/introspect?key=hunter2";
        let introspection = Introspection::endpoint(url)
            .issuer("https://user:hunter2@issuer.example")
            .client("api", "hunter2");
        let text = format!("{introspection:?}");
        assert!(text.contains("issuer.example/introspect"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
