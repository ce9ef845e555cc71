//! Which claim or header parameter of a refused token is wrong, for the log.

use super::verifier::JwtVerifier;
use crate::authenticator::FaultDetail;
use crate::bearer::parse::{JoseHeader, Members};
use crate::keys::Algorithm;
use crate::token_fault::TokenFault;

impl JwtVerifier {
    /// Details for the log about a token that was refused for `fault`. `None` if the token does not have the
    /// fault: the application may have refused a valid token.
    pub(in crate::bearer) fn detail(
        &self,
        fault: TokenFault,
        header: &JoseHeader,
        claims: &Members<'_>,
    ) -> Option<FaultDetail> {
        match fault {
            TokenFault::UnsupportedAlgorithm => {
                let detail = FaultDetail::new("alg").received(header.algorithm.as_deref());
                if self.algorithm(header).is_ok() {
                    // The algorithm is configured, but not for this key.
                    return Some(detail);
                }
                let accepted = Algorithm::ALL.iter().copied();
                let accepted = accepted.filter(|algorithm| self.keys.may_have(*algorithm));
                Some(detail.expected(accepted.map(Algorithm::name)))
            }
            TokenFault::NotAnAccessToken => {
                self.check_type(header.media_type.as_deref(), claims)
                    .err()?;
                let received = header.media_type.as_deref();
                Some(match self.typ.expected() {
                    Some(expected) => FaultDetail::new("typ")
                        .received(received)
                        .expected([expected]),
                    // The token has the event of a logout token.
                    None => FaultDetail::new("events"),
                })
            }
            TokenFault::UnknownKey => {
                Some(FaultDetail::new("kid").received(header.key_id.as_deref()))
            }
            TokenFault::NoExpiry => Some(FaultDetail::new("exp")),
            // These faults are found after the signature was verified.
            TokenFault::WrongAudience | TokenFault::MissingClaim => {
                self.claims.detail(fault, claims)
            }
            _ => None,
        }
    }
}
