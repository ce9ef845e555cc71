//! A protected API that is configured by its environment, with every kind of credential.
//!
//! ```sh
//! export OIDC_ISSUER=https://issuer.example AUDIENCE=https://api.example
//! cargo run -p resource-server
//! ```
//!
//! It prints `listening on http://127.0.0.1:8080` and logs to standard error. On SIGTERM or Ctrl-C it finishes
//! the running requests and exits with 0. It reports all mistakes in the environment together and exits with 2.
//! `cargo run -p resource-server -- --help` lists the variables. `routes.rs` has the routes and their rules.

mod configuration;
mod environment;
mod routes;
mod stop;
mod tokens;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use auth_runtime::users::PasswordHashing;
use tokio::net::TcpListener;

use crate::configuration::Configuration;

#[tokio::main]
async fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("-h" | "--help") => {
            println!("{}", configuration::help());
            return ExitCode::SUCCESS;
        }
        Some("hash-password") => return hash_password(),
        Some(other) => {
            eprintln!("resource-server: unknown argument `{other}`, see --help");
            return ExitCode::from(2);
        }
    }
    let configuration = match Configuration::from_environment() {
        Ok(configuration) => configuration,
        Err(mistakes) => {
            eprintln!("resource-server: mistakes in the environment, see --help");
            for mistake in mistakes {
                eprintln!("  {mistake}");
            }
            return ExitCode::from(2);
        }
    };
    match serve(configuration).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("resource-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the hash of the password on standard input, for a line of `BASIC_FILE`.
fn hash_password() -> ExitCode {
    let mut password = String::new();
    let hash = io::stdin()
        .read_line(&mut password)
        .map_err(|error| error.to_string())
        .and_then(|_| {
            let password = password.trim_end_matches(['\r', '\n']);
            if password.is_empty() {
                return Err("no password on standard input".to_owned());
            }
            let hash = PasswordHashing::default().hash(password);
            hash.map_err(|error| error.to_string())
        });
    match hash {
        Ok(hash) => {
            println!("{hash}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("resource-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(Configuration { bind, auth }: Configuration) -> io::Result<()> {
    let stop = stop::signals()?;
    let listener = TcpListener::bind(bind)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("BIND={bind}: {error}")))?;
    println!("listening on http://{}", listener.local_addr()?);

    let stop = async {
        stop.await;
        tracing::info!("stopping after the running requests");
    };
    let app = routes::router(auth).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await?;
    tracing::info!("stopped");
    Ok(())
}
