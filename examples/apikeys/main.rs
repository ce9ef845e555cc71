//! `cargo run --bin apikeys`: makes, lists, revokes and rotates the API keys of a database.
//!
//! ```sh
//! export API_KEYS_DB=keys.db
//! apikeys create alice --description "nightly export" --scope orders:read --expires-in 90d
//! apikeys list
//! apikeys rotate ak_5Ze8GDpPmSCd --overlap 7d
//! apikeys revoke ak_5Ze8GDpPmSCd
//! ```
//!
//! Tables for people on standard output, or with `--json` one JSON text for programs. The text of a
//! new key is printed once; the database has a digest of it. Exit codes: 0 done, 1 failed or no such
//! key, 2 not understood.

mod arguments;
mod output;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use auth_runtime::{ApiKeys, NewApiKey, RotateError, SqlStore};
use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::output::Output;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("apikeys: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let Arguments {
        database,
        json,
        command,
    } = arguments;
    let output = Output::new(json);
    let creates = matches!(command, Command::Create { .. });
    let store = SqlStore::connect(&url(&database, creates)).await?;
    let keys = ApiKeys::new(store);
    match command {
        Command::Create {
            owner,
            description,
            scopes,
            roles,
            expires_in,
            label,
        } => {
            let mut new = NewApiKey::new(owner)
                .description(description)
                .scopes(scopes)
                .roles(roles);
            if let Some(lifetime) = expires_in {
                new = new.expires_in(lifetime);
            }
            let (record, key) = keys.label(label).create(new).await?;
            output.issued(&record, &key)
        }
        Command::List { owner } => output.listed(&keys.list(owner.as_deref()).await?),
        Command::Revoke { prefix } => {
            if !keys.revoke(&prefix).await? {
                return Err(missing(&prefix));
            }
            output.revoked(&prefix)
        }
        Command::Rotate { prefix, overlap } => {
            let rotated = keys.rotate(&prefix, overlap).await;
            let (record, key) = rotated.map_err(|error| not_rotated(&prefix, error))?;
            output.issued(&record, &key)
        }
    }
}

/// A file that is not there is made for the first key, and is a mistake anywhere else.
fn url(database: &str, creates: bool) -> String {
    let is_file = !database.contains("://") && !database.starts_with("sqlite:");
    if creates && is_file && !Path::new(database).exists() {
        format!("sqlite:{database}?mode=rwc")
    } else {
        database.to_owned()
    }
}

fn not_rotated(prefix: &str, error: RotateError) -> Box<dyn Error> {
    match error {
        RotateError::Unknown => missing(prefix),
        RotateError::Replaced { by } => {
            format!("{prefix} is already replaced by {by}: rotate that one").into()
        }
        RotateError::Ended => {
            format!("{prefix} is revoked or expired: `apikeys create` makes a new key").into()
        }
        other => other.into(),
    }
}

/// The database may be told of by mistake instead of the key: what is not its prefix is not shown.
fn missing(prefix: &str) -> Box<dyn Error> {
    let is_whole_key = prefix.matches('_').count() > 1;
    if is_whole_key {
        return "that is a whole key: name it by what is in front of its last `_`".into();
    }
    format!("there is no key {prefix:?} that could be changed; `apikeys list` shows them").into()
}
