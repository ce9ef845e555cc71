//! The configuration, read from the environment. All mistakes are reported together.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;

use auth_runtime::auth::{BuildError, Misconfiguration};
use auth_runtime::bearer::IssuerFault;
use auth_runtime::sql::SqlStore;
use auth_runtime::users::UserFile;
use auth_runtime::{ApiKeys, Auth, Basic, Scheme};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::environment::{Environment, Mistake};
use crate::tokens::{self, Issuers};

pub(crate) struct Configuration {
    pub(crate) bind: SocketAddr,
    pub(crate) auth: Auth,
}

const DEFAULT_BIND: &str = "127.0.0.1:8080";
const DEFAULT_REALM: &str = "api";
const DEFAULT_API_KEY_HEADER: &str = "X-API-Key";

pub(crate) fn help() -> String {
    format!(
        "\
A protected API. All of its configuration comes from the environment:

Access tokens need AUDIENCE and OIDC_ISSUER, or AUDIENCE, ISSUER and one of the three keys:
  AUDIENCE         this API, exactly as in the `aud` of the tokens
  OIDC_ISSUER      the issuers, separated by commas, exactly as in the `iss` of their tokens; their
                   metadata says where their keys are (OpenID Connect Discovery, RFC 8414)
  ISSUER           the issuer, exactly as in the `iss` of its tokens
  JWKS_URL         the address of its public keys, a JWK set
  JWKS_FILE        a file with its public keys, a JWK set
  HS256_SECRET     the secret that is shared with it, at least 32 bytes
  TYP              the accepted `typ` in the header of a token: `strict` (at+jwt; the default),
                   `if_present` (at+jwt or no `typ`), `off` (any, for issuers that write JWT)
  ROLES_CLAIM      the claim with the roles, or a JSON pointer such as `/realm/roles`; default `roles`
  ROLES_FORM       the form of that claim: `strings` (a string or an array of strings; the default),
                   `comma_separated`, or `object_keys` for issuers such as Zitadel
  LEEWAY_SECONDS   how far the clock of an issuer may be off; default 60, at most 300
  KEY_COOL_DOWN_SECONDS
                   the shortest time between two fetches of an issuer's keys; default 10
  REDIS_URL        the list of revoked tokens, shared by all nodes: redis:// or rediss://
  TOKEN_CACHE      `on` (the default) remembers verified tokens, `off` does not

Opaque access tokens of ISSUER, or of the first in OIDC_ISSUER:
  INTROSPECTION_URL            the introspection endpoint (RFC 7662), and the client:
  INTROSPECTION_CLIENT_ID
  INTROSPECTION_CLIENT_SECRET
  INTROSPECTION_CACHE_SECONDS  how long an answer is valid; default 60

API keys:
  API_KEYS_DB      the database of `apikeys`: a SQLite file or a postgres:// URL
  API_KEY_HEADER   the header field with the key; default {DEFAULT_API_KEY_HEADER}

User names and passwords:
  BASIC_FILE       a file with a line for each user: `alice:$argon2id$.. scope=read role=admin`;
                   `resource-server hash-password` reads a password and prints the hash
  PUBLIC_ORIGIN    where browsers reach this API, such as https://api.example; only its pages may
                   send a password that the browser remembers

At least one of the three kinds is needed. If a request has several, the first one in this order is
used.

  REALM            the `realm` of challenges; default {DEFAULT_REALM}
  BIND             the address to listen on; default {DEFAULT_BIND}; port 0 is any free port
  TRUSTED_PROXIES  the addresses and networks, separated by commas, of the proxies whose
                   X-Forwarded-For is trusted; failed logins are counted by client address;
                   default none
  RUST_LOG         what to log to standard error; default info; debug logs allowed requests too

An empty variable counts as not set. An http:// address of an issuer must be on this machine.

GET /ready is 200 once the keys of all issuers and the list of revoked tokens are loaded. GET /status
shows their state, and to callers with the role `admin` the texts of errors.

Exit codes: 0 stopped by SIGTERM or Ctrl-C, 1 failed, 2 misconfigured."
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
                format!("{bind:?} is not an address and port such as {DEFAULT_BIND}"),
            );
        });
        // Before `build`, which starts to fetch keys.
        start_log(&mut environment);
        let auth = auth(&mut environment);

        match (bind, auth) {
            (Ok(bind), Some(auth)) if environment.is_right() => Ok(Self { bind, auth }),
            _ => Err(environment.into_mistakes()),
        }
    }
}

fn start_log(environment: &mut Environment) {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env();
    match filter {
        Ok(filter) => tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(io::stderr)
            .init(),
        Err(error) => environment.mistake("RUST_LOG", error),
    }
}

fn auth(environment: &mut Environment) -> Option<Auth> {
    let realm = environment.read("REALM");
    let mut builder = Auth::builder().realm(realm.as_deref().unwrap_or(DEFAULT_REALM));
    if let Some(proxies) = environment.read("TRUSTED_PROXIES") {
        builder = builder.trusted_proxies(proxies.split(',').map(str::trim));
    }
    if let Some(origin) = environment.read("PUBLIC_ORIGIN") {
        builder = builder.public_origin(origin);
    }
    let users = environment.read("BASIC_FILE");
    let api_keys = environment.read("API_KEYS_DB");

    let mut issuers = None;
    if tokens::are_mentioned(environment) || (users.is_none() && api_keys.is_none()) {
        let added = tokens::add(builder, environment);
        builder = added.0;
        issuers = Some(added.1);
    }
    if let Some(file) = users {
        builder = builder.basic(Basic::users(UserFile::new(file)));
    }
    let header = environment.read("API_KEY_HEADER");
    if let Some(database) = api_keys {
        // The server starts without the database. Requests with keys get 503 until it is available.
        match SqlStore::connect_lazy(&database) {
            Ok(store) => {
                let header = header.as_deref().unwrap_or(DEFAULT_API_KEY_HEADER);
                builder = builder.api_keys(ApiKeys::new(store).header(header));
            }
            Err(error) => environment.mistake("API_KEYS_DB", error),
        }
    } else if header.is_some() {
        environment.mistake("API_KEY_HEADER", "has no effect without API_KEYS_DB");
    }

    // `build` finds the other mistakes, such as weak keys.
    builder
        .build()
        .map_err(|error| report(&error, issuers.as_ref(), environment))
        .ok()
}

fn report(error: &BuildError, issuers: Option<&Issuers>, environment: &mut Environment) {
    // A consequence of a reported mistake is not reported again.
    let follows = |misconfiguration: &&Misconfiguration| match misconfiguration {
        Misconfiguration::NoCredentialKind => !environment.is_right(),
        Misconfiguration::Introspection { fault, .. } => {
            matches!(fault, IssuerFault::EmptyClient) && !environment.is_right()
        }
        _ => false,
    };
    let mut found: Vec<(&'static str, String)> = error
        .misconfigurations()
        .iter()
        .filter(|misconfiguration| !follows(misconfiguration))
        .map(|misconfiguration| {
            (
                blame(misconfiguration, issuers),
                text(misconfiguration, issuers),
            )
        })
        .filter(|(variable, _)| !environment.blames(variable))
        .collect();
    // The audience and the leeway are the same for all issuers.
    let mut seen = HashSet::new();
    found.retain(|mistake| seen.insert(mistake.clone()));
    for (variable, message) in found {
        environment.mistake(variable, message);
    }
}

/// The variable that a misconfiguration comes from.
fn blame(misconfiguration: &Misconfiguration, issuers: Option<&Issuers>) -> &'static str {
    let issuer = issuers.map_or("ISSUER", |issuers| issuers.variable);
    match misconfiguration {
        Misconfiguration::Realm { .. } => "REALM",
        Misconfiguration::TrustedProxy { .. } => "TRUSTED_PROXIES",
        Misconfiguration::Origin { .. } => "PUBLIC_ORIGIN",
        Misconfiguration::Authenticator { scheme, .. } if *scheme == Scheme::BASIC => "BASIC_FILE",
        Misconfiguration::Authenticator { .. } => "API_KEY_HEADER",
        Misconfiguration::Issuer { fault, .. } => match fault {
            IssuerFault::NoAudience | IssuerFault::EmptyAudience => "AUDIENCE",
            IssuerFault::LeewayTooLong => "LEEWAY_SECONDS",
            IssuerFault::KeyRefresh { .. } => "KEY_COOL_DOWN_SECONDS",
            IssuerFault::Key(_) => issuers.map_or(issuer, |issuers| issuers.keys_variable),
            IssuerFault::Url { .. } if issuer == "ISSUER" => "JWKS_URL",
            _ => issuer,
        },
        Misconfiguration::Introspection { fault, .. } => match fault {
            IssuerFault::NoAudience | IssuerFault::EmptyAudience => "AUDIENCE",
            IssuerFault::LeewayTooLong => "LEEWAY_SECONDS",
            IssuerFault::EmptyIssuer => issuer,
            _ => tokens::URL,
        },
        _ => issuer,
    }
}

/// Names the issuer only if there are several. Secrets are never included.
fn text(misconfiguration: &Misconfiguration, issuers: Option<&Issuers>) -> String {
    let several = issuers.is_some_and(|issuers| issuers.variable == "OIDC_ISSUER");
    match misconfiguration {
        Misconfiguration::Issuer { fault, .. }
            if !several
                || matches!(
                    fault,
                    IssuerFault::LeewayTooLong | IssuerFault::KeyRefresh { .. }
                ) =>
        {
            fault.to_string()
        }
        Misconfiguration::Introspection { fault, .. } => fault.to_string(),
        Misconfiguration::Authenticator { fault, .. } => fault.to_string(),
        other => other.to_string(),
    }
}
