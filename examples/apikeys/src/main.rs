//! Creates, lists, rotates and revokes the API keys in a database. `cargo run -p apikeys -- --help` lists the
//! commands:
//!
//! ```sh
//! export API_KEYS_DB=keys.db
//! apikeys create --owner alice --description "nightly export" --scope orders:read --expires-in 90d
//! apikeys list
//! apikeys rotate ak_5Ze8GDpPmSCd --overlap 7d
//! apikeys revoke ak_5Ze8GDpPmSCd
//! ```
//!
//! A service that uses the same database does not have to be restarted.

mod arguments;
mod key;
mod people;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use auth_runtime::api_key::{ApiKey, ApiKeyRecord, ApiKeyStore, NewApiKey, RotateError};
use auth_runtime::sql::SqlStore;
use auth_runtime::{ApiKeys, BoxError};
use clap::Parser;
use serde_json::Value;

use crate::arguments::{Arguments, Command};
use crate::key::Key;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command, &arguments.database, arguments.json).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("apikeys: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, database: &str, json: bool) -> Result<(), BoxError> {
    let store = open(database, matches!(command, Command::Create { .. })).await?;
    let keys = ApiKeys::new(store.clone());
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
            hand_out(&record, &key, json)
        }
        Command::List { owner } => {
            let all = keys.list(owner.as_deref()).await?;
            if json {
                print_json(&Key::all(&all).map(|key| key.to_json()).collect())
            } else if all.is_empty() {
                print("no keys\n")
            } else {
                print(&people::list(Key::all(&all)))
            }
        }
        Command::Show { prefix } => show(&store, &prefix, json).await,
        Command::Revoke { prefix } => {
            if !keys.revoke(&prefix).await? {
                return Err(no_such(&prefix));
            }
            show(&store, &prefix, json).await
        }
        Command::Rotate { prefix, overlap } => match keys.rotate(&prefix, overlap).await {
            Ok((record, key)) => hand_out(&record, &key, json),
            Err(error) => Err(not_rotated(&prefix, error)),
        },
    }
}

/// Only `create` creates a missing file, so a mistyped path is an error.
async fn open(database: &str, create: bool) -> Result<SqlStore, BoxError> {
    let is_path = !database.starts_with("sqlite:") && !database.contains("://");
    if is_path && database != ":memory:" && !Path::new(database).exists() {
        if !create {
            return Err(format!("{database} does not exist: `apikeys create` creates it").into());
        }
        create_file(database).map_err(|error| format!("{database}: {error}"))?;
        eprintln!("apikeys: created {database}");
    }
    SqlStore::connect(database).await
}

/// Creates an empty file that only its owner can read.
fn create_file(path: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Prints a new key. Standard output is the key and nothing else, for `KEY=$(apikeys create ..)`.
fn hand_out(record: &ApiKeyRecord, key: &ApiKey, json: bool) -> Result<(), BoxError> {
    let shown = Key::new(record, None);
    let printed = if json {
        let mut object = shown.to_json();
        if let Value::Object(fields) = &mut object {
            fields.insert("key".to_owned(), key.reveal().into());
        }
        print_json(&object)
    } else {
        eprint!("{}", people::show(&shown));
        eprintln!("\nThis is the key. It is not shown again:");
        print(&format!("{}\n", key.reveal()))
    };
    printed.map_err(|error| {
        format!(
            "the key {} could not be printed, revoke it: {error}",
            key.prefix()
        )
        .into()
    })
}

async fn show(store: &SqlStore, prefix: &str, json: bool) -> Result<(), BoxError> {
    let record = store
        .find_by_prefix(prefix)
        .await?
        .ok_or_else(|| no_such(prefix))?;
    let of_owner = store.list(Some(&record.owner)).await?;
    let shown = Key::all(&of_owner).find(|key| key.record.prefix == prefix);
    let shown = shown.unwrap_or_else(|| Key::new(&record, None));
    if json {
        print_json(&shown.to_json())
    } else {
        print(&people::show(&shown))
    }
}

fn not_rotated(prefix: &str, error: RotateError) -> BoxError {
    match error {
        RotateError::Unknown => no_such(prefix),
        RotateError::Replaced { by } => {
            format!("{prefix} is already replaced by {by}: rotate that one").into()
        }
        RotateError::Ended => {
            format!("{prefix} is revoked or expired: `apikeys create` creates a new key").into()
        }
        other => other.into(),
    }
}

fn no_such(prefix: &str) -> BoxError {
    // A text that is longer than any prefix may be a mistyped key.
    if prefix.len() > 29 {
        "no such key".into()
    } else {
        format!("no such key: {prefix}").into()
    }
}

fn print_json(value: &Value) -> Result<(), BoxError> {
    print(&format!("{value:#}\n"))
}

/// `println!` panics if standard output is closed.
fn print(text: &str) -> Result<(), BoxError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}
