//! A development tool that makes a signing key and access tokens, for an API whose issuer is not running yet.
//!
//! ```sh
//! cargo run -p token -- keys     # keys.json, which the API reads, and private.pem
//! cargo run -p token -- sign --subject alice --scope orders:read
//! ```

mod arguments;
mod key;

use std::io::{self, Write};
use std::process::ExitCode;

use auth_runtime::BoxError;
use clap::Parser;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("token: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), BoxError> {
    match command {
        Command::Keys { out, private } => {
            key::create(&out, &private)?;
            eprintln!("created {} and {}", out.display(), private.display());
        }
        Command::Sign(sign) => {
            let issuer = key::issuer(&sign.private, &sign.issuer, &sign.audience)?;
            let mut token = issuer.token(&sign.subject).expires_in(sign.expires_in);
            if !sign.scopes.is_empty() {
                token = token.scope(&sign.scopes.join(" "));
            }
            for role in &sign.roles {
                token = token.role(role);
            }
            for (name, value) in sign.claims {
                token = token.claim(&name, value);
            }
            // Only the token is written to standard output, for `TOKEN=$(token sign ..)`.
            writeln!(io::stdout(), "{}", token.sign())?;
        }
    }
    Ok(())
}
