//! What `build` refuses, all of it at once.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use crate::bearer::IssuerFault;
use crate::box_error::BoxError;
use crate::scheme::Scheme;
use crate::scope::Scope;

/// Everything that is wrong with a configuration; never empty.
///
/// ```
/// use auth_runtime::{Auth, Jwt};
///
/// let error = Auth::builder()
///     .bearer(Jwt::issuer("https://issuer.example").secret("too short"))
///     .build()
///     .unwrap_err();
/// assert_eq!(error.misconfigurations().len(), 2); // no audience, and the secret
/// ```
pub struct BuildError {
    misconfigurations: Vec<Misconfiguration>,
}

impl BuildError {
    pub(super) fn new(misconfigurations: Vec<Misconfiguration>) -> Self {
        Self { misconfigurations }
    }

    /// What is wrong, in the order of the builder's calls.
    #[must_use]
    pub fn misconfigurations(&self) -> &[Misconfiguration] {
        &self.misconfigurations
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.misconfigurations.as_slice() {
            [only] => only.fmt(formatter),
            several => {
                write!(formatter, "{} misconfigurations:", several.len())?;
                several
                    .iter()
                    .try_for_each(|one| write!(formatter, "\n  - {one}"))
            }
        }
    }
}

/// The same text: it is what `unwrap` and a `main` that returns the error print.
impl fmt::Debug for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for BuildError {}

/// One thing that is wrong with a configuration. Its text says what to do; secrets and keys never
/// appear in it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Misconfiguration {
    /// Nothing to authenticate callers with.
    NoCredentialKind,
    /// The realm can't stand in a header field.
    #[non_exhaustive]
    Realm {
        /// The realm.
        realm: String,
    },
    /// No token can be that short.
    TokenLimit,
    /// A trusted proxy is no address and no network.
    #[non_exhaustive]
    TrustedProxy {
        /// What was given.
        entry: String,
    },
    /// One issuer was given twice: which keys and rules hold for it would be a matter of order.
    #[non_exhaustive]
    IssuerTwice {
        /// The issuer.
        issuer: String,
    },
    /// The configuration of one issuer.
    #[non_exhaustive]
    Issuer {
        /// The issuer.
        issuer: String,
        /// What is wrong with it.
        fault: IssuerFault,
    },
    /// An issuer's logout tokens are accepted, and there is no list to write to what they end.
    #[non_exhaustive]
    LogoutWithoutRevocation {
        /// The issuer.
        issuer: String,
    },
    /// The configuration of introspection.
    #[non_exhaustive]
    Introspection {
        /// What is wrong with it.
        fault: IssuerFault,
    },
    /// Introspection was given twice: no token says which server is to be asked about it.
    IntrospectionTwice,
    /// Two kinds of credentials have one name: no rule could tell them apart.
    #[non_exhaustive]
    SchemeTwice {
        /// The name.
        scheme: Scheme,
    },
    /// Two kinds of credentials ask with one challenge: a client could not tell which is meant.
    #[non_exhaustive]
    ChallengeTwice {
        /// The second kind.
        scheme: Scheme,
    },
    /// Two kinds of credentials read all values of `Authorization` with the same scheme, so a value could
    /// belong to either.
    #[non_exhaustive]
    AuthorizationShared {
        /// The second kind.
        scheme: Scheme,
        /// The first kind.
        other: Scheme,
        /// The scheme in `Authorization`.
        auth_scheme: Scheme,
    },
    /// A [prefix](crate::authenticator::Source::AuthorizationPrefix) does not distinguish credentials from those of other
    /// kinds.
    #[non_exhaustive]
    AuthorizationPrefix {
        /// The kind.
        scheme: Scheme,
        /// The prefix.
        prefix: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// One value could begin with the [prefixes](crate::authenticator::Source::AuthorizationPrefix) of two kinds.
    #[non_exhaustive]
    AuthorizationPrefixTwice {
        /// The second kind.
        scheme: Scheme,
        /// Its prefix.
        prefix: String,
        /// The first kind.
        other: Scheme,
        /// Its prefix.
        other_prefix: String,
    },
    /// [`bearer_scheme`](crate::AuthBuilder::bearer_scheme) names a scheme that has other credentials.
    #[non_exhaustive]
    BearerScheme {
        /// The name.
        scheme: Scheme,
    },
    /// A kind of credential looks nowhere.
    #[non_exhaustive]
    NoSource {
        /// The kind.
        scheme: Scheme,
    },
    /// A parameter of a challenge can't stand in a header field, or stands there already.
    #[non_exhaustive]
    ChallengeParameter {
        /// The kind.
        scheme: Scheme,
        /// The parameter's name.
        parameter: &'static str,
    },
    /// A scope stands in the vocabulary twice.
    #[non_exhaustive]
    ScopeTwice {
        /// The scope.
        scope: Scope,
    },
    /// An implication names a scope that is not in the vocabulary.
    #[non_exhaustive]
    ScopeUndeclared {
        /// The scope.
        scope: Scope,
        /// One in the vocabulary that is spelt almost like it.
        meant: Option<Scope>,
    },
    /// Scopes imply each other, so that they would be one.
    #[non_exhaustive]
    ScopesInCircle {
        /// The scopes, in declaration order.
        scopes: Vec<Scope>,
    },
    /// Denials are reported only, on an address that others than this machine can reach.
    #[non_exhaustive]
    ReportOnlyBeyondLoopback {
        /// What the service listens on.
        address: SocketAddr,
    },
    /// The configuration of one kind of credential.
    #[non_exhaustive]
    Authenticator {
        /// The kind.
        scheme: Scheme,
        /// What is wrong with it.
        fault: BoxError,
    },
}

impl fmt::Display for Misconfiguration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentialKind => formatter.write_str(
                "no credential kind: nobody could authenticate, so add `.bearer(Jwt::issuer(..))`",
            ),
            Self::Realm { realm } => {
                write!(
                    formatter,
                    "the realm {realm:?} has characters other than printable ASCII"
                )
            }
            Self::TokenLimit => formatter.write_str("the token limit is 0 bytes"),
            Self::TrustedProxy { entry } => write!(
                formatter,
                "the trusted proxy {entry:?} is no address and no network such as 10.0.0.0/8 (no \
                 bit set after the prefix, and not everybody)"
            ),
            Self::IssuerTwice { issuer } => write!(
                formatter,
                "the issuer {issuer:?} is configured twice: give all its audiences and keys to one \
                 `Jwt`"
            ),
            Self::Issuer { issuer, fault } => write!(formatter, "issuer {issuer:?}: {fault}"),
            Self::LogoutWithoutRevocation { issuer } => write!(
                formatter,
                "issuer {issuer:?}: `.backchannel_logout(..)` has no list to write to what was \
                 revoked: give `Auth::builder()` a `.revocation(..)`"
            ),
            Self::Introspection { fault } => write!(formatter, "introspection: {fault}"),
            Self::IntrospectionTwice => formatter.write_str(
                "introspection is configured twice: no token says which server is to be asked \
                 about it",
            ),
            Self::SchemeTwice { scheme } => write!(
                formatter,
                "the kind `{scheme}` is declared twice: a request would be judged by the first only"
            ),
            Self::ChallengeTwice { scheme } => write!(
                formatter,
                "`{scheme}`: another kind has the same scheme in its challenge, so clients cannot tell \
                 them apart: choose another scheme, or read `Authorization` and distinguish the values \
                 by a prefix (`ApiKeys::authorization_prefix`, `Source::authorization_prefix`)"
            ),
            Self::AuthorizationShared {
                scheme,
                other,
                auth_scheme,
            } => write_shared(formatter, *scheme, *other, *auth_scheme),
            Self::AuthorizationPrefix {
                scheme,
                prefix,
                reason,
            } => write!(formatter, "`{scheme}`: the prefix {prefix:?} {reason}"),
            Self::AuthorizationPrefixTwice {
                scheme,
                prefix,
                other,
                other_prefix,
            } => write!(
                formatter,
                "`{scheme}`: its prefix {prefix:?} and the prefix {other_prefix:?} of `{other}` could \
                 begin the same value of `Authorization`: choose two prefixes so that neither begins \
                 with the other"
            ),
            Self::BearerScheme { scheme } => write!(
                formatter,
                "`.bearer_scheme(..)`: `{scheme}` is the name of another authentication scheme: use a \
                 different name, such as `Scheme::new(\"Token\")`"
            ),
            Self::NoSource { scheme } => write!(
                formatter,
                "`{scheme}`: it names no place in a request where it looks: return them from \
                 `Authenticator::sources`"
            ),
            Self::ChallengeParameter { scheme, parameter } => write!(
                formatter,
                "`{scheme}`: the challenge parameter {parameter:?} is no token, is there already, \
                 or its value is not printable ASCII"
            ),
            Self::ScopeTwice { scope } => write!(
                formatter,
                "the scope `{}` is declared twice in `.scopes(..)`",
                scope.as_str()
            ),
            Self::ScopeUndeclared { scope, meant } => write_undeclared(formatter, *scope, *meant),
            Self::ScopesInCircle { scopes } => match scopes.as_slice() {
                [only] => write!(formatter, "the scope `{}` implies itself", only.as_str()),
                several => write_circle(formatter, several),
            },
            Self::ReportOnlyBeyondLoopback { address } => write!(
                formatter,
                "`.report_only({address})` lets everybody in who can reach this address: listen on \
                 127.0.0.1, or say `.report_only_beyond_loopback()` as well"
            ),
            Self::Authenticator { scheme, fault } => write!(formatter, "`{scheme}`: {fault}"),
        }
    }
}

fn write_shared(
    formatter: &mut fmt::Formatter<'_>,
    scheme: Scheme,
    other: Scheme,
    auth_scheme: Scheme,
) -> fmt::Result {
    let written = if auth_scheme == Scheme::BEARER {
        "Scheme::BEARER".to_owned()
    } else {
        format!("Scheme::new(\"{auth_scheme}\")")
    };
    write!(
        formatter,
        "`{scheme}`: `{other}` also reads `Authorization: {auth_scheme} ..`, so a value could belong to \
         either: distinguish them by a prefix. For API keys write \
         `.label(\"shop\").authorization_prefix({written}, \"shop_\")` instead of `.authorization()`; \
         for a kind of your own return `Source::authorization_prefix({written}, \"shop_\")` from \
         `sources` instead of `Source::authorization()`"
    )
}

fn write_undeclared(
    formatter: &mut fmt::Formatter<'_>,
    scope: Scope,
    meant: Option<Scope>,
) -> fmt::Result {
    write!(
        formatter,
        "`.scope_implies(..)` names the scope `{}`, which is not in the vocabulary: ",
        scope.as_str()
    )?;
    match meant {
        Some(meant) => write!(formatter, "did you mean `{}`?", meant.as_str()),
        None => formatter.write_str("add it to `.scopes(..)`"),
    }
}

fn write_circle(formatter: &mut fmt::Formatter<'_>, scopes: &[Scope]) -> fmt::Result {
    formatter.write_str("the scopes ")?;
    for (position, scope) in scopes.iter().enumerate() {
        let separator = if position == 0 { "" } else { ", " };
        write!(formatter, "{separator}`{}`", scope.as_str())?;
    }
    formatter.write_str(
        " imply each other in a circle, so that they would be one: take one of the \
         `.scope_implies(..)` away",
    )
}
