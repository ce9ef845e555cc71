//! The command line.

use std::time::Duration;

use auth_runtime::api_key::ApiKey;
use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand};
use humantime::parse_duration;

/// Creates, lists, rotates and revokes API keys.
///
/// A key is printed once, when it is created; the database has a digest of it. Commands take the prefix of a
/// key, the public part before the secret.
#[derive(Parser)]
#[command(
    name = "apikeys",
    after_help = "\
With --json a key is an object with the fields prefix, owner, description, scopes, roles, state
(active, expired or revoked), created_at, expires_at, revoked_at, last_used_at, replaces and
replaced_by. A field that does not apply is null. Times are RFC 3339 in UTC. `list` prints an array,
`create` and `rotate` add the field key, the key itself.

Exit codes: 0 done, 1 failed or no such key, 2 wrong usage."
)]
pub(crate) struct Arguments {
    /// The database: a SQLite file or a postgres:// URL
    #[arg(
        long,
        env = "API_KEYS_DB",
        hide_env_values = true,
        default_value = "keys.db",
        value_parser = NonEmptyStringValueParser::new(),
        global = true
    )]
    pub(crate) database: String,
    /// Print JSON, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create a key, and the SQLite file if it is missing
    ///
    /// The key is printed on standard output, and is not printed again.
    Create {
        /// The owner of the key: the subject of requests with it
        #[arg(long)]
        owner: String,
        /// What the key is for
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
        /// A scope of the key; may be given several times
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// A role of the key; may be given several times
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// How long the key is valid: 90d, 12h or 1y; without this it does not expire
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        expires_in: Option<Duration>,
        /// The first part of the key: lower-case letters and digits
        #[arg(long, default_value = "ak")]
        label: String,
    },
    /// List keys, the newest first
    List {
        /// Only the keys of this owner
        #[arg(long)]
        owner: Option<String>,
    },
    /// Show the fields of a key
    Show {
        /// The prefix of the key
        #[arg(value_parser = prefix)]
        prefix: String,
    },
    /// Revoke a key. This cannot be undone
    ///
    /// A running service refuses the key once its cache expires, after 10 seconds by default. Accepts a whole
    /// key as well, for a key that was leaked.
    Revoke {
        /// The prefix of the key
        #[arg(value_parser = prefix)]
        prefix: String,
    },
    /// Create a key that replaces another one, with the same owner, scopes, roles and lifetime
    Rotate {
        /// The prefix of the key
        #[arg(value_parser = prefix)]
        prefix: String,
        /// How long the old key stays valid, at most
        #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "7d")]
        overlap: Duration,
    },
}

/// The prefix of a whole key, so that the secret is dropped at once.
#[allow(clippy::unnecessary_wraps, reason = "clap expects this signature")]
fn prefix(text: &str) -> Result<String, String> {
    let key = text.parse::<ApiKey>();
    Ok(key.map_or_else(|_| text.to_owned(), |key| key.prefix().to_owned()))
}
