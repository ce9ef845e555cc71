//! Access tokens that are revoked before they expire: by an administrator, and by a logout at the issuer.
//!
//! `cargo run -p revocation` prints curl commands. Paste them into another terminal in the printed order.
//! `cargo run -p revocation -- --check` sends the same requests itself and compares the responses.

mod administration;
mod requests;

use std::process::ExitCode;
use std::time::Duration;

use auth_runtime::redis::RedisRevocation;
use auth_runtime::revocation::MemoryRevocation;
use auth_runtime::routing::{get, post};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, BoxError, Identity, Router, require_auth};
use tokio::net::TcpListener;

use crate::requests::Scenario;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example";
/// The client that users log in to. Logout tokens are for this client, and not for the API.
const CLIENT: &str = "shop";
/// The list remembers a revocation for as long as a token can be valid.
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 3600);

const HELP: &str = "\
An API whose tokens can be revoked. Prints curl commands to try it.

Usage: cargo run -p revocation [-- --check]

  --check        send the printed requests, and exit with 1 if a response is not the expected one
  --help         print this

  PORT           the port to listen on; the default is 3000
  REDIS_URL      redis://127.0.0.1, say: keep the revocations in Redis, for all nodes. The default
                 is in memory, for this one
  ISSUER_SECRET  a secret of at least 32 bytes to sign tokens with. Nodes with the same secret
                 accept the same tokens. The default is a new key at each start
";

#[require_auth]
async fn whoami(caller: Identity) -> String {
    format!("you are {}\n", caller.subject())
}

fn app(auth: Auth) -> axum::Router {
    Router::new()
        .route("/whoami", get(whoami))
        .route("/admin/revocations", post(administration::revoke))
        .route("/backchannel-logout", auth.backchannel_logout())
        .route_unguarded("/ready", auth.readiness(), "readiness probe")
        .with_state(auth.clone())
        .with_auth(auth)
}

#[tokio::main]
async fn main() -> Result<ExitCode, BoxError> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter("info")
        .init();
    let issuer = issuer();
    let auth = auth(&issuer)?;
    let scenario = Scenario::new(&issuer);
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("--check") => {
            auth.ready().await;
            return scenario.check(&app(auth)).await;
        }
        Some("--help") => {
            print!("{HELP}");
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => return Err(format!("unknown argument `{other}`, see --help").into()),
    }
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    scenario.print(listener.local_addr()?);
    axum::serve(listener, app(auth)).await?;
    Ok(ExitCode::SUCCESS)
}

/// In production the issuer is another server: `Jwt::oidc("https://..").audience("https://..")`.
fn issuer() -> Issuer {
    match std::env::var("ISSUER_SECRET") {
        Ok(secret) => Issuer::with_secret(ISSUER, AUDIENCE, secret),
        Err(_) => Issuer::new(ISSUER, AUDIENCE),
    }
}

fn auth(issuer: &Issuer) -> Result<Auth, BoxError> {
    let auth = Auth::builder().bearer(issuer.jwt().backchannel_logout(CLIENT));
    let auth = if let Ok(url) = std::env::var("REDIS_URL") {
        let list = RedisRevocation::builder(&url).entry_ttl(LONGEST_LIFETIME);
        auth.revocation(list.build()?)
    } else {
        let list = MemoryRevocation::builder().entry_ttl(LONGEST_LIFETIME);
        auth.revocation(list.build())
    };
    Ok(auth.build()?)
}
