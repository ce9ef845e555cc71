//! Keys that an issuer publishes, as its user writes them down.

use std::fmt;

use super::configuration::{IssuerFault, Jwt};
use crate::fetch::{Clients, PlainHttp, shown};
use crate::keys::{
    Algorithm, JwksLocation, JwksLocationFault, KeyFault, KeyProblem, KeyRefresh, RemoteSettings,
};

/// Where keys are fetched from, if they are.
#[derive(Debug, Default)]
pub(super) struct Remote {
    locations: Vec<ConfiguredLocation>,
    refresh: KeyRefresh,
    plain_http: PlainHttp,
}

enum ConfiguredLocation {
    /// The address of a JWK Set.
    KeySet(String),
    /// Where the issuer's metadata says.
    Metadata,
}

impl fmt::Debug for ConfiguredLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeySet(url) => formatter.debug_tuple("KeySet").field(&shown(url)).finish(),
            Self::Metadata => formatter.write_str("Metadata"),
        }
    }
}

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

impl Remote {
    /// What it takes to fetch the keys, if they are fetched. Nothing is asked yet.
    pub(super) fn check(
        &self,
        issuer: &str,
        algorithms: Option<&[Algorithm]>,
        clients: &Clients,
        faults: &mut Vec<IssuerFault>,
    ) -> Option<RemoteSettings> {
        let [location] = self.locations.as_slice() else {
            faults.push(IssuerFault::SeveralKeyUrls);
            return None;
        };
        let bounds = self.refresh.faults().into_iter();
        faults.extend(bounds.map(|reason| IssuerFault::KeyRefresh { reason }));
        match algorithms {
            Some([]) => faults.push(IssuerFault::Key(KeyFault::of_all(KeyProblem::NoAlgorithm))),
            Some(names) if names.iter().any(|name| name.is_symmetric()) => {
                faults.push(IssuerFault::FetchedSecret);
            }
            _ => {}
        }
        let client = clients.get().map_err(|none| {
            faults.push(IssuerFault::NoFetch { reason: none.0 });
        });
        let origin = self.origin(location, issuer).map_err(|(url, fault)| {
            faults.push(IssuerFault::Url {
                url: shown(url),
                reason: fault.text(),
            });
        });
        Some(RemoteSettings {
            issuer: issuer.to_owned(),
            origin: origin.ok()?,
            client: client.ok()?,
            refresh: self.refresh,
            algorithms: algorithms.map(<[Algorithm]>::to_vec),
        })
    }

    pub(super) fn is_used(&self) -> bool {
        !self.locations.is_empty()
    }

    fn origin<'a>(
        &self,
        location: &'a ConfiguredLocation,
        issuer: &'a str,
    ) -> Result<JwksLocation, (&'a str, JwksLocationFault)> {
        match location {
            ConfiguredLocation::KeySet(url) => {
                JwksLocation::key_set(url, self.plain_http).map_err(|fault| (url.as_str(), fault))
            }
            ConfiguredLocation::Metadata => {
                JwksLocation::metadata(issuer, self.plain_http).map_err(|fault| (issuer, fault))
            }
        }
    }
}
