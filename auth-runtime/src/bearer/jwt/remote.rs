//! The settings of [`Jwt`] for keys that an issuer publishes.

use super::configuration::Jwt;
use super::jwks_settings::ConfiguredLocation;
use crate::fetch::PlainHttp;
use crate::keys::KeyRefresh;

impl Jwt {
    /// Accepts tokens of `issuer`, and fetches its keys from the URL in its metadata: `OpenID` Connect
    /// Discovery 1.0, or RFC 8414 if that document does not exist (a 4xx). The `issuer` in the metadata must
    /// be the same, byte for byte: `https://x` and `https://x/` are two issuers.
    ///
    /// | issuer | metadata |
    /// |---|---|
    /// | `https://x/a` | `https://x/a/.well-known/openid-configuration` |
    /// | | `https://x/.well-known/oauth-authorization-server/a` |
    ///
    /// The keys may be on another host than the metadata, but by `https` if the metadata is. They are
    /// fetched regularly, see [`KeyRefresh`]. The metadata is fetched again if it is older than
    /// [`max_interval`](KeyRefresh::max_interval), or if the keys can't be fetched from its URL.
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
    /// /// Answers like the issuer. In a service, enable the feature `http-client` instead.
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

    /// The URL of the issuer's JWK Set (RFC 7517 section 5), which is fetched regularly: see
    /// [`KeyRefresh`]. It can be called only once, and not together with configured keys.
    ///
    /// The URL must be `https`, or `http` on this machine. It needs an HTTP client: the feature
    /// `http-client`, or your own client in [`AuthBuilder::fetch`](crate::AuthBuilder::fetch). Only public
    /// keys are read from it, so [`algorithms`](Self::algorithms) must not contain HMAC.
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
    /// /// A client without a network.
    /// struct Offline;
    ///
    /// impl Fetch for Offline {
    ///     async fn fetch(
    ///         &self,
    ///         _request: http::Request<Vec<u8>>,
    ///         _limit: usize,
    ///     ) -> Result<http::Response<Vec<u8>>, BoxError> {
    ///         Err("offline".into())
    ///     }
    /// }
    ///
    /// let auth = Auth::builder()
    ///     .bearer(
    ///         Jwt::issuer("https://issuer.example")
    ///             .audience("https://api.example")
    ///             .jwks_url("https://issuer.example/keys"),
    ///     )
    ///     .fetch(Offline)
    ///     .build()?;
    /// let app = Router::new().route("/", get(hello)).with_auth(auth);
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let request = http::Request::get("/")
    ///     .header("authorization", format!("Bearer {}", issuer.token("alice").sign()))
    ///     .body(Body::empty())?;
    /// let response = app.oneshot(request).await?;
    /// assert_eq!(response.status(), 503); // the token may be valid: the client should retry
    /// assert_eq!(response.headers()["retry-after"], "5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.remote
            .locations
            .push(ConfiguredLocation::KeySet(url.into()));
        self
    }

    /// How often the keys of [`jwks_url`](Self::jwks_url) or [`oidc`](Self::oidc) are fetched, and how long
    /// they are valid.
    pub fn key_refresh(mut self, refresh: KeyRefresh) -> Self {
        self.remote.refresh = refresh;
        self
    }

    /// Allows fetching keys by `http` from other machines. **An attacker in the network can then replace the
    /// keys and forge any token.** Use it only in a network where this is not possible.
    pub fn dangerously_allow_http(mut self) -> Self {
        self.remote.plain_http = PlainHttp::Everywhere;
        self
    }
}
