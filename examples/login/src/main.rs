//! Login with a password. The service issues an access token that expires after five minutes, and a refresh token to get
//! new access tokens. A logout ends both.
//!
//! `cargo run -p login` prints curl commands to paste into another terminal.

mod commands;
mod login;

use std::net::SocketAddr;

use auth_runtime::keys::SigningKey;
use auth_runtime::refresh_token::MemoryRefreshTokens;
use auth_runtime::revocation::MemoryRevocation;
use auth_runtime::routing::{get, post};
use auth_runtime::users::{PasswordHashing, User, Users};
use auth_runtime::{
    Auth, Basic, BoxError, Identity, RefreshTokens, Router, TokenIssuer, require_auth,
};
use tokio::net::TcpListener;

use crate::login::Service;

const NAME: &str = "https://shop.example";

const USAGE: &str = "Usage: cargo run -p login

PORT is the port to listen on, 3000 by default.
KEY_FILE is the file of the key that signs. If it does not exist, it is made. Without this variable, each start has a
new key.";

#[require_auth(scheme = "bearer", scope = "orders:read")]
async fn list_orders(caller: Identity) -> String {
    format!("The orders of {}\n", caller.subject())
}

#[require_auth(scheme = "bearer", role = "support")]
async fn refund_order() -> &'static str {
    "Order 1 is refunded.\n"
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    if std::env::args().len() > 1 {
        println!("{USAGE}");
        return Ok(());
    }
    let key = match std::env::var_os("KEY_FILE") {
        Some(file) => SigningKey::pem_file_or_generate(file),
        None => SigningKey::generate(),
    };
    let issuer = TokenIssuer::builder(NAME, key).audience(NAME).build()?;
    // In production the secret is random, the same on all nodes, and as well protected as a signing key. The store is a
    // `SqlStore`, and the list of revoked tokens is in Redis.
    let secret = std::env::var("REFRESH_TOKEN_SECRET")
        .unwrap_or_else(|_| "for trying the example only: anyone can read this secret".to_owned());
    let store = MemoryRefreshTokens::new();
    let refresh_tokens = RefreshTokens::builder(&issuer, secret, store).build()?;
    let users = users()?;
    let auth = Auth::builder()
        .bearer(issuer.jwt())
        // For the login only. Repeated failures are answered 429.
        .basic(Basic::users(users.clone()))
        .revocation(MemoryRevocation::new())
        .refresh_tokens(refresh_tokens.clone())
        .build()?;

    let app = Router::new()
        .route("/login", post(login::log_in))
        .route("/refresh", post(login::refresh))
        .route("/logout", post(login::log_out))
        .route("/orders", get(list_orders))
        .route("/orders/1/refund", post(refund_order))
        .route("/.well-known/jwks.json", issuer.jwks_route())
        .with_state(Service {
            auth: auth.clone(),
            issuer,
            refresh_tokens,
            users,
        })
        .with_auth(auth)
        // Failed logins are counted by client address as well.
        .into_make_service_with_connect_info::<SocketAddr>();

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    commands::print(&format!("http://{}", listener.local_addr()?));
    axum::serve(listener, app).await?;
    Ok(())
}

/// In production the hashes are in a file, `UserFile::new("users")`, or in a database, `SqlStore`.
fn users() -> Result<Users, BoxError> {
    let hash = PasswordHashing::default().hash("correct horse")?;
    let alice = User::new(hash).scopes(["orders:read"]).roles(["customer"]);
    Ok(Users::new().add("alice", alice))
}
