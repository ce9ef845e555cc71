//! Known attacks on JWTs, each a request that must not get in.

mod algorithms;
mod claims;
mod configured_claims;
mod headers;
mod issuers;
mod keys;
mod scopes;

use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, Jwt};
use auth_tests::application::{AUDIENCE, ISSUER, build, routes};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::Router;

const MALFORMED: &str = "The access token is malformed";
const ALGORITHM: &str = "The access token uses an unsupported algorithm";
const SIGNATURE: &str = "The access token signature is invalid";
const UNKNOWN_KEY: &str = "The access token was signed with an unknown key";

/// One API that trusts [`ISSUER`], to be attacked.
struct Target {
    server: Server,
}

impl Target {
    async fn trusting(jwt: Jwt) -> Self {
        // A limit that lets long tokens reach the parser.
        let auth = build(Auth::builder().bearer(jwt).token_limit(300 * 1024));
        Self {
            server: Server::start(Router::new().merge(routes()).layer(auth.layer())).await,
        }
    }

    /// The API, and the issuer it trusts: ES256, `kid` `testing`.
    async fn with_issuer() -> (Self, Issuer) {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        (Self::trusting(issuer.jwt()).await, issuer)
    }

    async fn assert_refused(&self, what: &str, token: &str, description: &str) {
        let response = self.server.send(&Request::get("/read").bearer(token)).await;
        assert_eq!(response.status, 401, "{what}: {response:?}");
        assert_eq!(
            response.challenges(),
            [format!(
                r#"Bearer realm="api", error="invalid_token", error_description="{description}", scope="read""#
            )],
            "{what}"
        );
    }

    async fn assert_let_in(&self, what: &str, token: &str) {
        let response = self.server.send(&Request::get("/read").bearer(token)).await;
        assert_eq!(
            (response.status, response.text().as_str()),
            (200, "read: alice"),
            "{what}"
        );
    }

    async fn assert_lacks_scope(&self, what: &str, token: &str) {
        let response = self.server.send(&Request::get("/read").bearer(token)).await;
        assert_eq!(response.status, 403, "{what}: {response:?}");
    }
}

/// A good token for `/read`.
fn reader(issuer: &Issuer) -> Token {
    issuer.token("alice").scope("read")
}
