//! ENVIRONMENT -> configuration, with everything that is wrong reported at once.

use std::env::{self, VarError};
use std::fmt;
use std::net::SocketAddr;

use auth_runtime::{Algorithm, Auth, IssuerFault, Jwt, Misconfiguration, TypeRule};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

pub(crate) struct Configuration {
    pub(crate) bind: SocketAddr,
    pub(crate) auth: Auth,
    pub(crate) log: EnvFilter,
}

/// Something wrong with one variable. Values appear in it, secrets never.
pub(crate) struct Mistake {
    variable: &'static str,
    message: String,
}

const DEFAULT_BIND: &str = "127.0.0.1:8080";
const DEFAULT_REALM: &str = "api";

const KEYS: &str = "JWKS_FILE, HS256_SECRET";

pub(crate) fn help() -> String {
    format!(
        "\
A protected API. All of its configuration comes from the environment:

  ISSUER        the `iss` of the access tokens, byte for byte; required
  AUDIENCE      the name of this API in their `aud`; required
  JWKS_FILE     a file with the issuer's public keys as a JWK set, or
  HS256_SECRET  the secret shared with the issuer, at least 32 bytes; one of the two is required
  TYP           what the token's header `typ` has to be: `strict` (at+jwt, the default),
                `if_present` (at+jwt or none), `off` (anything, for issuers that write JWT)
  REALM         the protection space that challenges name; default {DEFAULT_REALM}
  BIND          where to listen; default {DEFAULT_BIND}; port 0 takes a free one
  RUST_LOG      what to log to stderr; default info, and debug shows what was allowed as well

An empty variable counts as one that is not set. Roles are read from the claim `roles`.

Exit codes: 0 stopped by SIGTERM or ctrl-c, 1 failed, 2 misconfigured."
    )
}

impl Configuration {
    pub(crate) fn from_environment() -> Result<Self, Vec<Mistake>> {
        let mut environment = Environment::default();

        let bind = environment
            .read("BIND")
            .unwrap_or_else(|| DEFAULT_BIND.to_owned());
        let bind = bind.parse().map_err(|_| {
            environment.mistake(
                "BIND",
                format!("{bind:?} is no address and port such as {DEFAULT_BIND}"),
            );
        });
        let log = EnvFilter::builder()
            .with_default_directive(LevelFilter::INFO.into())
            .from_env()
            .map_err(|error| environment.mistake("RUST_LOG", error));
        let auth = environment.auth();

        match (bind, log, auth) {
            (Ok(bind), Ok(log), Some(auth)) if environment.mistakes.is_empty() => {
                Ok(Self { bind, auth, log })
            }
            _ => Err(environment.mistakes),
        }
    }
}

/// The variables, and what was wrong with those read so far.
#[derive(Default)]
struct Environment {
    mistakes: Vec<Mistake>,
}

impl Environment {
    fn auth(&mut self) -> Option<Auth> {
        let jwt = Jwt::issuer(self.require("ISSUER")).audience(self.require("AUDIENCE"));
        let jwt = match self.read("TYP").as_deref() {
            None | Some("strict") => jwt.typ(TypeRule::Strict),
            Some("if_present") => jwt.typ(TypeRule::IfPresent),
            Some("off") => jwt.typ(TypeRule::Off),
            Some(other) => {
                self.mistake(
                    "TYP",
                    format!("{other:?} is none of strict, if_present, off"),
                );
                jwt
            }
        };
        let (keys, jwt) = match (self.read("JWKS_FILE"), self.read("HS256_SECRET")) {
            (Some(file), None) => ("JWKS_FILE", jwt.jwks_file(file)),
            (None, Some(secret)) => (
                "HS256_SECRET",
                jwt.secret(secret).algorithms([Algorithm::HS256]),
            ),
            (Some(_), Some(_)) => {
                self.mistake(
                    KEYS,
                    "both are set: tokens are verified with one or the other",
                );
                (KEYS, jwt)
            }
            (None, None) => {
                self.mistake(KEYS, "neither is set: one is needed to verify tokens");
                (KEYS, jwt)
            }
        };
        let realm = self
            .read("REALM")
            .unwrap_or_else(|| DEFAULT_REALM.to_owned());

        // Even if something is wrong already: this finds the rest, such as weak keys.
        match Auth::builder().realm(realm).bearer(jwt).build() {
            Ok(auth) => Some(auth),
            Err(error) => {
                // What follows from a mistake reported before is not another one.
                let found: Vec<_> = error
                    .misconfigurations()
                    .iter()
                    .map(|misconfiguration| blame(misconfiguration, keys))
                    .filter(|mistake| !self.blames(mistake.variable))
                    .collect();
                self.mistakes.extend(found);
                None
            }
        }
    }

    /// An empty variable counts as one that is not set, which is what `docker run -e REALM=` means.
    fn read(&mut self, variable: &'static str) -> Option<String> {
        match env::var(variable) {
            Ok(value) => Some(value).filter(|value| !value.is_empty()),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                self.mistake(variable, "is not UTF-8");
                None
            }
        }
    }

    /// Empty if it is not set, which has been reported.
    fn require(&mut self, variable: &'static str) -> String {
        let value = self.read(variable);
        if value.is_none() && !self.blames(variable) {
            self.mistake(variable, "is not set");
        }
        value.unwrap_or_default()
    }

    fn blames(&self, variable: &str) -> bool {
        self.mistakes
            .iter()
            .any(|mistake| mistake.variable == variable)
    }

    fn mistake(&mut self, variable: &'static str, message: impl fmt::Display) {
        self.mistakes.push(Mistake {
            variable,
            message: message.to_string(),
        });
    }
}

/// The variable that a misconfiguration comes from.
fn blame(misconfiguration: &Misconfiguration, keys: &'static str) -> Mistake {
    let variable = match misconfiguration {
        Misconfiguration::Realm { .. } => "REALM",
        Misconfiguration::Issuer { fault, .. } => match fault {
            IssuerFault::NoAudience | IssuerFault::EmptyAudience => "AUDIENCE",
            IssuerFault::Key(_) => keys,
            _ => "ISSUER",
        },
        _ => "ISSUER",
    };
    let message = match misconfiguration {
        // Without the name of the one issuer there is.
        Misconfiguration::Issuer { fault, .. } => fault.to_string(),
        other => other.to_string(),
    };
    Mistake { variable, message }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.variable, self.message)
    }
}
