//! The reasons for `invalid_token` (RFC 6750 section 3.1).

/// Why a bearer token was refused. It never contains a part of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenFault {
    /// The text is not a token, not a JWT, or a JWT with invalid parts or claims.
    Malformed,
    /// The token is longer than [`AuthBuilder::token_limit`](crate::AuthBuilder::token_limit).
    TooLong,
    /// `alg` is missing, `none`, not configured, or not the algorithm of the key.
    UnsupportedAlgorithm,
    /// According to its `typ` it is not an access token (RFC 9068 section 4).
    NotAnAccessToken,
    /// `iss` is missing or is not one of the configured issuers.
    UntrustedIssuer,
    /// No key has the `kid` of the token, or none of several possible keys verifies the signature.
    UnknownKey,
    /// The signature is invalid.
    InvalidSignature,
    /// `exp` is in the past.
    Expired,
    /// `exp` is missing.
    NoExpiry,
    /// `nbf` or `iat` is in the future.
    NotYetValid,
    /// `aud` is missing or does not name this API.
    WrongAudience,
    /// The subject or a required claim is missing.
    MissingClaim,
    /// The token was revoked before it expired.
    Revoked,
    /// The authorization server reports that the token is not active (RFC 7662 section 2.2): it has expired,
    /// was revoked, or was never issued.
    Inactive,
    /// There is no user with this subject.
    UnknownSubject,
    /// The token is bound to a key and must be sent with a `DPoP` proof (RFC 9449 section 7.2).
    DpopBound,
    /// The token is bound to a client certificate (RFC 8705 section 3).
    CertificateBound,
    /// The token is bound in a way that is not supported (RFC 7800).
    UnknownBinding,
    /// The reason is not disclosed, because [`verbose_errors`](crate::AuthBuilder::verbose_errors) is off.
    Undisclosed,
}

impl TokenFault {
    /// The `error_description` of the challenge.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Malformed | Self::TooLong => "The access token is malformed",
            Self::UnsupportedAlgorithm => "The access token uses an unsupported algorithm",
            Self::NotAnAccessToken => "The token is not an access token",
            Self::UntrustedIssuer => "The access token issuer is not trusted",
            Self::UnknownKey => "The access token was signed with an unknown key",
            Self::InvalidSignature => "The access token signature is invalid",
            Self::Expired => "The access token expired",
            Self::NoExpiry => "The access token has no expiry",
            Self::NotYetValid => "The access token is not yet valid",
            Self::WrongAudience => "The access token audience does not match",
            Self::MissingClaim => "The access token lacks a required claim",
            Self::DpopBound => "The access token is DPoP-bound",
            Self::CertificateBound => "The access token is bound to another certificate",
            Self::Revoked => "The access token was revoked",
            Self::Inactive => "The access token is not active",
            Self::UnknownBinding | Self::UnknownSubject | Self::Undisclosed => {
                "The access token is invalid"
            }
        }
    }
}
