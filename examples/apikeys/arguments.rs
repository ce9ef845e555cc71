//! The command line.

use std::time::Duration;

use auth_runtime::api_key::ApiKey;
use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand};
use humantime::parse_duration;

/// Makes, lists, rotates and revokes API keys.
///
/// A key is shown once, when it is made; the database has a digest of it. Keys are named by their
/// prefix, the public part before the secret.
#[derive(Parser)]
#[command(
    name = "apikeys",
    after_help = "\
With --json a key is an object with the fields prefix, owner, description, scopes, roles, state
(active, expired or revoked), created_at, expires_at, revoked_at, last_used_at, replaces and
replaced_by; what does not apply is null, times are RFC 3339 in UTC. `list` prints an array of them,
`create` and `rotate` add the field key: the key itself.

Exit codes: 0 done, 1 failed or no such key, 2 wrong usage."
)]
pub(crate) struct Arguments {
    /// Where the keys are: a SQLite file or a postgres:// URL
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
    /// Make a key; a SQLite file that is not there is created
    ///
    /// The key is printed on standard output, and is not printed again.
    Create {
        /// Whose key it is: the subject of requests that present it
        #[arg(long)]
        owner: String,
        /// What it is for
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
        /// A scope it is granted; may be given several times
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// A role it holds; may be given several times
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// How long it is good: 90d, 12h or 1y, say; for ever unless said
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        expires_in: Option<Duration>,
        /// What it begins with: lower-case letters and digits
        #[arg(long, default_value = "ak")]
        label: String,
    },
    /// List keys, the newest first
    List {
        /// Only those of this owner
        #[arg(long)]
        owner: Option<String>,
    },
    /// Show all there is to know of a key
    Show {
        /// Which key
        #[arg(value_parser = prefix)]
        prefix: String,
    },
    /// Revoke a key, for good
    ///
    /// A running service refuses it when it looks it up again, 10 seconds later unless it is
    /// configured otherwise. Takes the whole key as well, for one that was found somewhere.
    Revoke {
        /// Which key
        #[arg(value_parser = prefix)]
        prefix: String,
    },
    /// Make a key that replaces another, with the same owner, scopes, roles and lifetime
    Rotate {
        /// Which key
        #[arg(value_parser = prefix)]
        prefix: String,
        /// How long the old key is good beside the new one, at most
        #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "7d")]
        overlap: Duration,
    },
}

/// Of a whole key its prefix: the secret goes no further.
#[allow(
    clippy::unnecessary_wraps,
    reason = "this is what a parser of clap looks like"
)]
fn prefix(text: &str) -> Result<String, String> {
    let key = text.parse::<ApiKey>();
    Ok(key.map_or_else(|_| text.to_owned(), |key| key.prefix().to_owned()))
}
