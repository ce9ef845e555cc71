//! `cargo run --bin storefront`: the API of a shop, as a team would write it with this library.
//!
//! Nested routers with three states, customers and partners who never mix, ownership, log-ins with
//! two factors before money moves, a hidden route, a WebSocket, static files, gRPC and CORS. Start
//! with `api.rs`, which says what is where; the rule of each route is the line above its handler.
//!
//! | | |
//! |---|---|
//! | `api.rs` | the routers put together: which state, whose callers |
//! | `trust.rs` | the two `Auth`s: issuers, passwords, API keys |
//! | `scopes.rs`, `policies.rs` | the words of the rules, and the rules with a name |
//! | `catalogue/` | open to everybody, with other prices for members |
//! | `orders/`, `account.rs` | for customers: ownership, step-up, uploads, a WebSocket |
//! | `partners.rs`, `warehouse/` | for partners: two kinds of credentials, a hidden route, gRPC |
//! | `backoffice.rs` | for staff: a rule for a whole router, guarded files |
//! | `answers.rs` | 404 and 405 in one shape |
//! | `callers.rs` | the curl lines that it prints; a real service has none |
//!
//! ```sh
//! cargo run --bin storefront                  # serves, and prints curl lines to paste
//! cargo run --bin storefront -- --map text    # who may call what: text, markdown, json or html
//! ```
//!
//! It listens on port 3000, or a free one if that is taken (`PORT=4000` wants that one), until
//! ctrl-c. Its issuers have new keys at each start; with `TOKEN_SECRET` they sign with that secret,
//! and whoever knows it can mint tokens as well. Every refusal is logged, with its reason, and with
//! `RUST_LOG=debug` everything else that was decided.
//!
//! `examples/tests/programs/storefront/access_table.txt` has every route and every kind of caller; the tests
//! hold it.

mod account;
mod answers;
mod api;
mod backoffice;
mod callers;
mod catalogue;
#[path = "../listen.rs"]
mod listen;
mod orders;
mod partners;
mod policies;
mod scopes;
#[path = "../stop.rs"]
mod stop;
mod trust;
mod warehouse;

use std::net::SocketAddr;

use auth_runtime::BoxError;
use auth_runtime::access_map::AccessMap;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::api::Shop;
use crate::trust::{Issuers, Trust};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let secret = std::env::var("TOKEN_SECRET").ok();
    let trust = Trust::new(Issuers::new(secret.as_deref())).await?;
    match arguments.as_slice() {
        [] => serve(&trust).await,
        ["--map", format] => {
            let routes = api::routes(Shop::stocked(), trust.partners);
            print!(
                "{}",
                map(&routes.bind(trust.customers).access_map(), format)?
            );
            Ok(())
        }
        _ => Err("there is `--map`, with text, markdown, json or html".into()),
    }
}

async fn serve(trust: &Trust) -> Result<(), BoxError> {
    let log = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(log)
        .with_writer(std::io::stderr)
        .init();
    let listener = listen::at_port().await?;
    let stop = stop::signals()?;
    callers::print(listener.local_addr()?, trust);
    // With the address of each client, by which failed log-ins are counted.
    let app = api::app(Shop::stocked(), trust).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await?;
    Ok(())
}

fn map(map: &AccessMap, format: &str) -> Result<String, BoxError> {
    Ok(match format {
        "text" => map.to_string(),
        "markdown" => map.to_markdown(),
        "json" => map.to_json(),
        "html" => map.to_html(),
        _ => return Err(format!("there is no map as {format}: text, markdown, json, html").into()),
    })
}
