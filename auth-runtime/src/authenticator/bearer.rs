//! Bearer tokens (RFC 6750): from the credentials of the field to the issuer that judges them.

use super::TokenFault;
use super::jwt::JwtVerifier;
use crate::clock::Timestamp;
use crate::credential::{CompactJws, Json};
use crate::identity::Identity;

/// The issuers whose bearer tokens are accepted.
pub(crate) struct Bearer {
    issuers: Vec<JwtVerifier>,
    token_limit: usize,
}

impl Bearer {
    pub(crate) fn new(issuers: Vec<JwtVerifier>, token_limit: usize) -> Self {
        Self {
            issuers,
            token_limit,
        }
    }

    pub(crate) fn authenticate(
        &self,
        credentials: &[u8],
        now: Timestamp,
    ) -> Result<Identity, TokenFault> {
        if credentials.len() > self.token_limit {
            return Err(TokenFault::TooLong);
        }
        let token = std::str::from_utf8(credentials).map_err(|_| TokenFault::Malformed)?;
        let jws = CompactJws::decode(token).map_err(|_| TokenFault::Malformed)?;
        let header = jws.header().map_err(|_| TokenFault::Malformed)?;
        let claims = jws.claims().map_err(|_| TokenFault::Malformed)?;
        // The unverified `iss` only says whose keys and rules to judge by: a token that names
        // another issuer than its own is verified with keys that did not sign it.
        let issuer = match claims.get("iss") {
            None => return Err(TokenFault::UntrustedIssuer),
            Some(Json::String(issuer)) => issuer,
            Some(_) => return Err(TokenFault::Malformed),
        };
        let facts = self
            .issuers
            .iter()
            .find(|candidate| candidate.issuer() == issuer)
            .ok_or(TokenFault::UntrustedIssuer)?
            .verify(&jws, &header, &claims, now)?;
        Ok(Identity::new(facts, jws.into_payload()))
    }

    /// The leeway of `issuer` in seconds.
    pub(crate) fn leeway(&self, issuer: &str) -> u64 {
        self.issuers
            .iter()
            .find(|candidate| candidate.issuer() == issuer)
            .map_or(0, JwtVerifier::leeway)
    }
}
