//! The tokens of an issuer, what accepts them, and the rotation of its keys.

mod response;
mod rotation;
mod routes;
mod settings;
mod tokens;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::keys::{Algorithm, HmacSecret, IssuerKey, SigningKey};
use crate::token_issuer::{TokenIssuerBuilder, UnsignedToken};
use crate::{Auth, Jwt, Router, TokenIssuer, routing::get};

const SHOP: &str = "https://shop.example";
const SECRET: [u8; 32] = [7; 32];

fn shop<K: IssuerKey>(key: K) -> TokenIssuerBuilder<K> {
    TokenIssuer::<K>::builder(SHOP, key).audience(SHOP)
}

fn issuer() -> TokenIssuer {
    shop(SigningKey::generate()).build().unwrap()
}

/// The header and the claims, without verification.
fn decoded(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let octets = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&octets).unwrap_or_default()
    });
    (parts.next().unwrap(), parts.next().unwrap())
}

#[crate::require_auth(crate = crate, scope = "orders:read")]
async fn list_orders(caller: crate::Identity) -> String {
    caller.subject().to_owned()
}

fn app(jwt: Jwt) -> axum::Router {
    let auth = Auth::builder().bearer(jwt).build().unwrap();
    Router::new()
        .route("/orders", get(list_orders))
        .with_auth(auth)
}

async fn send(app: &axum::Router, path: &str, token: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

async fn status(app: &axum::Router, token: &str) -> u16 {
    send(app, "/orders", Some(token)).await.status().as_u16()
}

/// A token for the route of [`app`].
fn reader(token: UnsignedToken<'_>) -> String {
    token.scopes(["orders:read"]).sign().unwrap()
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}
