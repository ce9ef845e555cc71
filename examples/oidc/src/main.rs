//! Access tokens of an OpenID Connect provider. Its keys are discovered and refreshed, and a user who logs out
//! at the provider is logged out here (OpenID Connect Back-Channel Logout).
//!
//! ```sh
//! export OIDC_ISSUER=https://id.example/realms/shop AUDIENCE=https://api.example CLIENT_ID=shop
//! cargo run -p oidc
//! ```

use std::env;

use auth_runtime::revocation::MemoryRevocation;
use auth_runtime::routing::get;
use auth_runtime::{Auth, BoxError, Identity, Jwt, Router, require_auth};
use tokio::net::TcpListener;

const HELP: &str = "\
An API that accepts the access tokens of an OpenID Connect provider.

Usage: cargo run -p oidc

  OIDC_ISSUER  the provider, exactly as in the `iss` of its tokens
  AUDIENCE     this API, exactly as in the `aud` of access tokens
  CLIENT_ID    the client that users log in to, as in the `aud` of logout tokens
  PORT         the port to listen on; the default is 3000

GET  /whoami              any caller with a valid token
GET  /orders              a token with the scope orders:read
GET  /ready               503 until the keys of the provider are known, then 200
POST /backchannel-logout  for the provider: a logout token
";

#[require_auth]
async fn whoami(caller: Identity) -> String {
    format!("You are {}.\n", caller.subject())
}

#[require_auth(scope = "orders:read")]
async fn list_orders() -> &'static str {
    "Order 1: tea\n"
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    if env::args().len() > 1 {
        print!("{HELP}");
        return Ok(());
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let jwt = Jwt::oidc(variable("OIDC_ISSUER")?)
        .audience(variable("AUDIENCE")?)
        .backchannel_logout(variable("CLIENT_ID")?);
    // With several nodes, `RedisRevocation` tells the others about a logout.
    let auth = Auth::builder()
        .bearer(jwt)
        .revocation(MemoryRevocation::new())
        .build()?;
    let app = Router::new()
        .route("/whoami", get(whoami))
        .route("/orders", get(list_orders))
        .route("/backchannel-logout", auth.backchannel_logout())
        .route_unguarded("/ready", auth.readiness(), "readiness probe")
        .with_auth(auth);

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!(
        "Listening on http://{} until Ctrl-C.",
        listener.local_addr()?
    );
    axum::serve(listener, app).await?;
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}, see --help"))
}
