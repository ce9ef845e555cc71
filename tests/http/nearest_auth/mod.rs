//! Which `Auth` decides a request: the one nearest to the handler, for the guard, the extractors and
//! the answer alike. A new request that a handler makes does not inherit an `Auth`.

mod cases;
mod forwarded;
mod one_caller;
mod random;

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Identity, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::server::Server;
use axum::extract::Request as AxumRequest;
use axum::response::Response as AxumResponse;
use tower::ServiceExt;

use crate::router::send;

const INNER_ISSUER: &str = "https://inner.example";

/// An outer and an inner `Auth` that trust one issuer each, with a token for either.
struct Auths {
    outer: Auth,
    inner: Auth,
    outer_token: String,
    inner_token: String,
}

impl Auths {
    fn new() -> Self {
        let of = |issuer: &str, realm: &str| {
            let issuer = Issuer::new(issuer, AUDIENCE);
            let auth = build(Auth::builder().bearer(issuer.jwt()).realm(realm));
            (auth, issuer.token(realm).scope("read").sign())
        };
        let (outer, outer_token) = of(ISSUER, "outer");
        let (inner, inner_token) = of(INNER_ISSUER, "inner");
        Self {
            outer,
            inner,
            outer_token,
            inner_token,
        }
    }

    /// The path answers 200 to the token of `judge` and shows its caller; the token of the other
    /// `Auth`, and a request without a token, get 401 with the challenge of `judge`.
    async fn assert_judge(&self, server: &Server, method: &str, path: &str, judge: Judge) {
        let (good, foreign, realm) = match judge {
            Judge::Outer => (&self.outer_token, &self.inner_token, "outer"),
            Judge::Inner => (&self.inner_token, &self.outer_token, "inner"),
        };
        let what = format!("{method} {path}");
        let admitted = send(server, method, path, Some(good)).await;
        assert_eq!(
            (admitted.status, admitted.text().as_str()),
            (200, realm),
            "{what}"
        );
        let refused = send(server, method, path, Some(foreign)).await;
        assert_eq!(refused.status, 401, "{what}");
        assert_eq!(
            refused.challenges(),
            [format!(
                r#"Bearer realm="{realm}", error="invalid_token", error_description="The access token issuer is not trusted", scope="read""#
            )],
            "{what}"
        );
        let anonymous = send(server, method, path, None).await;
        assert_eq!(anonymous.status, 401, "{what}");
        assert_eq!(
            anonymous.challenges(),
            [format!(r#"Bearer realm="{realm}", scope="read""#)],
            "{what}"
        );
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judge {
    Outer,
    Inner,
}

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// An application on axum's own router, with or without an `Auth`.
fn application(auth: Option<&Auth>) -> axum::Router {
    let app = axum::Router::new().fallback(read);
    match auth {
        Some(auth) => app.layer(auth.layer()),
        None => app,
    }
}

async fn forward(app: axum::Router, request: AxumRequest) -> AxumResponse {
    app.oneshot(request).await.unwrap()
}
