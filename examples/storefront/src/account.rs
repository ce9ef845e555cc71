//! The caller's own account.

use auth_runtime::routing::{get, put};
use auth_runtime::{Identity, Router, require_auth};
use axum::extract::{Json, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::orders::Orders;
use crate::scopes;

pub(crate) fn routes() -> Router<Orders> {
    Router::new()
        .route("/", get(show_account))
        .route("/address", put(move_house))
}

#[derive(Serialize)]
struct Account {
    subject: String,
    issuer: String,
    logged_in_by: &'static str,
    orders: usize,
}

#[require_auth]
async fn show_account(caller: Identity, State(orders): State<Orders>) -> Json<Account> {
    Json(Account {
        subject: caller.subject().to_owned(),
        issuer: caller.issuer().to_owned(),
        logged_in_by: caller.scheme().as_str(),
        orders: orders.of(caller.id()).len(),
    })
}

/// Tokens only: a stolen password of a till must not change an address.
#[require_auth(scope = scopes::ACCOUNT_WRITE, scheme = "bearer")]
async fn move_house(caller: Identity, Json(address): Json<String>) -> StatusCode {
    tracing::info!(subject = caller.subject(), %address, "moved");
    StatusCode::NO_CONTENT
}
