//! Checks the settings of an `AuthBuilder` and builds the `Auth`.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{AuthBuilder, DeclaredKind};
use crate::auth::ambient::AmbientSources;
use crate::auth::kind::ConfiguredKind;
use crate::auth::misconfiguration::{BuildError, Misconfiguration};
use crate::auth::refusal::RefusalCache;
use crate::auth::{Auth, Configuration};
use crate::authenticator::{Authenticator, BackchannelLogout, Challenge, CredentialCache};
use crate::bearer::{Bearer, Jwt, JwtVerifier};
#[cfg(feature = "introspection")]
use crate::bearer::{Introspection, Introspector, TokenCache};
use crate::challenge::{ChallengeSettings, Realm, unwritable};
use crate::counters;
use crate::credential::{ClientAddresses, CredentialSources, Source, TrustedProxies};
use crate::cross_site::{CrossSiteRules, Origin, OriginFault};
use crate::fetch::{Clients, shown};
use crate::identity::AuthId;
use crate::refresh_token::RefreshTokens;
use crate::revocation::RevocationList;
use crate::scope::{Vocabulary, VocabularyFault};
#[cfg(feature = "sessions")]
use crate::session::Sessions;

/// Reads all keys and checks all settings.
pub(super) fn build(builder: AuthBuilder) -> Result<Auth, BuildError> {
    counters::describe();
    let mut faults = faults_of_settings(&builder);
    let cross_site = cross_site_rules(&builder, &mut faults);
    let realm = Realm::new(&builder.realm);
    if realm.is_none() {
        faults.push(Misconfiguration::Realm {
            realm: builder.realm,
        });
    }
    let addresses = addresses(
        builder.trusted_proxies,
        builder.trust_unix_peers,
        &mut faults,
    );
    let vocabulary =
        Vocabulary::new(builder.scopes, &builder.implications).unwrap_or_else(|found| {
            faults.extend(found.into_iter().map(Misconfiguration::from));
            Vocabulary::default()
        });
    let report_only = builder.report_only.check().unwrap_or_else(|fault| {
        faults.push(fault);
        None
    });
    let vocabulary = Arc::new(vocabulary);
    let clients = Clients::new(builder.fetch);
    let issuers = bearer(builder.issuers, &clients, &mut faults);
    #[cfg(feature = "introspection")]
    let introspector = introspector(
        builder.introspections,
        &clients,
        builder.token_cache,
        &mut faults,
    );
    let declared = builder.kinds.iter().any(DeclaredKind::is_bearer);
    let bearer = issuers.filter(|_| declared).map(|issuers| {
        let bearer = Bearer::new(
            issuers,
            builder.token_limit,
            builder.token_cache,
            builder.revocation.is_some(),
        )
        .with_auth_scheme(builder.bearer_scheme);
        #[cfg(feature = "introspection")]
        let bearer = bearer.with_introspector(introspector);
        Arc::new(bearer)
    });
    let kinds = configured_kinds(builder.kinds, bearer.as_ref(), &mut faults);
    match (realm, addresses) {
        (Some(realm), Some(addresses)) if faults.is_empty() => {
            if let Some(report_only) = &report_only {
                report_only.announce();
            }
            let has_ambient_kinds = kinds.iter().any(|kind| kind.ambient.is_some());
            let lacks_public_origin = has_ambient_kinds && cross_site.public_origins.is_empty();
            add_revocation_list(&builder.refresh_tokens, builder.revocation.as_ref());
            #[cfg(feature = "sessions")]
            if let (Some(sessions), Some(list)) = (&builder.sessions, &builder.revocation) {
                sessions.add_revocation_list(list);
            }
            Ok(Auth(
                Configuration {
                    id: AuthId::new(),
                    sources: CredentialSources::of(
                        kinds.iter().flat_map(|kind| kind.sources.clone()),
                    ),
                    has_prefixes: has_source(&kinds, Source::is_authorization_prefix),
                    reads_other_sources: has_source(&kinds, |source| !source.is_authorization()),
                    has_ambient_kinds,
                    cross_site,
                    lacks_public_origin: AtomicBool::new(lacks_public_origin),
                    kinds,
                    revocation: builder.revocation,
                    #[cfg(feature = "sessions")]
                    sessions: builder.sessions,
                    refresh_tokens: builder.refresh_tokens,
                    logout_tokens: bearer
                        .filter(|bearer| bearer.takes_logouts())
                        .map(|bearer| bearer as Arc<dyn BackchannelLogout>),
                    addresses,
                    clock: builder.clock,
                    challenge: ChallengeSettings {
                        realm,
                        challenge_scope: builder.challenge_scope,
                        role_denied: builder.role_denied,
                    },
                    verbose_errors: builder.verbose_errors,
                    render: builder.render,
                    refusals: builder.renderer_ignores_request.then(RefusalCache::default),
                    not_found: builder.not_found,
                    vocabulary,
                    report_only,
                    identity_in_responses: builder.identity_in_responses,
                }
                .into(),
            ))
        }
        _ => Err(BuildError::new(faults)),
    }
}

/// The faults that are found without reading a key.
fn faults_of_settings(builder: &AuthBuilder) -> Vec<Misconfiguration> {
    let mut faults = Vec::new();
    if builder.kinds.is_empty() {
        faults.push(Misconfiguration::NoCredentialKind);
    }
    if builder.token_limit == 0 {
        faults.push(Misconfiguration::TokenLimit);
    }
    if builder.bearer_scheme.is_reserved() {
        faults.push(Misconfiguration::BearerScheme {
            scheme: builder.bearer_scheme,
        });
    }
    if builder.revocation.is_none() {
        faults.extend(logouts_without_revocation(&builder.issuers));
        faults.extend(refresh_without_revocation(&builder.refresh_tokens));
    }
    faults
}

fn has_source(kinds: &[ConfiguredKind], is_wanted: impl Fn(&Source) -> bool) -> bool {
    kinds.iter().flat_map(|kind| &kind.sources).any(is_wanted)
}

/// `None` if an entry is not valid. The misconfigurations are then in `faults`.
fn addresses(
    trusted_proxies: Vec<String>,
    trust_unix_peers: bool,
    faults: &mut Vec<Misconfiguration>,
) -> Option<ClientAddresses> {
    match TrustedProxies::parse(trusted_proxies) {
        Ok(trusted) => Some(ClientAddresses::new(
            trusted.with_unix_sockets(trust_unix_peers),
        )),
        Err(entries) => {
            let entries = entries.into_iter();
            faults.extend(entries.map(|entry| Misconfiguration::TrustedProxy { entry }));
            None
        }
    }
}

fn cross_site_rules(builder: &AuthBuilder, faults: &mut Vec<Misconfiguration>) -> CrossSiteRules {
    let rules = CrossSiteRules {
        public_origins: origins("public_origin", &builder.public_origins, faults),
        trusted_origins: origins("trusted_origins", &builder.trusted_origins, faults),
    };
    #[cfg(feature = "sessions")]
    if builder
        .sessions
        .as_ref()
        .is_some_and(Sessions::has_insecure_cookie)
        && !rules.is_plain_http()
    {
        faults.push(Misconfiguration::InsecureSessionCookie);
    }
    rules
}

/// The origins that are valid. `setting` is the method of the builder.
fn origins(
    setting: &'static str,
    configured: &[String],
    faults: &mut Vec<Misconfiguration>,
) -> Vec<Origin> {
    let mut origins = Vec::with_capacity(configured.len());
    for text in configured {
        match Origin::parse(text) {
            Ok(origin) => origins.push(origin),
            Err(OriginFault(advice)) => faults.push(Misconfiguration::Origin {
                setting,
                // A URL may contain a password.
                origin: shown(text),
                advice,
            }),
        }
    }
    origins
}

/// One misconfiguration for each issuer whose logout tokens are accepted, for an `Auth` without a list
/// of revoked tokens.
fn logouts_without_revocation(issuers: &[Jwt]) -> impl Iterator<Item = Misconfiguration> {
    let with_logouts = issuers.iter().filter(|jwt| jwt.takes_logouts());
    with_logouts.map(|jwt| Misconfiguration::LogoutWithoutRevocation {
        issuer: jwt.name().to_owned(),
    })
}

/// The misconfiguration of an `Auth` with refresh tokens and without a list of revoked tokens.
fn refresh_without_revocation(tokens: &[RefreshTokens]) -> Option<Misconfiguration> {
    (!tokens.is_empty()).then_some(Misconfiguration::RefreshTokensWithoutRevocation)
}

/// From now on, a login that is revoked by the list gets no more refresh tokens.
fn add_revocation_list(refresh_tokens: &[RefreshTokens], list: Option<&RevocationList>) {
    let Some(list) = list else {
        return;
    };
    for tokens in refresh_tokens {
        tokens.add_revocation_list(list);
    }
}

/// `None` if an issuer is misconfigured. The misconfigurations are then in `faults`.
fn bearer(
    issuers: Vec<Jwt>,
    clients: &Clients,
    faults: &mut Vec<Misconfiguration>,
) -> Option<Vec<JwtVerifier>> {
    let mut names = HashSet::new();
    let mut verifiers = Vec::with_capacity(issuers.len());
    let faults_before = faults.len();
    for jwt in issuers {
        // If the URL contains a password, it is not shown.
        let issuer = shown(jwt.name());
        if !names.insert(jwt.name().to_owned()) {
            faults.push(Misconfiguration::IssuerTwice {
                issuer: issuer.clone(),
            });
        }
        match jwt.build(clients) {
            Ok(verifier) => verifiers.push(verifier),
            Err(issuer_faults) => {
                faults.extend(
                    issuer_faults
                        .into_iter()
                        .map(|fault| Misconfiguration::Issuer {
                            issuer: issuer.clone(),
                            fault,
                        }),
                );
            }
        }
    }
    (faults.len() == faults_before).then_some(verifiers)
}

/// `None` if introspection is not configured, or misconfigured. The misconfigurations are then in
/// `faults`.
#[cfg(feature = "introspection")]
fn introspector(
    introspections: Vec<Introspection>,
    clients: &Clients,
    cache: TokenCache,
    faults: &mut Vec<Misconfiguration>,
) -> Option<Introspector> {
    if introspections.len() > 1 {
        faults.push(Misconfiguration::IntrospectionTwice);
    }
    let mut introspector = None;
    for introspection in introspections {
        match introspection.build(clients, cache) {
            Ok(built) => introspector = Some(built),
            Err(found) => {
                let found = found.into_iter();
                faults.extend(found.map(|fault| Misconfiguration::Introspection { fault }));
            }
        }
    }
    introspector
}

/// The kinds in the order of the builder's calls. Misconfigurations are in `faults`.
fn configured_kinds(
    declared: Vec<DeclaredKind>,
    bearer: Option<&Arc<Bearer>>,
    faults: &mut Vec<Misconfiguration>,
) -> Vec<ConfiguredKind> {
    let mut kinds: Vec<ConfiguredKind> = Vec::with_capacity(declared.len());
    for declared in declared {
        let (authenticator, cache): (Box<dyn Authenticator>, _) = match (declared, bearer) {
            (DeclaredKind::Other(authenticator), _) => (authenticator, None),
            (DeclaredKind::Bearer, Some(bearer)) => {
                let cache = Arc::clone(bearer) as Arc<dyn CredentialCache>;
                (Box::new(Arc::clone(bearer)), Some(cache))
            }
            (DeclaredKind::Bearer, None) => continue,
        };
        let (probe, ()) = http::Request::new(()).into_parts();
        let sources = authenticator.sources();
        let kind = ConfiguredKind {
            scheme: authenticator.scheme(),
            ambient: AmbientSources::of(&sources, authenticator.challenge(&probe).scheme),
            sources,
            provides: authenticator.provides(),
            authenticator,
            cache,
        };
        check(&kind, &kinds, faults);
        kinds.push(kind);
    }
    kinds
}

impl From<VocabularyFault> for Misconfiguration {
    fn from(fault: VocabularyFault) -> Self {
        match fault {
            VocabularyFault::Twice(scope) => Self::ScopeTwice { scope },
            VocabularyFault::Undeclared { scope, meant } => Self::ScopeUndeclared { scope, meant },
            VocabularyFault::Circle(scopes) => Self::ScopesInCircle { scopes },
        }
    }
}

fn check(kind: &ConfiguredKind, others: &[ConfiguredKind], faults: &mut Vec<Misconfiguration>) {
    let scheme = kind.scheme;
    let twice = others.iter().any(|other| other.scheme == scheme);
    if twice {
        faults.push(Misconfiguration::SchemeTwice { scheme });
    }
    let own = kind.authenticator.faults();
    // If the authenticator has faults, a missing source may be one of them.
    if kind.sources.is_empty() && own.is_empty() {
        faults.push(Misconfiguration::NoSource { scheme });
    }
    let own = own.into_iter();
    faults.extend(own.map(|fault| Misconfiguration::Authenticator { scheme, fault }));
    if !twice {
        kind.check_authorization(others, faults);
        faults.extend(others.iter().filter_map(|other| kind.shared_cookie(other)));
    }
    if let Some(parameter) = unwritable(&kind.challenge()) {
        faults.push(Misconfiguration::ChallengeParameter { scheme, parameter });
    }
}

impl ConfiguredKind {
    fn shared_cookie(&self, other: &Self) -> Option<Misconfiguration> {
        let shared = |source: &&Source| other.sources.contains(source);
        let cookies = self.sources.iter().filter(shared);
        let cookie = cookies.filter_map(|source| match source {
            Source::Cookie(name) => Some(name.clone()),
            _ => None,
        });
        cookie.last().map(|cookie| Misconfiguration::CookieTwice {
            scheme: self.scheme,
            other: other.scheme,
            cookie,
        })
    }

    /// The challenge for an empty request.
    pub(in crate::auth) fn challenge(&self) -> Challenge {
        let (probe, ()) = http::Request::new(()).into_parts();
        self.authenticator.challenge(&probe)
    }
}
