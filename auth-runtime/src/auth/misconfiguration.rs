//! The misconfigurations that `build` reports.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use crate::bearer::IssuerFault;
use crate::box_error::BoxError;
use crate::scheme::Scheme;
use crate::scope::Scope;

/// All misconfigurations of an [`AuthBuilder`](crate::AuthBuilder). Never empty.
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

    /// All misconfigurations, in the order of the builder's calls.
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

/// Same as `Display`, because `unwrap` and a `main` that returns the error print this.
impl fmt::Debug for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for BuildError {}

/// An error in a configuration. Its text says what to do and never contains secrets or keys.
#[derive(Debug)]
#[non_exhaustive]
pub enum Misconfiguration {
    /// No kind of credential is configured.
    NoCredentialKind,
    /// The realm is not valid in a header field.
    #[non_exhaustive]
    Realm {
        /// The realm.
        realm: String,
    },
    /// The token limit is zero.
    TokenLimit,
    /// A trusted proxy is not a valid address or network.
    #[non_exhaustive]
    TrustedProxy {
        /// The entry as it was configured.
        entry: String,
    },
    /// An origin that no browser sends, so that no request would ever come from it.
    #[non_exhaustive]
    Origin {
        /// The method of the builder: `public_origin` or `trusted_origins`.
        setting: &'static str,
        /// The origin as it was configured, without a user name, a password and a query.
        origin: String,
        /// What is wrong with it, and what to write instead.
        advice: String,
    },
    /// An issuer is configured twice, so its keys and rules would depend on the order.
    #[non_exhaustive]
    IssuerTwice {
        /// The issuer.
        issuer: String,
    },
    /// An error in the configuration of one issuer.
    #[non_exhaustive]
    Issuer {
        /// The issuer.
        issuer: String,
        /// The error.
        fault: IssuerFault,
    },
    /// Logout tokens of an issuer are accepted, but there is no list of revoked tokens to write to.
    #[non_exhaustive]
    LogoutWithoutRevocation {
        /// The issuer.
        issuer: String,
    },
    /// Refresh tokens are to be revoked, but there is no list of revoked tokens for the access tokens.
    RefreshTokensWithoutRevocation,
    /// An error in the configuration of introspection.
    #[non_exhaustive]
    Introspection {
        /// The error.
        fault: IssuerFault,
    },
    /// Introspection is configured twice, but opaque tokens do not show which server issued them.
    IntrospectionTwice,
    /// Two kinds of credentials have the same name, so rules could not distinguish them.
    #[non_exhaustive]
    SchemeTwice {
        /// The name.
        scheme: Scheme,
    },
    /// Two kinds of credentials have the same challenge, so clients could not distinguish them.
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
        /// Why the prefix is refused.
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
    /// A kind of credential has no sources.
    #[non_exhaustive]
    NoSource {
        /// The kind.
        scheme: Scheme,
    },
    /// A parameter of a challenge is not valid in a header field, or occurs twice.
    #[non_exhaustive]
    ChallengeParameter {
        /// The kind.
        scheme: Scheme,
        /// The parameter's name.
        parameter: &'static str,
    },
    /// A scope is in the vocabulary twice.
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
        /// A scope of the vocabulary with a similar spelling.
        meant: Option<Scope>,
    },
    /// Scopes imply each other in a circle.
    #[non_exhaustive]
    ScopesInCircle {
        /// The scopes, in declaration order.
        scopes: Vec<Scope>,
    },
    /// Denials are only reported, and other machines can reach the address of the service.
    #[non_exhaustive]
    ReportOnlyBeyondLoopback {
        /// The address that the service listens on.
        address: SocketAddr,
    },
    /// Two kinds of credentials read the same cookie, so a value could belong to either.
    #[non_exhaustive]
    CookieTwice {
        /// The second kind.
        scheme: Scheme,
        /// The first kind.
        other: Scheme,
        /// The name of the cookie.
        cookie: String,
    },
    /// The [cookie of sessions](crate::AuthBuilder::sessions) is insecure, and a public origin is not plain HTTP.
    InsecureSessionCookie,
    /// An error in the configuration of one kind of credential.
    #[non_exhaustive]
    Authenticator {
        /// The kind.
        scheme: Scheme,
        /// The error.
        fault: BoxError,
    },
}

impl fmt::Display for Misconfiguration {
    #[allow(clippy::too_many_lines, reason = "one arm for each variant")]
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentialKind => formatter
                .write_str("no credential kind: add one, such as `.bearer(Jwt::issuer(..))`"),
            Self::Realm { realm } => {
                write!(
                    formatter,
                    "the realm {realm:?} has characters other than printable ASCII"
                )
            }
            Self::TokenLimit => formatter.write_str("the token limit is 0 bytes"),
            Self::TrustedProxy { entry } => write!(
                formatter,
                "the trusted proxy {entry:?} is not an IP address or a network such as 10.0.0.0/8 \
                 (the bits after the prefix must be 0, and a prefix of length 0 is not allowed)"
            ),
            Self::Origin {
                setting,
                origin,
                advice,
            } => write!(formatter, "`.{setting}({origin:?})`: {advice}"),
            Self::IssuerTwice { issuer } => write!(
                formatter,
                "the issuer {issuer:?} is configured twice: give all its audiences and keys to one \
                 `Jwt`"
            ),
            Self::Issuer { issuer, fault } => write!(formatter, "issuer {issuer:?}: {fault}"),
            Self::RefreshTokensWithoutRevocation => formatter.write_str(
                "`.refresh_tokens(..)` needs a list of revoked tokens for the access tokens: call \
                 `.revocation(..)` on `Auth::builder()`",
            ),
            Self::LogoutWithoutRevocation { issuer } => write!(
                formatter,
                "issuer {issuer:?}: `.backchannel_logout(..)` needs a list of revoked tokens: call \
                 `.revocation(..)` on `Auth::builder()`"
            ),
            Self::Introspection { fault } => write!(formatter, "introspection: {fault}"),
            Self::CookieTwice {
                scheme,
                other,
                cookie,
            } => write!(
                formatter,
                "`{scheme}` reads the cookie {cookie:?}, which `{other}` reads too: give one of them another name"
            ),
            Self::InsecureSessionCookie => formatter.write_str(
                "`.insecure_cookie()` is only for services that browsers reach over plain HTTP: call \
                 `.public_origin(\"http://..\")`, and no `https://` origin, or remove it",
            ),
            Self::IntrospectionTwice => formatter.write_str(
                "introspection is configured twice, but opaque tokens do not show which server \
                 issued them",
            ),
            Self::SchemeTwice { scheme } => write!(
                formatter,
                "the kind `{scheme}` is declared twice: only the first would ever be used"
            ),
            Self::ChallengeTwice { scheme } => write_challenge_twice(formatter, *scheme),
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
                "`{scheme}`: `Authenticator::sources` returned nothing: return the parts of a \
                 request that it reads"
            ),
            Self::ChallengeParameter { scheme, parameter } => write!(
                formatter,
                "`{scheme}`: the challenge parameter {parameter:?} is not a token, occurs twice, or \
                 its value is not printable ASCII"
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
                "`.report_only({address})` lets in everyone who can reach this address: listen on \
                 127.0.0.1, or call `.report_only_beyond_loopback()` as well"
            ),
            Self::Authenticator { scheme, fault } => write!(formatter, "`{scheme}`: {fault}"),
        }
    }
}

fn write_challenge_twice(formatter: &mut fmt::Formatter<'_>, scheme: Scheme) -> fmt::Result {
    write!(
        formatter,
        "`{scheme}`: another kind has the same scheme in its challenge, so clients cannot tell them apart: \
         choose another scheme, or read `Authorization` and distinguish the values by a prefix \
         (`ApiKeys::authorization_prefix`, `Source::authorization_prefix`)"
    )
}

fn write_shared(
    formatter: &mut fmt::Formatter<'_>,
    scheme: Scheme,
    other: Scheme,
    auth_scheme: Scheme,
) -> fmt::Result {
    let constant = if auth_scheme == Scheme::BEARER {
        "Scheme::BEARER".to_owned()
    } else {
        format!("Scheme::new(\"{auth_scheme}\")")
    };
    write!(
        formatter,
        "`{scheme}`: `{other}` also reads `Authorization: {auth_scheme} ..`, so a value could belong to \
         either: distinguish them by a prefix. For API keys write \
         `.label(\"shop\").authorization_prefix({constant}, \"shop_\")` instead of `.authorization()`; \
         for a kind of your own return `Source::authorization_prefix({constant}, \"shop_\")` from \
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
    formatter.write_str(" imply each other in a circle: remove one of the `.scope_implies(..)`")
}
