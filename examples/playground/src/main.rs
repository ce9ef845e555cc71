//! A page that sends requests to an API as every kind of caller: with an access token that is valid, expired or
//! malformed, with a session, an API key, or a password. For each request it shows the response, and what the client in
//! `client/auth-fetch.js` did about it.
//!
//! `cargo run -p playground` prints the address.
//!
//! | | |
//! |---|---|
//! | `app.rs` | the routes, and the `Auth`s |
//! | `log_in.rs` | login with tokens: refresh, logout, step-up |
//! | `session.rs` | login with a session |
//! | `orders.rs` | the API |
//! | `keys.rs` | API keys, and weaker tokens to try |
//! | `failure.rs` | the responses of handlers that fail |
//! | `refresh_cookie.rs` | the cookie with the refresh token |
//! | `files.rs` | the page, its header fields, and the host names that are answered |
//! | `client/`, `page/` | the client module, and the page that uses it |

mod app;
mod failure;
mod files;
mod keys;
mod log_in;
mod orders;
mod refresh_cookie;
mod session;
mod settings;

use std::net::SocketAddr;

use auth_runtime::BoxError;
use tokio::net::TcpListener;

use crate::app::ACCOUNTS;
use crate::settings::Settings;

const USAGE: &str = "\
Serves a page that sends requests as every kind of caller, and prints its address.

Usage: cargo run -p playground

  PORT                   the port to listen on; the default is 3000
  DATABASE               a SQLite file for accounts, refresh tokens, sessions and API keys,
                         for example sqlite:playground.db?mode=rwc; by default the database
                         is in memory, and gone when the program ends
  ACCESS_TOKEN_LIFETIME  the lifetime of access tokens in seconds; the default is 15

The keys are new at each start: tokens from before it are not valid any more.
It listens on the loopback address only, because anyone can read the passwords.
";

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    if std::env::args().len() > 1 {
        print!("{USAGE}");
        return Ok(());
    }
    let settings = Settings::from_environment()?;
    let listener = TcpListener::bind(("127.0.0.1", settings.port)).await;
    let listener = listener.map_err(|error| format!("port {}: {error}", settings.port))?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    // Failed logins are counted by client address as well.
    let app = app::build(&settings, &origin)
        .await?
        .into_make_service_with_connect_info::<SocketAddr>();

    println!("Open {origin} in a browser, and log in as one of these:");
    for account in ACCOUNTS {
        let (name, password) = (account.name, account.password);
        println!("  {name}, {}, with the password: {password}", account.is);
    }
    if settings.database.is_none() {
        println!("The database is in memory, and gone when the program ends.");
    }
    println!("Listening on {origin} until Ctrl-C.");
    axum::serve(listener, app).await?;
    Ok(())
}
