//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use humantime::parse_duration;
use serde_json::Value;

/// Makes a signing key and access tokens, for development.
#[derive(Parser)]
#[command(
    name = "token",
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create an ES256 key: the public half as a JWK set, and the private key
    ///
    /// No file is overwritten. An API reads the public half:
    /// `Jwt::issuer("https://issuer.example").audience("https://api.example").jwks_file("keys.json")`.
    Keys {
        /// The JWK set to create
        #[arg(long, value_name = "FILE", default_value = "keys.json")]
        out: PathBuf,
        /// The private key to create, as PEM
        #[arg(long, value_name = "FILE", default_value = "private.pem")]
        private: PathBuf,
    },
    /// Print a signed access token (RFC 9068)
    Sign(Sign),
}

#[derive(Args)]
pub(crate) struct Sign {
    /// The claim `sub`: the caller
    #[arg(long)]
    pub(crate) subject: String,
    /// A scope, in the claim `scope`; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// A role, in the claim `roles`; may be given several times
    #[arg(long = "role", value_name = "ROLE")]
    pub(crate) roles: Vec<String>,
    /// Another claim: the value is JSON, or else a string; may be given several times
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim)]
    pub(crate) claims: Vec<(String, Value)>,
    /// How long the token is valid: 5m, 1h or 30d
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "1h")]
    pub(crate) expires_in: Duration,
    /// The claim `iss`
    #[arg(long, value_name = "URL", default_value = "https://issuer.example")]
    pub(crate) issuer: String,
    /// The claim `aud`: the API
    #[arg(long, value_name = "URL", default_value = "https://api.example")]
    pub(crate) audience: String,
    /// The private key that `token keys` created
    #[arg(long, value_name = "FILE", default_value = "private.pem")]
    pub(crate) private: PathBuf,
}

fn claim(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}
