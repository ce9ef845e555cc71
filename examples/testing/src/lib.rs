//! How to test an application with guarded handlers: [`app`] takes the `Auth`, so a test passes one that trusts
//! its own issuer. `tests/orders.rs` has the tests.
//!
//! ```sh
//! cargo test -p testing
//! ```

use auth_runtime::routing::get;
use auth_runtime::{Auth, Identity, Router, require_auth};
use axum::extract::Path;

#[require_auth(scope = "orders:read")]
async fn list_orders(caller: Identity) -> String {
    format!("The orders of {}\n", caller.subject())
}

#[require_auth(any(
    role = "support",
    check("is this user") = |caller: Identity, Path(name): Path<String>| caller.subject() == name,
))]
async fn show_user(Path(name): Path<String>) -> String {
    format!("The account of {name}\n")
}

/// The routes, before they have an `Auth`: a test compares their access map with the reviewed one.
pub fn routes() -> Router {
    Router::new()
        .route("/orders", get(list_orders))
        .route("/users/{name}", get(show_user))
}

/// The whole application.
pub fn app(auth: Auth) -> axum::Router {
    routes().with_auth(auth)
}
