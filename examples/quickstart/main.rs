//! `cargo run --bin quickstart`: an API with four guarded handlers, and the issuer of its tokens,
//! in one process.
//!
//! It prints what it guards, tokens, and curl lines to paste that give 200, 401 and 403, each with
//! what to expect. It listens on port 3000, or a free one if that is taken (`PORT=4000` wants that
//! one), until ctrl-c.
//!
//! `cargo run --bin quickstart -- basic` is the same API for callers with passwords, and so on for
//! `api-key` and `gateway`, a kind of its own: `kinds/` has what differs.
//!
//! `cargo run --bin quickstart -- --check` makes the same requests itself, with every kind, prints
//! what was expected and what came back, and exits with 1 if anything differs.

mod kinds;
#[path = "../listen.rs"]
mod listen;
mod requests;
#[path = "../stop.rs"]
mod stop;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use auth_runtime::routing::{get, post};
use auth_runtime::{
    Allowed, Auth, BoxError, CheckError, Checked, Identity, IdentityId, Router, require_auth,
};
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::extract::{Json, Path, State};
use serde::Serialize;
use tokio::net::TcpListener;

use crate::kinds::Kind;

/// Any caller.
#[require_auth]
async fn whoami(caller: Identity) -> String {
    format!("you are {}\n", caller.subject())
}

/// A scope.
#[require_auth(scope = "orders:read")]
async fn list_orders(State(orders): State<Orders>) -> Json<Vec<Order>> {
    Json(orders.0.to_vec())
}

/// One thing or the other.
#[require_auth(any(scope = "orders:admin", all(scope = "orders:write", role = "support")))]
async fn refund_order(Path(number): Path<u32>) -> String {
    format!("order {number} is refunded\n")
}

/// The caller's own order: the check runs before the handler and hands on what it loaded.
#[require_auth(
    scope = "orders:read",
    check("owns the order") = |
        caller: Identity,
        State(orders): State<Orders>,
        Path(number): Path<u32>,
    | {
        let order = orders.find(number).ok_or_else(CheckError::not_found)?;
        Ok(Allowed::when(order.owner == caller.id(), order))
    }
)]
async fn show_order(Checked(order): Checked<Order>) -> Json<Order> {
    Json(order)
}

/// The application; `auth` is all it knows of how callers log in.
fn service(auth: Auth) -> IntoMakeServiceWithConnectInfo<axum::Router, SocketAddr> {
    let ready = auth.readiness();
    Router::new()
        .route_unguarded("/ready", ready, "for the load balancer")
        .route("/whoami", get(whoami))
        .route("/orders", get(list_orders))
        .route("/orders/{number}", get(show_order))
        .route("/orders/{number}/refund", post(refund_order))
        .with_state(Orders::of_alice_and_bob())
        .with_auth(auth)
        // With the address of each client, by which failed log-ins are counted.
        .into_make_service_with_connect_info()
}

#[tokio::main]
async fn main() -> Result<ExitCode, BoxError> {
    let mut names = Vec::new();
    let mut check = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--check" => check = true,
            _ => names.push(argument),
        }
    }
    if check {
        return check_all(&names).await;
    }
    let name = match names.as_slice() {
        [] => "bearer",
        [name] => name,
        _ => return Err("one kind of credential at a time".into()),
    };
    let kind = kind(name).await?;
    let listener = listen::at_port().await?;
    let stop = stop::signals()?;
    requests::print(listener.local_addr()?, &kind);
    axum::serve(listener, service(kind.auth.clone()))
        .with_graceful_shutdown(stop)
        .await?;
    Ok(ExitCode::SUCCESS)
}

/// Of the kinds that are named, or of all.
async fn check_all(names: &[String]) -> Result<ExitCode, BoxError> {
    let all: Vec<_> = kinds::NAMES.split(", ").map(str::to_owned).collect();
    let mut exit = ExitCode::SUCCESS;
    let chosen = if names.is_empty() { &all } else { names };
    for name in chosen {
        println!("== {name}\n");
        let kind = kind(name).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(axum::serve(listener, service(kind.auth.clone())).into_future());
        if !requests::check(address, &kind).await? {
            exit = ExitCode::FAILURE;
        }
    }
    Ok(exit)
}

async fn kind(name: &str) -> Result<Kind, BoxError> {
    let kinds = kinds::NAMES;
    kinds::find(name)
        .await?
        .ok_or_else(|| format!("`{name}` is not known; there are {kinds}, and `--check`").into())
}

/// What stands in for a database.
#[derive(Clone)]
struct Orders(Arc<[Order]>);

#[derive(Clone, Serialize)]
struct Order {
    number: u32,
    item: &'static str,
    // Issuer and subject: a subject alone may be somebody else's at another issuer.
    #[serde(skip)]
    owner: IdentityId,
}

impl Orders {
    fn of_alice_and_bob() -> Self {
        let order = |number, item, owner: &str| Order {
            number,
            item,
            owner: IdentityId::new(kinds::ISSUER, owner),
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
