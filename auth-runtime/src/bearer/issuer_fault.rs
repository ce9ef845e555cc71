//! Errors in the configuration of an issuer.

use crate::keys::KeyFault;

/// An error in the configuration of an issuer.
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
    #[error("the leeway is more than 300 seconds: synchronize the clocks instead")]
    LeewayTooLong,
    /// The name of a claim is the empty string.
    #[error("the name of a claim is empty")]
    EmptyClaimName,
    /// Opaque tokens: no client authentication for the authorization server is configured.
    #[error(
        "no client: authenticate this API to the authorization server with `.client(id, secret)`, or \
        call `.without_client_authentication()` if the server requires no authentication"
    )]
    NoClient,
    /// Opaque tokens: the identifier or the secret of the client is the empty string.
    #[error("the identifier or the secret of the client is empty")]
    EmptyClient,
    /// Opaque tokens: the time-out, the concurrency or the rate is zero, so no token would be
    /// introspected.
    #[error("the time-out, the concurrency or the rate is zero: no token would be introspected")]
    NeverIntrospects,
    /// Opaque tokens: the time-out is more than a minute.
    #[error("the time-out is more than a minute: use a shorter one")]
    IntrospectionTimeout,
    /// A URL that requests must not be sent to.
    #[non_exhaustive]
    #[error("the URL {url:?}: {reason}")]
    Url {
        /// The URL, without a user name, a password and a query.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Several URLs of keys.
    #[error(
        "its keys are fetched from several URLs: call `.jwks_url(..)` only once, and not with \
        `Jwt::oidc(..)`"
    )]
    SeveralKeyUrls,
    /// Some keys are configured, and others are fetched.
    #[error(
        "some keys are configured and others are fetched: the issuer could never revoke the \
        configured ones, so remove either"
    )]
    FixedAndFetchedKeys,
    /// Keys are fetched, and an HMAC algorithm is configured, whose key is a secret.
    #[error(
        "the algorithms contain an HMAC one, whose key is a secret and can't be fetched: remove it, \
        or configure the secret with `.secret(..)` instead of a URL"
    )]
    FetchedSecret,
    /// There is no HTTP client.
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
    /// The type of its tokens is the empty string.
    #[error("the expected `typ` is empty: pass a type such as `rt+jwt` to `TypeRule::exactly`")]
    EmptyType,
    /// The keys are those of a [`TokenIssuer`](crate::TokenIssuer), and others or algorithms are configured.
    #[error(
        "its keys and their algorithms are those of the `TokenIssuer`: remove the other keys and \
        `.algorithms(..)`"
    )]
    KeysOfTokenIssuer,
    /// Tokens of a [`TokenIssuer`](crate::TokenIssuer) would expire when they are issued.
    #[error("the lifetime of its tokens is less than a second")]
    LifetimeTooShort,
    /// An error of a key, of a file of keys, or of all keys together.
    #[error("{0}")]
    Key(KeyFault),
}
