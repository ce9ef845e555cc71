//! ENVIRONMENT -> configuration, with everything that is wrong reported at once.

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

Access tokens, with AUDIENCE and one of the issuers, or none of these:
  AUDIENCE         the name of this API in their `aud`
  OIDC_ISSUER      issuers, separated by commas, that say themselves where their keys are
                   (OpenID Connect Discovery, RFC 8414); byte for byte the `iss` of their tokens
  ISSUER           or one issuer, byte for byte the `iss` of its tokens, and one of
  JWKS_URL         where it publishes its keys as a JWK set
  JWKS_FILE        a file with its public keys as a JWK set
  HS256_SECRET     the secret shared with it, at least 32 bytes
  TYP              what the token's header `typ` has to be: `strict` (at+jwt, the default),
                   `if_present` (at+jwt or none), `off` (anything, for issuers that write JWT)
  ROLES_CLAIM      the claim with the roles, a JSON pointer if it begins with `/`; default `roles`
  ROLES_FORM       the form of that claim: `strings` (a string or an array of strings; the default),
                   `comma_separated`, or `object_keys` for issuers such as Zitadel
  LEEWAY_SECONDS   how far the issuer's clock may be off; default 60, at most 300
  KEY_COOL_DOWN_SECONDS
                   the shortest time between two fetches of an issuer's keys; default 10
  REDIS_URL        the list of revoked tokens, which all nodes share: redis:// or rediss://
  TOKEN_CACHE      `on` (the default) remembers tokens that were verified, `off` does not

Opaque access tokens of ISSUER, or of the first in OIDC_ISSUER:
  INTROSPECTION_URL            where to ask about them (RFC 7662), and as whom:
  INTROSPECTION_CLIENT_ID
  INTROSPECTION_CLIENT_SECRET
  INTROSPECTION_CACHE_SECONDS  for how long an answer is good; default 60

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

An empty variable counts as one that is not set. An http:// address of an issuer must be on this
machine.

GET /ready is 200 once the keys of all issuers and the revoked tokens are known, GET /status shows how
they do; the texts of errors only to role `admin`.

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
        // Before issuers are asked for their keys, which begins with `build`.
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
        // A database that is down is no reason not to start: such requests get 503.
        match SqlStore::connect_lazy(&database) {
            Ok(store) => {
                let header = header.as_deref().unwrap_or(DEFAULT_API_KEY_HEADER);
                builder = builder.api_keys(ApiKeys::new(store).header(header));
            }
            Err(error) => environment.mistake("API_KEYS_DB", error),
        }
    } else if header.is_some() {
        environment.mistake("API_KEY_HEADER", "is of no use without API_KEYS_DB");
    }

    // Even if something is wrong already: this finds the rest, such as weak keys.
    builder
        .build()
        .map_err(|error| report(&error, issuers.as_ref(), environment))
        .ok()
}

fn report(error: &BuildError, issuers: Option<&Issuers>, environment: &mut Environment) {
    // What follows from a mistake reported before is not another one.
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
    // All issuers have one audience and one leeway.
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

/// Without the name of the issuer where there is one only, and without secrets as ever.
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
