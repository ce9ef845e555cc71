//! Bearer tokens (RFC 6750): from the credentials of the field to the issuer that judges them.

use http::request::Parts;

use super::jwt::JwtVerifier;
use super::{Authentication, Authenticator, Challenge, Presented, Rejection, TokenFault};
use crate::clock::Timestamp;
use crate::credential::{CompactJws, Json, Source};
use crate::identity::{Identity, Supplies};
use crate::scheme::Scheme;

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

    pub(crate) fn verify(&self, token: &[u8], now: Timestamp) -> Result<Identity, TokenFault> {
        if token.len() > self.token_limit {
            return Err(TokenFault::TooLong);
        }
        let token = std::str::from_utf8(token).map_err(|_| TokenFault::Malformed)?;
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
}

impl Authenticator for Bearer {
    fn scheme(&self) -> Scheme {
        Scheme::BEARER
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::authorization()]
    }

    fn supplies(&self) -> Supplies {
        let issuers = self.issuers.iter().map(JwtVerifier::supplies);
        issuers.fold(Supplies::NOTHING, Supplies::or)
    }

    fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Authentication<'a> {
        let Some(token) = presented.authorization(Scheme::BEARER) else {
            return Authentication::Absent;
        };
        self.verify(token, Timestamp::of(presented.now()))
            .map_err(Rejection::Token)
            .into()
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        Challenge::new(Scheme::BEARER).oauth()
    }
}
