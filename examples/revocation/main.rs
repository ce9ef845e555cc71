//! `cargo run --bin revocation`: an API, its administrator who takes tokens back, and the issuer of its
//! tokens, in one process.
//!
//! It prints tokens, and curl lines to paste in their order, each with what to expect: what was good is
//! 401 once it is revoked. It listens on port 3000, or a free one if that is taken (`PORT=4000` wants
//! that one), until ctrl-c.
//!
//! With `REDIS_URL=redis://127.0.0.1` all nodes share what is revoked; without, a node remembers it in
//! memory. `ISSUER_SECRET`, at least 32 bytes and the same for all, lets several nodes take each other's
//! tokens.

mod administration;
#[path = "../listen.rs"]
mod listen;
mod requests;
#[path = "../stop.rs"]
mod stop;

use std::error::Error;

use auth_runtime::routing::{get, post};
use auth_runtime::testing::Issuer;
use auth_runtime::{
    Auth, AuthBuilder, Identity, MemoryRevocation, RedisRevocation, Router, require_auth,
};

pub(crate) const ISSUER: &str = "https://issuer.example";

/// For users.
#[require_auth(scope = "orders:read")]
async fn list_orders(caller: Identity) -> String {
    format!("orders of {}\n", caller.subject())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter("warn,auth_runtime=info")
        .init();
    let issuer = issuer();
    let auth = with_list(Auth::builder().bearer(issuer.jwt()))?.build()?;
    let app = Router::new()
        .route("/orders", get(list_orders))
        .route("/admin/revocations", post(administration::revoke))
        .with_state(auth.clone())
        .with_auth(auth);

    let listener = listen::at_port().await?;
    let stop = stop::signals()?;
    requests::print(listener.local_addr()?, &issuer);
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await?;
    Ok(())
}

/// A service trusts an issuer elsewhere: `Jwt::oidc(..)`.
fn issuer() -> Issuer {
    let audience = "https://api.example";
    match std::env::var("ISSUER_SECRET") {
        Ok(secret) => Issuer::with_secret(ISSUER, audience, secret),
        Err(_) => Issuer::new(ISSUER, audience),
    }
}

fn with_list(auth: AuthBuilder) -> Result<AuthBuilder, Box<dyn Error>> {
    Ok(match std::env::var("REDIS_URL") {
        Ok(url) => auth.revocation(RedisRevocation::connect(&url)?),
        Err(_) => auth.revocation(MemoryRevocation::new()),
    })
}
