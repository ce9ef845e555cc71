//! Access tokens: their issuers, and how they are verified.

use auth_runtime::bearer::{ClaimSource, TokenCache, TypeRule};
use auth_runtime::keys::{Algorithm, KeyRefresh};
use auth_runtime::redis::RedisRevocation;
use auth_runtime::{AuthBuilder, Introspection, Jwt};

use crate::environment::Environment;

const VARIABLES: [&str; 17] = [
    "ISSUER",
    "OIDC_ISSUER",
    "AUDIENCE",
    "JWKS_FILE",
    "JWKS_URL",
    "HS256_SECRET",
    "TYP",
    ROLES_CLAIM,
    ROLES_FORM,
    "LEEWAY_SECONDS",
    "KEY_COOL_DOWN_SECONDS",
    URL,
    CLIENT_ID,
    CLIENT_SECRET,
    CACHE_SECONDS,
    "TOKEN_CACHE",
    "REDIS_URL",
];

const ISSUERS: &str = "ISSUER, OIDC_ISSUER";
const KEYS: &str = "JWKS_FILE, JWKS_URL, HS256_SECRET";

const ROLES_CLAIM: &str = "ROLES_CLAIM";
const ROLES_FORM: &str = "ROLES_FORM";
pub(crate) const URL: &str = "INTROSPECTION_URL";
const CLIENT_ID: &str = "INTROSPECTION_CLIENT_ID";
const CLIENT_SECRET: &str = "INTROSPECTION_CLIENT_SECRET";
const CACHE_SECONDS: &str = "INTROSPECTION_CACHE_SECONDS";

/// The issuers, and the variables that name them.
pub(crate) struct Issuers {
    pub(crate) variable: &'static str,
    pub(crate) keys_variable: &'static str,
    /// The issuer of opaque tokens.
    first: String,
    signing: Vec<Jwt>,
}

/// Whether a variable about tokens is set.
pub(crate) fn are_mentioned(environment: &mut Environment) -> bool {
    VARIABLES
        .iter()
        .any(|variable| environment.read(variable).is_some())
}

pub(crate) fn add(
    mut builder: AuthBuilder,
    environment: &mut Environment,
) -> (AuthBuilder, Issuers) {
    let mut issuers = issuers(environment);
    let audience = environment.require("AUDIENCE");
    let leeway = environment.seconds("LEEWAY_SECONDS");
    let types = [
        ("strict", TypeRule::Strict),
        ("if_present", TypeRule::IfPresent),
        ("off", TypeRule::Off),
    ];
    let typ = environment.one_of("TYP", &types).unwrap_or_default();
    let roles = roles(environment);
    for jwt in issuers.signing.drain(..) {
        let mut jwt = jwt.audience(&audience).typ(typ).roles(roles.clone());
        if let Some(leeway) = leeway {
            jwt = jwt.leeway(leeway);
        }
        builder = builder.bearer(jwt);
    }
    if let Some(mut introspection) = introspection(environment) {
        introspection = introspection
            .issuer(&issuers.first)
            .audience(&audience)
            .roles(roles);
        if let Some(leeway) = leeway {
            introspection = introspection.leeway(leeway);
        }
        builder = builder.introspection(introspection);
    }
    let caches = [("on", TokenCache::new()), ("off", TokenCache::OFF)];
    if let Some(cache) = environment.one_of("TOKEN_CACHE", &caches) {
        builder = builder.token_cache(cache);
    }
    if let Some(url) = environment.read("REDIS_URL") {
        // The server starts without Redis. Requests with tokens get 503 until it is available.
        match RedisRevocation::new(&url) {
            Ok(list) => builder = builder.revocation(list),
            Err(error) => environment.mistake("REDIS_URL", error),
        }
    }
    (builder, issuers)
}

fn roles(environment: &mut Environment) -> ClaimSource {
    type Form = fn(ClaimSource) -> ClaimSource;
    let forms: [(&str, Form); 3] = [
        ("strings", |source| source),
        ("comma_separated", ClaimSource::comma_separated),
        ("object_keys", ClaimSource::object_keys),
    ];
    let claim = environment.read(ROLES_CLAIM);
    let source = ClaimSource::from(claim.as_deref().unwrap_or("roles"));
    match environment.one_of(ROLES_FORM, &forms) {
        Some(form) => form(source),
        None => source,
    }
}

fn issuers(environment: &mut Environment) -> Issuers {
    let issuer = environment.read("ISSUER");
    let discovered = environment.read("OIDC_ISSUER");
    let variable = match (&issuer, &discovered) {
        (Some(_), None) => "ISSUER",
        (None, Some(_)) => "OIDC_ISSUER",
        (Some(_), Some(_)) => {
            environment.mistake(ISSUERS, "both are set: use one of them");
            ISSUERS
        }
        (None, None) => {
            environment.mistake(ISSUERS, "neither is set: tokens need an issuer");
            ISSUERS
        }
    };
    let keys = keys(environment, variable);
    let (first, signing) = if let Some(list) = discovered {
        let names = list.split(',').map(str::trim);
        let first = names.clone().next().unwrap_or_default().to_owned();
        (first, names.map(Jwt::oidc).collect())
    } else {
        let name = issuer.unwrap_or_default();
        let signing = keys.as_ref().map(|keys| keys.of(Jwt::issuer(&name)));
        (name, Vec::from_iter(signing))
    };
    let refresh = environment
        .seconds("KEY_COOL_DOWN_SECONDS")
        .map(|time| KeyRefresh::new().cool_down(time));
    Issuers {
        variable,
        keys_variable: keys.map_or(KEYS, |keys| keys.variable()),
        first,
        signing: match refresh {
            Some(refresh) => refreshed(signing, refresh),
            None => signing,
        },
    }
}

fn refreshed(signing: Vec<Jwt>, refresh: KeyRefresh) -> Vec<Jwt> {
    let refreshed = |jwt: Jwt| jwt.key_refresh(refresh);
    signing.into_iter().map(refreshed).collect()
}

/// Where the keys of `ISSUER` are.
enum Keys {
    File(String),
    Url(String),
    Secret(String),
}

impl Keys {
    fn variable(&self) -> &'static str {
        match self {
            Self::File(_) => "JWKS_FILE",
            Self::Url(_) => "JWKS_URL",
            Self::Secret(_) => "HS256_SECRET",
        }
    }

    fn of(&self, jwt: Jwt) -> Jwt {
        match self {
            Self::File(path) => jwt.jwks_file(path),
            Self::Url(url) => jwt.jwks_url(url),
            Self::Secret(secret) => jwt.secret(secret).algorithms([Algorithm::HS256]),
        }
    }
}

/// The key that is set. `None` if there are several, which is reported.
fn keys(environment: &mut Environment, issuer: &'static str) -> Option<Keys> {
    let file = environment.read("JWKS_FILE").map(Keys::File);
    let url = environment.read("JWKS_URL").map(Keys::Url);
    let secret = environment.read("HS256_SECRET").map(Keys::Secret);
    let mut set: Vec<Keys> = [file, url, secret].into_iter().flatten().collect();
    let introspected = environment.read(URL).is_some();
    match set.as_slice() {
        [] if issuer == "ISSUER" && !introspected => environment.mistake(
            KEYS,
            "none is set: tokens need one of them, or INTROSPECTION_URL",
        ),
        [only] if issuer == "OIDC_ISSUER" => {
            let message = "has no effect with OIDC_ISSUER, whose metadata names its keys";
            environment.mistake(only.variable(), message);
        }
        [_, _, ..] => environment.mistake(KEYS, "several are set: use one of them"),
        _ => {}
    }
    set.pop().filter(|_| set.is_empty())
}

fn introspection(environment: &mut Environment) -> Option<Introspection> {
    let Some(url) = environment.read(URL) else {
        for variable in [CLIENT_ID, CLIENT_SECRET, CACHE_SECONDS] {
            if environment.read(variable).is_some() {
                environment.mistake(variable, "has no effect without INTROSPECTION_URL");
            }
        }
        return None;
    };
    let client_id = environment.require(CLIENT_ID);
    let client_secret = environment.require(CLIENT_SECRET);
    let introspection = Introspection::endpoint(url).client(client_id, client_secret);
    Some(match environment.seconds(CACHE_SECONDS) {
        Some(time) => introspection.cache_ttl(time),
        None => introspection,
    })
}
