//! Which claim of a refused token is wrong, for the log. The token is read again after it was refused, so
//! that accepted tokens do not pay for it.

use http::request::Parts;

use super::Bearer;
use crate::authenticator::FaultDetail;
use crate::bearer::jwt::JwtVerifier;
use crate::bearer::parse::{CompactJws, Json};
use crate::credential::Authorization;
use crate::throttle::Throttle;
use crate::token_fault::TokenFault;

/// Limits how often values of unverified tokens are logged: once per second for each claim. Any client can
/// send such values.
#[derive(Default)]
pub(super) struct UnverifiedValues {
    issuers: Throttle,
    types: Throttle,
    algorithms: Throttle,
    key_ids: Throttle,
}

/// Whether a claim can be named for this fault. Otherwise the token is not read again.
fn names_a_claim(fault: TokenFault) -> bool {
    matches!(
        fault,
        TokenFault::UntrustedIssuer
            | TokenFault::UnsupportedAlgorithm
            | TokenFault::NotAnAccessToken
            | TokenFault::UnknownKey
            | TokenFault::NoExpiry
            | TokenFault::WrongAudience
            | TokenFault::MissingClaim
    )
}

impl UnverifiedValues {
    fn of(&self, fault: TokenFault) -> Option<&Throttle> {
        match fault {
            TokenFault::UntrustedIssuer => Some(&self.issuers),
            TokenFault::NotAnAccessToken => Some(&self.types),
            TokenFault::UnsupportedAlgorithm => Some(&self.algorithms),
            TokenFault::UnknownKey => Some(&self.key_ids),
            _ => None,
        }
    }
}

impl Bearer {
    /// Details for the log about the token in `request`, which was refused for `fault`. `None` if there is
    /// nothing to add to the fault.
    pub(crate) fn detail(&self, request: &Parts, fault: TokenFault) -> Option<FaultDetail> {
        if !names_a_claim(fault) {
            return None;
        }
        let token = Authorization::read(&request.headers).credentials(self.auth_scheme)?;
        if token.len() > self.token_limit {
            return None;
        }
        let token = std::str::from_utf8(token).ok()?;
        let mut detail = self.detail_of(token, fault)?;
        // Last, so that a token without a detail does not use up the limit.
        if detail.received.is_some()
            && self
                .unverified
                .of(fault)
                .is_some_and(|throttle| throttle.admit().is_none())
        {
            detail.received = None;
        }
        Some(detail)
    }

    fn detail_of(&self, token: &str, fault: TokenFault) -> Option<FaultDetail> {
        #[cfg(feature = "introspection")]
        if let Some(introspector) = self.introspector_of(token) {
            return introspector.detail(fault);
        }
        let jws = CompactJws::decode(token).ok()?;
        let header = jws.header().ok()?;
        let claims = jws.claims().ok()?;
        match self.issuer_of(&claims) {
            Ok((_, issuer)) => issuer.detail(fault, &header, &claims),
            Err(TokenFault::UntrustedIssuer) if fault == TokenFault::UntrustedIssuer => {
                let trusted = self.issuers.iter().map(JwtVerifier::issuer);
                let received = match claims.get("iss") {
                    Some(Json::String(issuer)) => Some(&**issuer),
                    _ => None,
                };
                let detail = FaultDetail::new("iss").received(received);
                Some(detail.expected(trusted))
            }
            Err(_) => None,
        }
    }
}
