//! What can be wrong with a bearer token (RFC 6750 section 3.1, `invalid_token`).

/// Why a bearer token was refused. Fixed words only, never a piece of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenFault {
    /// Not a token, not a JWT, or a JWT whose parts or claims have the wrong form.
    Malformed,
    /// Longer than [`AuthBuilder::token_limit`](crate::AuthBuilder::token_limit).
    TooLong,
    /// `alg` is missing, `none`, not configured, or not the algorithm of the key.
    UnsupportedAlgorithm,
    /// `typ` says that it is something other than an access token (RFC 9068 section 4).
    NotAnAccessToken,
    /// `iss` is missing or none of the configured issuers.
    UntrustedIssuer,
    /// No configured key has this `kid`, or none that fits verifies the signature.
    UnknownKey,
    /// The signature does not verify.
    InvalidSignature,
    /// `exp` is past.
    Expired,
    /// There is no `exp`.
    NoExpiry,
    /// `nbf` or `iat` is in the future.
    NotYetValid,
    /// `aud` is missing or does not name this API.
    WrongAudience,
    /// The subject, or a claim that was configured as required, is missing.
    MissingClaim,
    /// It was revoked before it expired.
    Revoked,
    /// The authorization server reports that the token is not active (RFC 7662 section 2.2): it has expired,
    /// was revoked, or was never issued.
    Inactive,
    /// Nobody here has this subject, or not any more.
    UnknownSubject,
    /// The token is bound to a key and only good with a `DPoP` proof (RFC 9449 section 7.2).
    DpopBound,
    /// The token is bound to a client certificate (RFC 8705 section 3).
    CertificateBound,
    /// The token is bound in a way that is not understood here (RFC 7800).
    UnknownBinding,
    /// What is wrong is not told: [`verbose_errors`](crate::AuthBuilder::verbose_errors) is off.
    Undisclosed,
}

impl TokenFault {
    /// The `error_description` of the challenge: a sentence from a fixed table.
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
