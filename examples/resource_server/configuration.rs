//! ENVIRONMENT -> configuration, with everything that is wrong reported at once.

use std::env::{self, VarError};
use std::fmt;
use std::net::SocketAddr;

use auth_runtime::{
    Algorithm, ApiKeys, Auth, Basic, IssuerFault, Jwt, Misconfiguration, Scheme, SqlStore,
    TypeRule, UserFile,
};
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
const DEFAULT_API_KEY_HEADER: &str = "X-API-Key";

const KEYS: &str = "JWKS_FILE, HS256_SECRET";

pub(crate) fn help() -> String {
    format!(
        "\
A protected API. All of its configuration comes from the environment:

Access tokens, all of these or none:
  ISSUER           the `iss` of the access tokens, byte for byte
  AUDIENCE         the name of this API in their `aud`
  JWKS_FILE        a file with the issuer's public keys as a JWK set, or
  HS256_SECRET     the secret shared with the issuer, at least 32 bytes; one of the two
  TYP              what the token's header `typ` has to be: `strict` (at+jwt, the default),
                   `if_present` (at+jwt or none), `off` (anything, for issuers that write JWT)

User names and passwords:
  BASIC_FILE       a file of users, a line for each: `alice:$argon2id$.. scope=read role=admin`;
                   `resource-server hash-password` makes the hash of a password it reads

API keys:
  API_KEYS_DB      where the keys are, as `apikeys` makes them: a SQLite file or a postgres:// URL
  API_KEY_HEADER   the header field that holds a key; default {DEFAULT_API_KEY_HEADER}

At least one of the three kinds is needed. Of several in one request, the first in this order counts.

  REALM            the protection space that challenges name; default {DEFAULT_REALM}
  BIND             where to listen; default {DEFAULT_BIND}; port 0 takes a free one
  TRUSTED_PROXIES  addresses and networks, separated by commas, of proxies whose X-Forwarded-For
                   tells the client's address, by which failed log-ins are counted; default none
  RUST_LOG         what to log to stderr; default info, and debug shows what was allowed as well

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
        let realm = self
            .read("REALM")
            .unwrap_or_else(|| DEFAULT_REALM.to_owned());
        let mut builder = Auth::builder().realm(realm);
        if let Some(proxies) = self.read("TRUSTED_PROXIES") {
            builder = builder.trusted_proxies(proxies.split(',').map(str::trim));
        }
        let users = self.read("BASIC_FILE");
        let api_keys = self.read("API_KEYS_DB");

        let tokens = ["ISSUER", "AUDIENCE", "JWKS_FILE", "HS256_SECRET", "TYP"];
        let mut keys = KEYS;
        if tokens.iter().any(|token| self.read(token).is_some())
            || (users.is_none() && api_keys.is_none())
        {
            let jwt;
            (keys, jwt) = self.jwt();
            builder = builder.bearer(jwt);
        }
        if let Some(file) = users {
            builder = builder.basic(Basic::users(UserFile::open(file)));
        }
        let header = self.read("API_KEY_HEADER");
        if let Some(database) = api_keys {
            // A database that is down is no reason not to start: such requests get 503.
            match SqlStore::connect_lazy(&database) {
                Ok(store) => {
                    let header = header.as_deref().unwrap_or(DEFAULT_API_KEY_HEADER);
                    builder = builder.api_keys(ApiKeys::new(store).header(header));
                }
                Err(error) => self.mistake("API_KEYS_DB", error),
            }
        } else if header.is_some() {
            self.mistake("API_KEY_HEADER", "is of no use without API_KEYS_DB");
        }

        // Even if something is wrong already: this finds the rest, such as weak keys.
        match builder.build() {
            Ok(auth) => Some(auth),
            Err(error) => {
                // What follows from a mistake reported before is not another one.
                let follows = |fault: &&Misconfiguration| {
                    matches!(fault, Misconfiguration::NoCredentialKind) && !self.mistakes.is_empty()
                };
                let found: Vec<_> = error
                    .misconfigurations()
                    .iter()
                    .filter(|fault| !follows(fault))
                    .map(|misconfiguration| blame(misconfiguration, keys))
                    .filter(|mistake| !self.blames(mistake.variable))
                    .collect();
                self.mistakes.extend(found);
                None
            }
        }
    }

    /// The access tokens, and the variable that their keys come from.
    fn jwt(&mut self) -> (&'static str, Jwt) {
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
        match (self.read("JWKS_FILE"), self.read("HS256_SECRET")) {
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
        }
    }

    /// An empty variable counts as one that is not set, which is what `docker run -e REALM=` means.
    fn read(&mut self, variable: &'static str) -> Option<String> {
        match env::var(variable) {
            Ok(value) => Some(value).filter(|value| !value.is_empty()),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                if !self.blames(variable) {
                    self.mistake(variable, "is not UTF-8");
                }
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
        Misconfiguration::TrustedProxy { .. } => "TRUSTED_PROXIES",
        Misconfiguration::Authenticator { scheme, .. } if *scheme == Scheme::BASIC => "BASIC_FILE",
        Misconfiguration::Authenticator { .. } => "API_KEY_HEADER",
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
        Misconfiguration::Authenticator { fault, .. } => fault.to_string(),
        other => other.to_string(),
    };
    Mistake { variable, message }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.variable, self.message)
    }
}
