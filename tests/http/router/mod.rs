//! What `auth_runtime::Router` adds to axum's: which `Auth` a route has, what sees the caller, and
//! the response headers.

mod cors;
mod declared_routes;
mod guard_layer;
mod headers;
mod hidden;
mod middleware;
mod required_policies;
mod response_extensions;
mod several_auths;

use auth_runtime::authenticator::Source;
use auth_runtime::testing::Issuer;
use auth_runtime::{
    Auth, AuthRejection, Identity, allow_anonymous, optional_auth, policy, require_auth,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::extract::Request as AxumRequest;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response as AxumResponse;

use crate::kinds::Badge;

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    format!("read: {}", caller.subject())
}

#[require_auth(scope = "read", hide)]
async fn hidden() {}

#[require_auth(scope = "read", hide = "always")]
async fn hidden_always() {}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    format!("optional: {}", name(caller.as_ref()))
}

#[allow_anonymous(reason = "a test of what is public")]
async fn public() -> &'static str {
    "public"
}

/// A handler without a policy.
async fn bare(caller: Option<Identity>) -> String {
    format!("bare: {}", name(caller.as_ref()))
}

#[policy(scope = "read")]
struct CanRead;

#[policy(role = "staff")]
struct Staff;

fn name(caller: Option<&Identity>) -> &str {
    caller.map_or("anonymous", Identity::subject)
}

/// Extracts the caller and continues in any case.
async fn looks(
    caller: Result<Option<Identity>, AuthRejection>,
    request: AxumRequest,
    next: Next,
) -> AxumResponse {
    let seen = match &caller {
        Ok(caller) => name(caller.as_ref()).to_owned(),
        Err(refusal) => refusal.status().as_u16().to_string(),
    };
    let mut response = next.run(request).await;
    let seen = HeaderValue::from_str(&seen).unwrap();
    response.headers_mut().append("x-seen", seen);
    response
}

/// An issuer, and an `Auth` that trusts it.
fn trust() -> (Issuer, Auth) {
    trust_in(ISSUER, "api")
}

fn trust_in(issuer: &str, realm: &str) -> (Issuer, Auth) {
    let issuer = Issuer::new(issuer, AUDIENCE);
    let auth = Auth::builder().bearer(issuer.jwt()).realm(realm);
    let auth = build(auth.identity_in_responses(true));
    (issuer, auth)
}

/// An `Auth` that accepts every badge in this source.
fn badges_in(source: Source) -> Auth {
    let auth = Auth::builder().authenticator(Badge::from(source));
    build(auth.identity_in_responses(true))
}

/// A token with these scopes, and with the role `staff` if asked for.
fn token(issuer: &Issuer, scopes: &str, is_staff: bool) -> String {
    let token = issuer.token("alice").scope(scopes);
    let token = if is_staff { token.role("staff") } else { token };
    token.sign()
}

async fn get(server: &Server, path: &str, token: Option<&str>) -> Response {
    send(server, "GET", path, token).await
}

pub(crate) async fn send(
    server: &Server,
    method: &str,
    path: &str,
    token: Option<&str>,
) -> Response {
    let request = Request::new(method, path);
    let request = match token {
        Some(token) => request.bearer(token),
        None => request,
    };
    server.send(&request).await
}
