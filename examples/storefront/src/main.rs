//! A shop with an API and pages for browsers: nested routers with four states, two `Auth`s for customers and partners,
//! ownership, login with sessions, API keys, logins with two factors, a hidden route, a WebSocket, static files, gRPC
//! and CORS.
//!
//! `cargo run -p storefront` prints the address of the pages, and curl commands to paste into another terminal.
//! `cargo run -p storefront -- --map text` prints the access map.
//!
//! | start with `api.rs` | |
//! |---|---|
//! | `api.rs` | the routers, their states and their `Auth`s |
//! | `trust.rs` | the two `Auth`s: issuers, passwords, API keys |
//! | `pages/` | for browsers: login, account, sessions, API keys, password |
//! | `users.rs` | the users who log in there |
//! | `scopes.rs`, `policies.rs` | the scopes, the roles and the named rules |
//! | `catalogue/` | public, with lower prices for members |
//! | `orders/`, `account.rs` | for customers: ownership, step-up, uploads, a WebSocket |
//! | `partners.rs`, `warehouse/` | for partners: two kinds of credentials, a hidden route, gRPC |
//! | `backoffice.rs` | for the staff: a rule for a whole router, guarded files |
//! | `answers.rs` | 404 and 405 in one format |
//! | `callers.rs` | the printed commands; a real service has none |
//! | `tests/shop/access_table.txt` | the status of every route for every kind of caller |

mod account;
mod answers;
mod api;
mod backoffice;
mod callers;
mod catalogue;
mod orders;
mod pages;
mod partners;
mod policies;
mod scopes;
mod trust;
mod users;
mod warehouse;

use std::net::SocketAddr;

use auth_runtime::BoxError;
use auth_runtime::access_map::AccessMap;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::api::Shop;
use crate::trust::{Issuers, Trust};

const HELP: &str = "\
A shop with an API and pages for browsers. Prints the address of the pages and curl
commands to try the API, and logs every denial.

Usage: cargo run -p storefront [-- --map FORMAT]

  --map FORMAT  print the access map: text, markdown, json or html
  --help        print this

  PORT          the port to listen on; the default is 3000
  ORIGIN        the address that browsers show, if there is a proxy; the default is http://127.0.0.1:PORT
  TOKEN_SECRET  a secret of at least 32 bytes to sign tokens with; by default the keys are new at each start
  RUST_LOG      what to log; with debug, requests that are allowed as well
";

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => serve().await,
        ["--help"] => {
            print!("{HELP}");
            Ok(())
        }
        ["--map", format] => {
            let trust = trust("http://127.0.0.1:3000").await?;
            let routes = api::routes(Shop::stocked(), &trust).bind(trust.customers);
            print!("{}", map(&routes.access_map(), format)?);
            Ok(())
        }
        _ => Err("unknown arguments, see --help".into()),
    }
}

async fn trust(origin: &str) -> Result<Trust, BoxError> {
    let secret = std::env::var("TOKEN_SECRET").ok();
    Trust::new(Issuers::new(secret.as_deref()), origin).await
}

async fn serve() -> Result<(), BoxError> {
    let log = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(log)
        .with_writer(std::io::stderr)
        .init();
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let address = listener.local_addr()?;
    let origin = std::env::var("ORIGIN").unwrap_or_else(|_| format!("http://{address}"));
    let trust = trust(&origin).await?;
    callers::print(address, &trust);
    // Failed logins are counted by client address as well.
    let app = api::app(Shop::stocked(), &trust).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

fn map(map: &AccessMap, format: &str) -> Result<String, BoxError> {
    Ok(match format {
        "text" => map.to_string(),
        "markdown" => map.to_markdown(),
        "json" => map.to_json(),
        "html" => map.to_html(),
        _ => {
            return Err(format!(
                "unknown format `{format}`: expected text, markdown, json or html"
            )
            .into());
        }
    })
}
