//! A service with a list of revoked tokens, and its clients.

use auth_runtime::revocation::{Revocation, RevocationStatus};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, AuthBuilder, require_auth};
use auth_tests::client::{Connection, Request};
use auth_tests::expected::{Expected, Refused, refused};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// Row B18.
pub(crate) fn was_revoked() -> Refused {
    refused(401).code("invalid_token").challenge(
        r#"Bearer realm="api", error="invalid_token", error_description="The access token was revoked""#,
    )
}

/// Row I7.
#[cfg(feature = "redis")]
pub(crate) fn cannot_tell() -> Refused {
    refused(503).retry_after("5")
}

#[require_auth]
async fn hello() -> &'static str {
    "hello"
}

pub(crate) fn issuer() -> Issuer {
    Issuer::new(ISSUER, AUDIENCE)
}

/// One node of a service. Clones of `list` are its list.
pub(crate) struct Node<L> {
    pub(crate) list: L,
    pub(crate) auth: Auth,
    server: Server,
}

impl<L: Revocation + Clone> Node<L> {
    pub(crate) async fn start(issuer: &Issuer, list: L) -> Self {
        Self::of_issuers(&[issuer], list).await
    }

    pub(crate) async fn of_issuers(issuers: &[&Issuer], list: L) -> Self {
        let issuers = issuers.iter().map(|issuer| issuer.jwt());
        let auth = issuers
            .fold(Auth::builder(), AuthBuilder::bearer)
            .revocation(list.clone())
            .build()
            .unwrap();
        let app = Router::new().route("/", get(hello)).layer(auth.layer());
        Self {
            list,
            auth,
            server: Server::start(app).await,
        }
    }

    /// The whole answer is this one.
    pub(crate) async fn answers(&self, token: &str, expected: Refused) {
        let response = self.server.send(&Request::get("/").bearer(token)).await;
        let difference = Expected::from(expected).compare(&response);
        assert_eq!(difference, Ok(()), "{response:?}");
    }

    pub(crate) async fn status(&self, token: &str) -> u16 {
        self.client().await.status(token).await
    }

    pub(crate) async fn client(&self) -> Client {
        Client(self.server.connect().await)
    }

    pub(crate) fn list_status(&self) -> RevocationStatus {
        self.auth.status().revocation.unwrap()
    }
}

/// A connection that is kept.
pub(crate) struct Client(Connection);

impl Client {
    pub(crate) async fn status(&mut self, token: &str) -> u16 {
        let request =
            format!("GET / HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n\r\n");
        self.0.write(request.as_bytes()).await;
        self.0.read(false).await.expect("an answer").status
    }
}
