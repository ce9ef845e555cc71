//! Guards that log denials and let the requests pass, on a developer's machine, while rules are added to an API.
//!
//! `cargo run -p report-only` prints curl commands to paste into another terminal, and logs each request that
//! would have been denied. `cargo run -p report-only -- --enforce` denies them.

use std::time::Duration;

use auth_runtime::routing::get;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, BoxError, Identity, Router, allow_anonymous, require_auth};
use axum::extract::State;
use tokio::net::TcpListener;

const HELP: &str = "\
An API whose guards report denials. Prints curl commands to try it.

Usage: cargo run -p report-only [-- --enforce]

  --enforce  deny the requests instead of reporting them
  --help     print this

PORT is the port to listen on, 3000 by default.
";

/// `Identity` is optional: without enforcement there may be no caller.
#[require_auth(scope = "orders:read")]
async fn list_orders(caller: Option<Identity>) -> String {
    let name = caller.map_or_else(
        || "an unknown caller".to_owned(),
        |caller| caller.subject().to_owned(),
    );
    format!("The orders of {name}\n")
}

/// How many requests would have been denied, by handler and status.
#[allow_anonymous(reason = "an example on the developer's machine")]
async fn show_report(State(auth): State<Auth>) -> String {
    let lines = auth.reported().into_iter().map(|reported| {
        let (policy, status) = (reported.policy(), reported.status());
        format!("{policy}: {} would have got {status}\n", reported.count())
    });
    lines.collect()
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let enforce = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--enforce") => true,
        Some("--help") => {
            print!("{HELP}");
            return Ok(());
        }
        Some(other) => return Err(format!("unknown argument `{other}`, see --help").into()),
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let address = listener.local_addr()?;

    let issuer = Issuer::new("https://issuer.example", "https://api.example");
    let mut auth = Auth::builder().bearer(issuer.jwt());
    if !enforce {
        // With an address that other machines can reach, `build` fails.
        auth = auth.report_only(address);
    }
    let auth = auth.build()?;
    let app = Router::new()
        .route("/orders", get(list_orders))
        .route("/report", get(show_report))
        .with_state(auth.clone())
        .with_auth(auth);

    print_commands(&format!("http://{address}"), &issuer, enforce);
    axum::serve(listener, app).await?;
    Ok(())
}

fn print_commands(url: &str, issuer: &Issuer, enforce: bool) {
    let one_day = Duration::from_secs(24 * 60 * 60);
    let alice = issuer.token("alice").expires_in(one_day);
    let reader = alice.clone().scope("orders:read");
    println!("Paste these commands into another terminal.");
    println!("Each curl command prints the response, and then the status to expect.\n");
    println!("ALICE={}\nREADER={}\n", alice.sign(), reader.sign());
    let denied = |status| if enforce { status } else { 200 };
    for (expected, arguments) in [
        (denied(401), "/orders"),
        (denied(401), "/orders -H 'Authorization: Bearer invalid'"),
        (denied(403), "/orders -H \"Authorization: Bearer $ALICE\""),
        (200, "/orders -H \"Authorization: Bearer $READER\""),
        (200, "/report"),
    ] {
        println!("curl -iw '\\nExpected: {expected}\\n\\n' {url}{arguments}");
    }
    println!("\nListening on {url} until Ctrl-C.");
}
