//! API keys. Each key has an owner, scopes and roles, and can be revoked.
//!
//! `cargo run -p api-keys` prints curl commands to paste into another terminal. `apikeys` is a tool that
//! manages keys in a database.

use std::net::SocketAddr;

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::routing::{get, post};
use auth_runtime::{ApiKeys, Auth, BoxError, Identity, Router, require_auth};
use axum::extract::Path;
use tokio::net::TcpListener;

#[require_auth]
async fn whoami(caller: Identity) -> String {
    format!("You are {}.\n", caller.subject())
}

#[require_auth(scope = "orders:read")]
async fn list_orders() -> &'static str {
    "Order 1: tea\n"
}

#[require_auth(all(scope = "orders:write", role = "support"))]
async fn refund_order() -> &'static str {
    "Order 1 is refunded.\n"
}

#[require_auth(check("is this user") = |caller: Identity, Path(name): Path<String>| caller.subject() == name)]
async fn show_user(Path(name): Path<String>) -> String {
    format!("The account of {name}\n")
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    if std::env::args().len() > 1 {
        println!("Usage: cargo run -p api-keys\n\nPORT is the port to listen on, 3000 by default.");
        return Ok(());
    }
    // In production the keys are in a database: `SqlStore::connect("keys.db").await?`.
    let keys = ApiKeys::new(MemoryApiKeys::new());
    let auth = Auth::builder().api_keys(keys.clone()).build()?;

    // The store keeps a digest of the secret, so a key is readable only here.
    let reader = NewApiKey::new("alice").scopes(["orders:read"]);
    let support = NewApiKey::new("bob")
        .scopes(["orders:write"])
        .roles(["support"]);
    let (_, alice) = keys.create(reader.clone()).await?;
    let (_, bob) = keys.create(support).await?;
    let (record, revoked) = keys.create(reader).await?;
    keys.revoke(&record.prefix).await?;

    let app = Router::new()
        .route("/whoami", get(whoami))
        .route("/orders", get(list_orders))
        .route("/orders/1/refund", post(refund_order))
        .route("/users/{name}", get(show_user))
        .with_auth(auth)
        // Invalid keys are counted by client address.
        .into_make_service_with_connect_info::<SocketAddr>();

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let url = format!("http://{}", listener.local_addr()?);
    print_commands(&url, [alice.reveal(), bob.reveal(), revoked.reveal()]);
    axum::serve(listener, app).await?;
    Ok(())
}

fn print_commands(url: &str, [alice, bob, revoked]: [&str; 3]) {
    println!("Paste these commands into another terminal.");
    println!("Each curl command prints the response, and then the status to expect.\n");
    println!("ALICE={alice}\nBOB={bob}\nREVOKED={revoked}\n");
    for (expected, arguments) in [
        (401, "/whoami"),
        (401, "/whoami -H \"X-API-Key: $REVOKED\""),
        (200, "/whoami -H \"X-API-Key: $ALICE\""),
        (401, "/orders"),
        (200, "/orders -H \"X-API-Key: $ALICE\""),
        (403, "/orders -H \"X-API-Key: $BOB\""),
        (200, "/orders/1/refund -X POST -H \"X-API-Key: $BOB\""),
        (403, "/orders/1/refund -X POST -H \"X-API-Key: $ALICE\""),
        (200, "/users/alice -H \"X-API-Key: $ALICE\""),
        (403, "/users/bob -H \"X-API-Key: $ALICE\""),
    ] {
        println!("curl -iw '\\nExpected: {expected}\\n\\n' {url}{arguments}");
    }
    println!("\nListening on {url} until Ctrl-C.");
}
