//! Whom to ask about opaque tokens, as its user writes it down.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::request::ClientAuthentication;
use super::token_format::may_be_a_token;
use crate::bearer::claims::{ClaimRules, claim_setters};
use crate::bearer::identity_map::IdentityMap;
use crate::fetch::{PlainHttp, shown};
use crate::limit::FailureLimit;

/// The opaque access tokens of one issuer: its authorization server is asked what they are worth
/// (RFC 7662). [`AuthBuilder::introspection`](crate::AuthBuilder::introspection) takes it, once.
///
/// | | default |
/// |---|---|
/// | [`issuer`](Self::issuer) | none; needed |
/// | [`client`](Self::client), [`client_secret_post`](Self::client_secret_post), [`without_client_authentication`](Self::without_client_authentication) | none; one of them is needed |
/// | [`audience`](Self::audience) | none; at least one is needed, or [`any_audience`](Self::any_audience) |
/// | [`cache_ttl`](Self::cache_ttl) | 60 seconds, and never beyond `exp` |
/// | [`negative_cache_ttl`](Self::negative_cache_ttl) | 5 seconds |
/// | [`token_format`](Self::token_format) | a b64token (RFC 6750) of 16 characters or more that is no path |
/// | [`concurrency`](Self::concurrency) | 64 |
/// | [`rate`](Self::rate) | 100 a second, 1,000 at once |
/// | [`failure_limit`](Self::failure_limit) | per client address, a quarter of the burst and a tenth of the rate |
/// | [`timeout`](Self::timeout) | 5 seconds |
/// | [`leeway`](Self::leeway) | 60 seconds |
/// | [`scopes`](Self::scopes) | the members `scope` and `scp` |
/// | [`roles`](Self::roles) | the member `roles` |
/// | [`subject_claim`](Self::subject_claim) | `sub` |
/// | [`audience_claim`](Self::audience_claim) | `aud` |
///
/// # Which tokens are asked about
///
/// Without a [`Jwt`](crate::Jwt) in the same `Auth`, all. With one, the form decides: a token whose
/// part before the first `.` is a JSON object in base64url is a JWT, and judged by its signature and
/// nothing else; any other is asked about. A JWT that is refused is not asked about as well, or a
/// token would be good if either of two judges says so.
///
/// # What the answers come to
///
/// | the server | the caller |
/// |---|---|
/// | `active: true`, and what it says fits | is let in, for [`cache_ttl`](Self::cache_ttl) without asking again |
/// | `active: false` | 401, `The access token is not active` (row B18) |
/// | another issuer or audience, expired, bound to a key, a refresh or ID token | 401, as for a JWT |
/// | a 4xx with the `error` `invalid_token` or `invalid_grant` | 401, as `active: false` |
/// | a 4xx with `unsupported_token_type`: it does not introspect such tokens | 401, `The access token issuer is not trusted` |
/// | a 4xx with `invalid_client` or `unauthorized_client`, or a 401 with neither an `error` nor a `Bearer` challenge: it does not accept this API as its client | 500, and an error in the log (row I5) |
/// | any other 4xx, such as `invalid_request`, `access_denied` or the page of a firewall; an answer that is too long | 503 with `Retry-After`; not asked about again for [`negative_cache_ttl`](Self::negative_cache_ttl) |
/// | is slow, down or overloaded (429), redirects, or sends an answer that can't be used | 503 with `Retry-After` (row I4) |
///
/// Clients choose what tokens they send, so an answer that may be about the token is never a 500. An
/// answer about one token affects other tokens only if the server asks for a pause (see
/// [`rate`](Self::rate)), or if an address has sent too many tokens that are refused or get no verdict
/// (see [`failure_limit`](Self::failure_limit)).
///
/// A token that was revoked at the server may be accepted for [`cache_ttl`](Self::cache_ttl) and one
/// [`timeout`](Self::timeout) longer; one that expired is not, however slow the server is.
/// [`AuthBuilder::revocation`](crate::AuthBuilder::revocation) is looked at for each request.
///
/// # Floods
///
/// Requests with one token ask once. Questions about tokens that were never good on this node are
/// limited [at once](Self::concurrency) and [per second](Self::rate); tokens beyond that get 503 with
/// `Retry-After` without asking the server. A client address whose tokens are refused, or get no verdict,
/// gets a [share of that](Self::failure_limit), then 429. Tokens that were good before have separate
/// places and no limit per second, so made-up tokens do not affect them. How many are remembered as having
/// been good is limited by the [`TokenCache`](crate::bearer::TokenCache). With
/// [`TokenCache::OFF`](crate::bearer::TokenCache::OFF) every request asks, and a flood of made-up tokens
/// shuts out everybody.
///
/// # Log
///
/// | event | level | fields |
/// |---|---|---|
/// | `token introspected` | debug | `took`; `fault`, none if it is good |
/// | `introspection failed` | warn, once a second at most | `took`, `reason` |
/// | `introspection refused us` | error, once a second at most | `reason` |
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
/// /// An authorization server that knows one token; `HttpClient` asks a real one.
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
#[must_use = "give it to `Auth::builder().introspection(..)`"]
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

/// How many tokens that are refused, or get no verdict, one client address may have asked about.
pub(super) enum AddressLimit {
    /// A share of the rate.
    ShareOfRate,
    Custom(Option<FailureLimit>),
}

/// # Whom to ask, and about what
impl Introspection {
    /// The introspection endpoint, an absolute URL: `https`, or `http` on this machine. Redirects are
    /// not followed: they would carry the token and the secret elsewhere.
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

    /// The issuer of the callers' [identities](crate::Identity::issuer). An answer that has an `iss` must
    /// name this one, byte for byte.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// The identifier and the secret by which the server knows this API, sent in the `Authorization`
    /// field (`client_secret_basic`, RFC 6749 section 2.3.1).
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client = Some(ClientAuthentication::Basic {
            id: id.into(),
            secret: Zeroizing::new(secret.into()),
        });
        self
    }

    /// The same, sent in the form (`client_secret_post`), for servers that take it nowhere else.
    pub fn client_secret_post(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client = Some(ClientAuthentication::Post {
            id: id.into(),
            secret: Zeroizing::new(secret.into()),
        });
        self
    }

    /// For an endpoint that asks nobody who they are because only this API's network reaches it, such
    /// as the one of Ory Hydra's administration.
    pub fn without_client_authentication(mut self) -> Self {
        self.client = Some(ClientAuthentication::None);
        self
    }

    /// Asks over `http` also on other machines. Whoever is on the way then reads the tokens and the
    /// secret, and decides which tokens are good.
    pub fn dangerously_allow_http(mut self) -> Self {
        self.plain_http = PlainHttp::Everywhere;
        self
    }

    /// How long a request waits for the server before it is answered 503: a minute at most.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// # What is asked of a token
impl Introspection {
    /// For servers that don't say for whom a token is: any token of theirs is accepted, also one for
    /// another API. The answer then has to say that it is an access token (`token_type: Bearer`),
    /// because some servers call a refresh token active, and give it no audience either.
    ///
    /// Does nothing if there is an [`audience`](Self::audience).
    pub fn any_audience(mut self) -> Self {
        self.any_audience = true;
        self
    }
}

claim_setters! {
    impl Introspection {
        /// A claim is a member of the answer (RFC 7662 section 2.2).
        fn audience_claim;
        /// It runs again whenever the server was asked again. A refusal is remembered for
        /// [`negative_cache_ttl`](Self::negative_cache_ttl).
        fn map_identity;
    }
}

/// # How often
impl Introspection {
    /// For how long a good token is good without asking again, counted from the question, and never
    /// beyond its `exp` (RFC 7662 section 4). For so long a token may be accepted that was revoked at
    /// the server. Zero asks for every request.
    pub fn cache_ttl(mut self, time: Duration) -> Self {
        self.cache_ttl = time;
        self
    }

    /// For how long a refusal is repeated without asking again: of a token that the server or
    /// [`map_identity`](Self::map_identity) refused (401), and of a token on which the server gave no
    /// verdict, because it answered with a 4xx or with more than 64 KiB (503). A caller who has just been
    /// given access may have to wait that long. Zero asks for every request.
    pub fn negative_cache_ttl(mut self, time: Duration) -> Self {
        self.negative_cache_ttl = time;
        self
    }

    /// Whether a text can be a token of this server: what can't is malformed, and not asked about.
    /// Say as much as you know, such as a prefix and a length.
    ///
    /// The default is 16 characters or more of those that RFC 6750 section 2.1 allows, and at most two
    /// `=` at the end, which is all that base64 needs: a server that ignores padding would take one
    /// token in many spellings. With a `.` or `..` between slashes it would be a path, which firewalls
    /// refuse.
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

    /// How many questions may be under way at the same time. A quarter of the places is kept for
    /// tokens that were good before; those wait for one, others are answered 503 at once.
    pub fn concurrency(mut self, most: usize) -> Self {
        self.concurrency = most;
        self
    }

    /// How many tokens that were never good on this node are asked about per second, and how many at
    /// once after a quiet time, such as at the start, when every token is new. One more is answered
    /// 503.
    ///
    /// A server that answers 429 or 503 with `Retry-After` is asked about one such token a second for as
    /// long, up to five seconds, or until it answers about one. Made-up tokens that bring it to that
    /// keep others out no longer. The caller who got there first is told the whole time, up to a minute.
    pub fn rate(mut self, per_second: u32, burst: u32) -> Self {
        self.per_second = per_second;
        self.burst = burst;
        self
    }

    /// How many tokens that are refused, or get no verdict, one client address may send. After that, its
    /// tokens that were never good on this node get 429 with `Retry-After` (RFC 6585 section 4), and the
    /// server is not asked. Pass a clone of the limit that other kinds of credentials count with, or `None`
    /// for no limit. Only [`per_address`](FailureLimit::per_address) of the [`FailureLimit`] applies.
    ///
    /// By default, an address has a quarter of the burst of [`rate`](Self::rate) at once, and a tenth
    /// of its tokens per second: 250, and 10 a second. That is far more than for passwords, because
    /// clients routinely send expired tokens, and many clients may share an address.
    ///
    /// A question about a token that was never good on this node counts if the answer is a refusal (401),
    /// or if the server gives no verdict on this token (503): a 4xx such as `invalid_request` or
    /// `access_denied`, or more than 64 KiB. Clients choose the tokens, so one client could otherwise use
    /// up the whole rate with them. A server that answers every question like this, for example because
    /// the URL is wrong, makes clients wait as well.
    ///
    /// These do not count: a server that is slow, down or overloaded (time-outs, 5xx, 408, 429), an answer
    /// that cannot be used, and a server that does not accept this API as its client (500). The server is
    /// asked about tokens that were good before even if their address has reached the limit.
    ///
    /// The address of a client is known only if the server is started with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, or as described in
    /// [`trust_unix_peers`](crate::AuthBuilder::trust_unix_peers). Otherwise nothing is counted. Behind a
    /// proxy that is not one of the [`trusted_proxies`](crate::AuthBuilder::trusted_proxies) all
    /// clients share its address, and one of them can make the new tokens of all others wait.
    pub fn failure_limit(mut self, limit: impl Into<Option<FailureLimit>>) -> Self {
        self.failure_limit = AddressLimit::Custom(limit.into());
        self
    }
}

/// Addresses that were written with a password in them are shown without.
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
