//! Verification of one issuer's tokens, in the order that decides which fault is reported.

use std::sync::Arc;

use super::claims;
use super::configuration::{Grants, Jwt, TypeRule};
use super::source::{ClaimSource, ClaimSources, SingleString, Texts};
use crate::authenticator::TokenFault;
use crate::clock::Timestamp;
use crate::credential::{CompactJws, JoseHeader, Json, Members};
use crate::identity::{Facts, Held, IdentityId, Supplies};
use crate::keys::{Algorithm, KeyRejection, KeySet};
use crate::scheme::Scheme;
use crate::scope::Scopes;

/// A [`Jwt`] that was checked: its keys are parsed, its faults are gone.
pub(crate) struct JwtVerifier {
    issuer: Arc<str>,
    audiences: Vec<String>,
    keys: KeySet,
    leeway: u64,
    typ: TypeRule,
    subject_claim: ClaimSource,
    required_claims: Vec<ClaimSource>,
    scopes: ClaimSources,
    roles: ClaimSources,
    grants: Option<Grants>,
}

impl JwtVerifier {
    pub(super) fn new(jwt: Jwt, keys: KeySet) -> Self {
        Self {
            issuer: jwt.issuer.into(),
            audiences: jwt.audiences,
            keys,
            leeway: jwt.leeway.as_secs(),
            typ: jwt.typ,
            subject_claim: jwt.subject_claim,
            required_claims: jwt.required_claims,
            scopes: jwt.scopes.map_or_else(
                || ClaimSources::one_of(["scope", "scp"]),
                ClaimSources::configured,
            ),
            roles: jwt
                .roles
                .map_or_else(|| ClaimSources::one_of(["roles"]), ClaimSources::configured),
            grants: jwt.grants,
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What its tokens can give: there is always a claim that scopes and roles are read from, but
    /// perhaps none that is granted.
    pub(crate) fn supplies(&self) -> Supplies {
        self.grants
            .as_ref()
            .map_or(Supplies::EVERYTHING, Grants::supplies)
    }

    /// The caller has compared `iss`. From here: `alg`, `typ`, the key, the signature, times,
    /// audience, claims, binding: cheap before expensive, and nothing is believed unverified.
    pub(crate) fn verify(
        &self,
        jws: &CompactJws<'_>,
        header: &JoseHeader<'_>,
        claims: &Members<'_>,
        now: Timestamp,
    ) -> Result<Facts, TokenFault> {
        let algorithm = header
            .algorithm
            .as_deref()
            .and_then(Algorithm::from_name)
            .filter(|algorithm| self.keys.contains(*algorithm))
            .ok_or(TokenFault::UnsupportedAlgorithm)?;
        self.check_type(header.media_type.as_deref())?;
        self.keys
            .verify(
                header.key_id.as_deref(),
                algorithm,
                jws.signing_input,
                &jws.signature,
            )
            .map_err(|rejection| match rejection {
                KeyRejection::AlgorithmMismatch => TokenFault::UnsupportedAlgorithm,
                KeyRejection::UnknownKey => TokenFault::UnknownKey,
                KeyRejection::BadSignature => TokenFault::InvalidSignature,
            })?;

        let expiry = claims::check_times(claims, now, self.leeway)?;
        claims::check_audience(claims, &self.audiences)?;
        let subject =
            claims::text(self.subject_claim.find(claims))?.ok_or(TokenFault::MissingClaim)?;
        let is_missing =
            |claim: &ClaimSource| matches!(claim.find(claims), None | Some(Json::Null));
        if self.required_claims.iter().any(is_missing) {
            return Err(TokenFault::MissingClaim);
        }
        let facts = Facts {
            id: IdentityId::new(Arc::clone(&self.issuer), subject),
            scheme: Scheme::BEARER,
            by_bearer_token: true,
            scopes: self.scopes(claims)?,
            roles: self.roles(claims)?,
            acr: claims::text(claims.get("acr"))?.map(Into::into),
            authentication_time: claims::numeric_date(claims, "auth_time", f64::floor)?,
            leeway: self.leeway,
            expiry: Some(expiry),
        };
        claims::check_unbound(claims)?;
        Ok(facts)
    }

    fn check_type(&self, media_type: Option<&str>) -> Result<(), TokenFault> {
        let accepted = match (self.typ, media_type) {
            (TypeRule::Off, _) | (TypeRule::IfPresent, None) => true,
            (TypeRule::Strict, None) => false,
            (TypeRule::Strict | TypeRule::IfPresent, Some(media_type)) => {
                media_type.eq_ignore_ascii_case("at+jwt")
                    || media_type.eq_ignore_ascii_case("application/at+jwt")
            }
        };
        if accepted {
            Ok(())
        } else {
            Err(TokenFault::NotAnAccessToken)
        }
    }

    fn scopes(&self, claims: &Members<'_>) -> Result<Held<Scopes>, TokenFault> {
        let Texts { found, complete } = self.scopes.texts(claims, SingleString::IsList)?;
        let mut held = Held {
            granted: Scopes::NONE,
            withheld: Scopes::NONE,
            complete,
        };
        for scope in found.into_iter().filter(|scope| !scope.is_empty()) {
            let within = self
                .grants
                .as_ref()
                .is_none_or(|grants| grants.has_scope(scope));
            let side = if within {
                &mut held.granted
            } else {
                &mut held.withheld
            };
            held.complete &= side.push(scope);
        }
        Ok(held)
    }

    fn roles(&self, claims: &Members<'_>) -> Result<Held<Vec<Box<str>>>, TokenFault> {
        let Texts { found, complete } = self.roles.texts(claims, SingleString::IsOne)?;
        let within = |role: &&str| {
            self.grants
                .as_ref()
                .is_none_or(|grants| grants.has_role(role))
        };
        let (granted, withheld): (Vec<_>, Vec<_>) = found.into_iter().partition(within);
        Ok(Held {
            granted: granted.into_iter().map(Into::into).collect(),
            withheld: withheld.into_iter().map(Into::into).collect(),
            complete,
        })
    }
}
