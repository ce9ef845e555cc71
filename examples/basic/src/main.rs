//! User names and passwords (RFC 7617). Each user has scopes and roles.
//!
//! `cargo run -p basic` prints curl commands to paste into another terminal.

use std::net::SocketAddr;

use auth_runtime::routing::{get, post};
use auth_runtime::users::{PasswordHashing, User, Users};
use auth_runtime::{Auth, Basic, BoxError, Identity, Router, require_auth};
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
        println!("Usage: cargo run -p basic\n\nPORT is the port to listen on, 3000 by default.");
        return Ok(());
    }
    // In production the hashes are in a file, `UserFile::new("users")`, or in a database, `SqlStore`.
    let hashing = PasswordHashing::default();
    let alice = User::new(hashing.hash("correct horse")?).scopes(["orders:read"]);
    let bob = User::new(hashing.hash("battery staple")?)
        .scopes(["orders:write"])
        .roles(["support"]);
    let users = Users::new().add("alice", alice).add("bob", bob);
    let auth = Auth::builder().basic(Basic::users(users)).build()?;

    let app = Router::new()
        .route("/whoami", get(whoami))
        .route("/orders", get(list_orders))
        .route("/orders/1/refund", post(refund_order))
        .route("/users/{name}", get(show_user))
        .with_auth(auth)
        // Failed logins are counted by client address as well.
        .into_make_service_with_connect_info::<SocketAddr>();

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_commands(&format!("http://{}", listener.local_addr()?));
    axum::serve(listener, app).await?;
    Ok(())
}

fn print_commands(url: &str) {
    println!("Paste these commands into another terminal.");
    println!("Each curl command prints the response, and then the status to expect.\n");
    println!("ALICE='alice:correct horse'\nBOB='bob:battery staple'\n");
    for (expected, arguments) in [
        (401, "/whoami"),
        (401, "/whoami -u alice:guessed"),
        (200, "/whoami -u \"$ALICE\""),
        (401, "/orders"),
        (200, "/orders -u \"$ALICE\""),
        (403, "/orders -u \"$BOB\""),
        (200, "/orders/1/refund -X POST -u \"$BOB\""),
        (403, "/orders/1/refund -X POST -u \"$ALICE\""),
        (200, "/users/alice -u \"$ALICE\""),
        (403, "/users/bob -u \"$ALICE\""),
    ] {
        println!("curl -iw '\\nExpected: {expected}\\n\\n' {url}{arguments}");
    }
    println!("\nListening on {url} until Ctrl-C.");
}
