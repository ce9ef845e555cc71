//! An API with four guarded handlers: for any caller, by scope, by scope or role, and for the owner of an order.
//!
//! `cargo run -p quickstart` serves it and prints curl commands to paste into another terminal.
//! `cargo run -p quickstart -- --check` sends the same requests itself and compares the responses.

mod requests;

use std::process::ExitCode;
use std::sync::Arc;

use auth_runtime::routing::{get, post};
use auth_runtime::testing::Issuer;
use auth_runtime::{
    Allowed, Auth, BoxError, CheckError, Checked, Identity, IdentityId, Router, require_auth,
};
use axum::extract::{Json, Path, State};
use serde::Serialize;
use tokio::net::TcpListener;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example";

const HELP: &str = "\
An API with four guarded handlers. Prints curl commands to try it.

Usage: cargo run -p quickstart [-- --check]

  --check  send the printed requests, and exit with 1 if a response is not the expected one
  --help   print this

PORT is the port to listen on, 3000 by default.
";

/// Any caller with a valid token.
#[require_auth]
async fn whoami(caller: Identity) -> String {
    format!("You are {}.\n", caller.subject())
}

/// A scope.
#[require_auth(scope = "orders:read")]
async fn list_orders(State(orders): State<Orders>) -> Json<Vec<Order>> {
    Json(orders.0.to_vec())
}

/// Either of two rules.
#[require_auth(any(scope = "orders:admin", all(scope = "orders:write", role = "support")))]
async fn refund_order(Path(number): Path<u32>) -> String {
    format!("Order {number} is refunded.\n")
}

/// The owner of the order. The check runs before the handler. It loads the order once and passes it on.
#[require_auth(
    scope = "orders:read",
    check("owns the order") = |caller: Identity, orders: State<Orders>, number: Path<u32>| {
        let order = orders.find(*number).ok_or_else(CheckError::not_found)?;
        Allowed::when(order.owner == caller.id(), order)
    }
)]
async fn show_order(Checked(order): Checked<Order>) -> Json<Order> {
    Json(order)
}

fn app(auth: Auth) -> axum::Router {
    Router::new()
        .route("/whoami", get(whoami))
        .route("/orders", get(list_orders))
        .route("/orders/{number}", get(show_order))
        .route("/orders/{number}/refund", post(refund_order))
        .with_state(Orders::of_alice_and_bob())
        .with_auth(auth)
}

#[tokio::main]
async fn main() -> Result<ExitCode, BoxError> {
    // In production the issuer is another server: `Jwt::oidc("https://..").audience("https://..")`.
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let app = app(Auth::builder().bearer(issuer.jwt()).build()?);
    let tokens = requests::tokens(&issuer);

    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("--check") => return requests::check(&app, &tokens).await,
        Some("--help") => {
            print!("{HELP}");
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => return Err(format!("unknown argument `{other}`, see --help").into()),
    }

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))
        .await
        .map_err(|error| format!("PORT={port}: {error}"))?;
    requests::print(listener.local_addr()?, &tokens);
    axum::serve(listener, app).await?;
    Ok(ExitCode::SUCCESS)
}

/// In place of a database.
#[derive(Clone)]
struct Orders(Arc<[Order]>);

#[derive(Clone, Serialize)]
struct Order {
    number: u32,
    item: &'static str,
    /// Issuer and subject. Another issuer may give the same subject to another user.
    #[serde(skip)]
    owner: IdentityId,
}

impl Orders {
    fn of_alice_and_bob() -> Self {
        let order = |number, item, owner: &str| Order {
            number,
            item,
            owner: IdentityId::new(ISSUER, owner),
        };
        Self(Arc::new([
            order(1, "tea", "alice"),
            order(2, "coffee", "bob"),
        ]))
    }

    fn find(&self, number: u32) -> Option<Order> {
        self.0.iter().find(|order| order.number == number).cloned()
    }
}
