//! `render::for_browsers`: redirects to the login page, and to whom they are not sent.

mod hidden;
mod htmx;
mod redirects;
mod step_up;

use std::time::Duration;

use auth_runtime::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, Challenge, CredentialRequest, Source,
};
use auth_runtime::identity::Provides;
use auth_runtime::{Auth, BearerToken, Scheme, check, policy, render, require_auth, routing};
use auth_tests::application::build;
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::http::request::Parts;

const VARY: &str = "Accept, Sec-Fetch-Mode, HX-Request";
const CHALLENGE: &str = r#"Pass realm="api""#;

/// A cookie that is renewed by a login: `alice`, `alice, an hour ago` or `expired`.
struct Pass;

impl Authenticator for Pass {
    fn scheme(&self) -> Scheme {
        Scheme::new("Pass")
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::Cookie("pass".to_owned())]
    }

    fn provides(&self) -> Provides {
        Provides::ALL
    }

    fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let value = match request.find(&Source::Cookie("pass".to_owned())) {
            Ok(Some(value)) => value,
            Ok(None) => return AuthenticationOutcome::Absent,
            Err(error) => return Err(error).into(),
        };
        if *value == *b"expired" {
            return Err(AuthenticationError::SessionExpired).into();
        }
        let age = match &*value {
            b"alice, an hour ago" => Duration::from_secs(3600),
            _ => Duration::ZERO,
        };
        let identity = request.identity("passes", "alice");
        let identity = identity.authenticated_at(request.now() - age).build();
        Ok(identity).into()
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        Challenge::new(self.scheme()).oauth()
    }
}

#[require_auth]
async fn orders() -> &'static str {
    "orders"
}

#[require_auth(role = "admin")]
async fn administer() {}

#[require_auth(acr = ["gold", "silver"], max_age = "5m")]
async fn pay() {}

#[require_auth(max_age = "5m")]
async fn recent() {}

#[require_auth(hide = "always")]
async fn hidden() {}

/// Its extractor refuses a caller without a token.
#[check]
fn has_token(_: BearerToken) -> bool {
    true
}

#[require_auth(check = has_token)]
async fn with_token() {}

#[require_auth(hide = "always", check = has_token)]
async fn hidden_with_token() {}

#[policy]
struct AnyCaller;

#[policy(check = has_token)]
struct WithToken;

fn auth() -> Auth {
    let builder = Auth::builder().authenticator(Pass);
    build(builder.renderer(render::for_browsers("/login")))
}

fn routes() -> auth_runtime::Router {
    let orders = || routing::get(orders).post(orders).delete(orders);
    let nested = auth_runtime::Router::new().route("/orders", orders());
    auth_runtime::Router::new()
        .route("/orders", orders())
        .route("/admin", routing::get(administer))
        .route("/pay", routing::get(pay))
        .route("/recent", routing::get(recent))
        .route("/hidden", routing::get(hidden))
        .route("/with-token", routing::get(with_token))
        .route("/hidden-with-token", routing::get(hidden_with_token))
        .nest("/shop/{name}", nested)
}

async fn serve() -> Server {
    Server::start(routes().with_auth(auth())).await
}

fn navigation(target: &str) -> Request {
    Request::get(target).header("Sec-Fetch-Mode", "navigate")
}

fn assert_redirect(response: &Response, location: &str) {
    assert_eq!(response.status, 303, "{response:?}");
    assert_eq!(response.one("location").as_deref(), Some(location));
    assert_eq!(response.one("cache-control").as_deref(), Some("no-store"));
    assert_eq!(response.one("vary").as_deref(), Some(VARY));
    let mut names = response.header_names();
    names.retain(|name| *name != "content-length");
    names.sort_unstable();
    assert_eq!(names, ["cache-control", "location", "vary"], "{response:?}");
    assert_eq!(response.text(), "");
}

/// The 401 that other clients get too.
fn assert_refused(response: &Response, code: &str) {
    let code = if code.is_empty() {
        String::new()
    } else {
        format!(r#","code":"{code}""#)
    };
    assert_eq!(response.status, 401, "{response:?}");
    assert_eq!(response.one("location"), None, "{response:?}");
    assert_eq!(response.challenges(), [CHALLENGE], "{response:?}");
    assert_eq!(response.one("cache-control").as_deref(), Some("no-store"));
    assert_eq!(response.one("vary").as_deref(), Some(VARY));
    let media_type = response.one("content-type");
    assert_eq!(media_type.as_deref(), Some("application/problem+json"));
    let body = format!(r#"{{"type":"about:blank","title":"Unauthorized","status":401{code}}}"#);
    assert_eq!(response.text(), body);
}
