//! What can be wrong with the configuration of an issuer.

use crate::keys::KeyFault;

/// What is wrong with the configuration of one issuer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerFault {
    /// The issuer is the empty string.
    #[error("it is empty: name the `iss` of its tokens in `.issuer(..)`")]
    EmptyIssuer,
    /// The issuer is the address of its metadata.
    #[error(
        "this is the address of the issuer's metadata: use the value of `issuer` in that document, \
        usually the part before `/.well-known/`"
    )]
    MetadataAddress,
    /// No audience: tokens for any other API of this issuer would be accepted.
    #[error(
        "no audience: tokens for any other API would be accepted, so name this API with \
        `.audience(..)`"
    )]
    NoAudience,
    /// An audience is the empty string.
    #[error("an audience is empty")]
    EmptyAudience,
    /// The leeway is more than 300 seconds.
    #[error("the leeway is more than 300 seconds: mend the clocks instead")]
    LeewayTooLong,
    /// The name of a claim is the empty string.
    #[error("the name of a claim is empty")]
    EmptyClaimName,
    /// Opaque tokens: the authorization server was not told who asks.
    #[error(
        "no client: name the one that this API is to the authorization server with \
        `.client(id, secret)`, or say `.without_client_authentication()` if it asks nobody"
    )]
    NoClient,
    /// Opaque tokens: the identifier or the secret of the client is the empty string.
    #[error("the identifier or the secret of the client is empty")]
    EmptyClient,
    /// Opaque tokens: the time-out, the concurrency or the rate is zero, so that none would be judged.
    #[error("the time-out, the concurrency or the rate is zero: no token would be judged")]
    NeverIntrospects,
    /// Opaque tokens: the time-out is more than a minute.
    #[error("the time-out is more than a minute: nobody waits so long for a server that is slow")]
    IntrospectionTimeout,
    /// An address that is not asked.
    #[non_exhaustive]
    #[error("the URL {url:?}: {reason}")]
    Url {
        /// The address, without a user name, a password and a query.
        url: String,
        /// What to write instead.
        reason: &'static str,
    },
    /// Several addresses of keys.
    #[error(
        "its keys are fetched from several places: one issuer has one, so leave one \
        `.jwks_url(..)`, and none with `Jwt::oidc(..)`"
    )]
    SeveralKeyUrls,
    /// Keys that are given, and keys that are fetched.
    #[error(
        "keys are given and others are fetched: those that are given could never be taken \
        away by the issuer, so leave the one or the other out"
    )]
    FixedAndFetchedKeys,
    /// Keys are fetched, and an algorithm is configured whose keys are secrets.
    #[error(
        "the algorithms name an HMAC one, whose key is a secret and is not fetched: leave it \
        out, or give the secret with `.secret(..)` instead of an address"
    )]
    FetchedSecret,
    /// There is nothing to fetch with.
    #[non_exhaustive]
    #[error("{reason}")]
    NoFetch {
        /// What to do.
        reason: String,
    },
    /// A setting of [`KeyRefresh`](crate::keys::KeyRefresh) is out of bounds.
    #[non_exhaustive]
    #[error("`KeyRefresh`: {reason}")]
    KeyRefresh {
        /// The bounds.
        reason: &'static str,
    },
    /// A key, a file of keys, or the keys together.
    #[error("{0}")]
    Key(KeyFault),
}
