//! Keys that an issuer publishes, as its user writes them down.

use super::configuration::Jwt;
use super::jwks_settings::ConfiguredLocation;
use crate::fetch::PlainHttp;
use crate::keys::KeyRefresh;

impl Jwt {
    /// Tokens of `issuer`, whose metadata says where its keys are: `OpenID` Connect Discovery 1.0,
    /// or RFC 8414 where there is no such document (an answer 4xx). The metadata has to name the
    /// issuer byte for byte as it is given here; `https://x` and `https://x/` are two issuers.
    ///
    /// | issuer | metadata |
    /// |---|---|
    /// | `https://x/a` | `https://x/a/.well-known/openid-configuration` |
    /// | | `https://x/.well-known/oauth-authorization-server/a` |
    ///
    /// The keys may be on another host than the metadata, by `https` if the metadata is. They are fetched again and again, see
    /// [`KeyRefresh`]; the metadata is when it is older than
    /// [`max_interval`](KeyRefresh::max_interval), and after the keys were not where it says.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, BoxError, Jwt, Router, require_auth};
    /// use auth_runtime::fetch::Fetch;
    /// use auth_runtime::routing::get;
    /// use auth_runtime::testing::Issuer;
    /// use axum::{body::Body, http};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth]
    /// async fn hello() {}
    ///
    /// /// What the issuer answers. In a service of yours, the feature `http-client` asks it.
    /// struct Provider {
    ///     keys: String,
    /// }
    ///
    /// impl Fetch for Provider {
    ///     async fn fetch(
    ///         &self,
    ///         request: http::Request<Vec<u8>>,
    ///         _limit: usize,
    ///     ) -> Result<http::Response<Vec<u8>>, BoxError> {
    ///         let body = match request.uri().path() {
    ///             "/.well-known/openid-configuration" => {
    ///                 r#"{"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/keys"}"#
    ///             }
    ///             _ => &self.keys,
    ///         };
    ///         Ok(http::Response::new(body.into()))
    ///     }
    /// }
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder()
    ///     .bearer(Jwt::oidc("https://issuer.example").audience("https://api.example"))
    ///     .fetch(Provider { keys: issuer.jwks() })
    ///     .build()?;
    /// let app = Router::new().route("/", get(hello)).with_auth(auth);
    ///
    /// let request = |token: &str| {
    ///     let value = format!("Bearer {token}");
    ///     http::Request::get("/").header("authorization", value).body(Body::empty()).unwrap()
    /// };
    /// let good = issuer.token("alice").sign();
    /// assert_eq!(app.clone().oneshot(request(&good)).await?.status(), 200);
    /// let foreign = Issuer::new("https://issuer.example", "https://api.example").token("eve").sign();
    /// assert_eq!(app.oneshot(request(&foreign)).await?.status(), 401);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn oidc(issuer: impl Into<String>) -> Self {
        let mut jwt = Self::issuer(issuer);
        jwt.remote.locations.push(ConfiguredLocation::Metadata);
        jwt
    }

    /// The address of the issuer's JWK Set (RFC 7517 section 5), which is fetched again and again:
    /// see [`KeyRefresh`]. It replaces keys that are given, and it can be called once.
    ///
    /// It is `https`, or `http` to this machine. It needs something to fetch with: the feature
    /// `http-client`, or a client of yours in [`AuthBuilder::fetch`](crate::AuthBuilder::fetch).
    /// Only public keys are taken from it, so [`algorithms`](Self::algorithms) can't be HMAC ones.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, BoxError, Jwt, Router, require_auth};
    /// use auth_runtime::fetch::Fetch;
    /// use auth_runtime::routing::get;
    /// use auth_runtime::testing::Issuer;
    /// use axum::{body::Body, http};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth]
    /// async fn hello() {}
    ///
    /// /// A client that reaches nobody.
    /// struct Unplugged;
    ///
    /// impl Fetch for Unplugged {
    ///     async fn fetch(
    ///         &self,
    ///         _request: http::Request<Vec<u8>>,
    ///         _limit: usize,
    ///     ) -> Result<http::Response<Vec<u8>>, BoxError> {
    ///         Err("the cable is in my hand".into())
    ///     }
    /// }
    ///
    /// let auth = Auth::builder()
    ///     .bearer(
    ///         Jwt::issuer("https://issuer.example")
    ///             .audience("https://api.example")
    ///             .jwks_url("https://issuer.example/keys"),
    ///     )
    ///     .fetch(Unplugged)
    ///     .build()?;
    /// let app = Router::new().route("/", get(hello)).with_auth(auth);
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let request = http::Request::get("/")
    ///     .header("authorization", format!("Bearer {}", issuer.token("alice").sign()))
    ///     .body(Body::empty())?;
    /// let answer = app.oneshot(request).await?;
    /// assert_eq!(answer.status(), 503); // nobody can tell: try again, and keep the token
    /// assert_eq!(answer.headers()["retry-after"], "5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.remote
            .locations
            .push(ConfiguredLocation::KeySet(url.into()));
        self
    }

    /// How often [`jwks_url`](Self::jwks_url) or [`oidc`](Self::oidc) asks, and for how long what
    /// they brought holds.
    pub fn key_refresh(mut self, refresh: KeyRefresh) -> Self {
        self.remote.refresh = refresh;
        self
    }

    /// Fetches keys by `http` from other machines as well. Whoever is on the way can then put keys
    /// of his own in their place, and make any token: for a network in which nobody can.
    pub fn dangerously_allow_http(mut self) -> Self {
        self.remote.plain_http = PlainHttp::Everywhere;
        self
    }
}
