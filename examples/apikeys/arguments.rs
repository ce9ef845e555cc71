//! What can be said on the command line.

use std::time::Duration;

use clap::{Parser, Subcommand};

/// Makes, lists, revokes and rotates the API keys of a database.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Where the keys are: a SQLite file or a postgres:// URL
    #[arg(
        long,
        env = "API_KEYS_DB",
        hide_env_values = true,
        global = true,
        default_value = "keys.db"
    )]
    pub(crate) database: String,
    /// Answer with JSON, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a key and print it, this once
    Create {
        /// Whose key it is: the subject of whoever presents it
        owner: String,
        /// What it is for
        #[arg(long, default_value = "")]
        description: String,
        /// A scope it is granted; any number of times
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// A role it holds; any number of times
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// How long it is good, such as 90d or 12h; for ever unless said
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        expires_in: Option<Duration>,
        /// What the key begins with, lower-case letters and digits
        #[arg(long, default_value = "ak")]
        label: String,
    },
    /// Show all keys, the newest first
    List {
        /// Only this owner's
        #[arg(long)]
        owner: Option<String>,
    },
    /// Refuse a key from now on
    Revoke {
        /// The beginning of the key, as `list` shows it
        prefix: String,
    },
    /// Replace a key by a new one that may do the same, and print that, this once
    Rotate {
        /// The beginning of the key, as `list` shows it
        prefix: String,
        /// How long the old key is still good
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = humantime::parse_duration)]
        overlap: Duration,
    },
}
