//! `cargo run --bin revocation`: an API whose tokens can be taken back before they expire, by an
//! administrator and by their issuer, and the issuer of its tokens, in one process.
//!
//! It prints tokens and curl lines to paste in that order, each with what to expect: a token that is
//! good, a request that revokes it, and the same token again. It listens on port 3000, or a free one if
//! that is taken (`PORT=4000` wants that one), until ctrl-c.
//!
//! What is revoked is in memory. With `REDIS_URL=redis://127.0.0.1` it is in Redis, for all nodes: start
//! a second one with the same `REDIS_URL` and the same `ISSUER_SECRET`, which makes them accept the same
//! tokens, and what is revoked at one is refused by the other.
//!
//! `cargo run --bin revocation -- --check` makes the same requests itself, prints what was expected and
//! what came back, and exits with 1 if anything differs.

mod administration;
#[path = "../listen.rs"]
mod listen;
mod requests;
#[path = "../stop.rs"]
mod stop;

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use auth_runtime::redis::RedisRevocation;
use auth_runtime::revocation::MemoryRevocation;
use auth_runtime::routing::{get, post};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, BoxError, Identity, Router, require_auth};
use tokio::net::TcpListener;

use crate::requests::Story;

const ISSUER: &str = "https://issuer.example";
/// As the issuer knows the application that users log in to. Its logout tokens are for that, and not
/// for the API.
const CLIENT: &str = "shop";
/// How long a token can be good that the issuer makes.
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 3600);

#[require_auth]
async fn whoami(caller: Identity) -> String {
    format!("you are {}\n", caller.subject())
}

fn service(auth: Auth) -> axum::Router {
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
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let check = match arguments.as_slice() {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err("there is `--check`, and nothing else".into()),
    };
    let issuer = issuer();
    let auth = auth(&issuer)?;
    let story = Story::told_by(&issuer);
    if check {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(axum::serve(listener, service(auth.clone())).into_future());
        auth.ready().await;
        let ok = story.check(address).await?;
        return Ok(ExitCode::from(u8::from(!ok)));
    }
    let listener = listen::at_port().await?;
    let stop = stop::signals()?;
    story.print(listener.local_addr()?);
    axum::serve(listener, service(auth))
        .with_graceful_shutdown(stop)
        .await?;
    Ok(ExitCode::SUCCESS)
}

/// A service trusts an issuer elsewhere: `Jwt::oidc(..).audience(..)`.
fn issuer() -> Issuer {
    const AUDIENCE: &str = "https://api.example";
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
