//! A kind of credential that the application defines: a gateway in front of the API signs the caller's name,
//! scopes and roles into a header field.
//!
//! `cargo run -p own-kind` prints curl commands to paste into another terminal. `gateway.rs` implements
//! `Authenticator`.

mod gateway;

use std::time::{SystemTime, UNIX_EPOCH};

use auth_runtime::routing::{get, post};
use auth_runtime::{Auth, BoxError, Identity, Router, require_auth};
use axum::extract::Path;
use tokio::net::TcpListener;

use crate::gateway::{Caller, Gateway};

/// The API and the gateway share it. In production it is random, and not in the source code.
const SECRET: &[u8] = b"known to this service and to its gateway";

const HELP: &str = "\
An API behind a gateway that signs a header field. Prints curl commands to try it.

Usage: cargo run -p own-kind

  GATEWAY_SECRET_FILE  the file with the secret of the gateway; it may be created later. Until
                       then GET /ready, and requests with the header field, get 503
  PORT                 the port to listen on; the default is 3000
";

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
        print!("{HELP}");
        return Ok(());
    }
    let gateway = match std::env::var_os("GATEWAY_SECRET_FILE") {
        Some(path) => Gateway::with_secret_file(path.into()),
        None => Gateway::new(SECRET)?,
    };
    let auth = Auth::builder().authenticator(gateway).build()?;
    let app = Router::new()
        .route("/whoami", get(whoami))
        .route("/orders", get(list_orders))
        .route("/orders/1/refund", post(refund_order))
        .route("/users/{name}", get(show_user))
        .route_unguarded("/ready", auth.readiness(), "readiness probe")
        .with_auth(auth);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_commands(&format!("http://{}", listener.local_addr()?))?;
    axum::serve(listener, app).await?;
    Ok(())
}

fn print_commands(url: &str) -> Result<(), BoxError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let caller = |name: &str, scope: &str, roles: &[&str]| Caller {
        name: name.to_owned(),
        scopes: vec![scope.to_owned()],
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        // In production a minute is enough.
        expires: now + 24 * 60 * 60,
    };
    let alice = caller("alice", "orders:read", &[]);
    let bob = caller("bob", "orders:write", &["support"]);

    println!("Paste these commands into another terminal.");
    println!("Each curl command prints the response, and then the status to expect.\n");
    println!("ALICE={}", Gateway::sign(SECRET, &alice)?);
    println!("BOB={}", Gateway::sign(SECRET, &bob)?);
    println!("FORGED={}\n", Gateway::sign(b"another secret", &alice)?);
    for (expected, arguments) in [
        (401, "/whoami"),
        (401, "/whoami -H \"X-Gateway-Caller: $FORGED\""),
        (200, "/whoami -H \"X-Gateway-Caller: $ALICE\""),
        (401, "/orders"),
        (200, "/orders -H \"X-Gateway-Caller: $ALICE\""),
        (403, "/orders -H \"X-Gateway-Caller: $BOB\""),
        (
            200,
            "/orders/1/refund -X POST -H \"X-Gateway-Caller: $BOB\"",
        ),
        (
            403,
            "/orders/1/refund -X POST -H \"X-Gateway-Caller: $ALICE\"",
        ),
        (200, "/users/alice -H \"X-Gateway-Caller: $ALICE\""),
        (403, "/users/bob -H \"X-Gateway-Caller: $ALICE\""),
    ] {
        println!("curl -iw '\\nExpected: {expected}\\n\\n' {url}{arguments}");
    }
    println!("\nListening on {url} until Ctrl-C.");
    Ok(())
}
