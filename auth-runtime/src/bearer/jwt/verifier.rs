//! Verifies the tokens of one issuer.

use std::sync::Arc;

use super::logout_rules::{LogoutRules, has_logout_event};
use super::type_rule::TypeRule;
use super::verify_error::VerifyError;
use crate::authenticator::IssuerStatus;
use crate::bearer::claims::{ClaimReader, ClaimRules, Lifetime};
use crate::bearer::identity_map::IdentityMap;
use crate::bearer::parse::{CompactJws, JoseHeader, Members};
use crate::bearer::verified::RevocableIds;
use crate::identity::{IdentityData, Provides};
use crate::keys::{Algorithm, Keys, SignatureError, WantedKey};
use crate::token_fault::TokenFault;

/// The prefix that `typ` can have (RFC 7515 section 4.1.9).
const APPLICATION: &str = "application/";

/// A checked [`Jwt`](super::Jwt), whose keys are parsed or are being fetched.
pub(crate) struct JwtVerifier {
    pub(super) issuer: Arc<str>,
    pub(super) keys: Keys,
    pub(super) typ: TypeRule,
    pub(super) claims: ClaimReader,
    pub(super) map: Option<IdentityMap>,
    pub(super) logout: LogoutRules,
}

impl JwtVerifier {
    pub(super) fn new(
        issuer: String,
        keys: Keys,
        typ: TypeRule,
        claims: ClaimRules,
        map: Option<IdentityMap>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            keys,
            typ,
            claims: ClaimReader::new(claims),
            map,
            logout: LogoutRules::default(),
        }
    }

    pub(super) fn with_logout(self, logout: LogoutRules) -> Self {
        Self { logout, ..self }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn provides(&self) -> Provides {
        // The application can add any data, whatever the issuer may grant.
        if self.map.is_some() {
            return Provides::ALL;
        }
        self.claims.provides()
    }

    pub(in crate::bearer) fn status(&self) -> IssuerStatus {
        let keys = self.keys.status();
        IssuerStatus {
            issuer: self.issuer().to_owned(),
            keys: keys.keys,
            usable: keys.usable,
            age_seconds: keys.age.map(|age| age.as_secs_f64()),
            next_fetch_seconds: keys.next_refresh.map(|next| next.as_secs_f64()),
            last_error: keys.last_error,
        }
    }

    pub(in crate::bearer) fn map(&self) -> Option<&IdentityMap> {
        self.map.as_ref()
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Verifies `alg`, `typ`, the key and the signature, in this order, and returns the generation of the
    /// keys. `iss` has been compared before.
    pub(in crate::bearer) fn verify_signature(
        &self,
        jws: &CompactJws<'_>,
        header: &JoseHeader,
        claims: &Members<'_>,
    ) -> Result<u64, VerifyError<'_, TokenFault>> {
        let algorithm = self.algorithm(header)?;
        self.check_type(header.media_type.as_deref(), claims)?;
        self.check_signature(jws, header.key_id.as_deref(), algorithm)
    }

    /// Reads the times of a token, which must have an expiry. They are not compared with the clock here.
    pub(in crate::bearer) fn lifetime(&self, claims: &Members<'_>) -> Result<Lifetime, TokenFault> {
        let lifetime = self.claims.lifetime(claims)?;
        match lifetime.expiry() {
            Some(_) => Ok(lifetime),
            None => Err(TokenFault::NoExpiry),
        }
    }

    /// Checks audience, claims and binding, in this order. The signature and the times have been checked
    /// before.
    pub(in crate::bearer) fn read<'a>(
        &self,
        claims: &'a Members<'_>,
        lifetime: &Lifetime,
    ) -> Result<(IdentityData, RevocableIds<'a>), TokenFault> {
        self.claims.check_audience(claims)?;
        let data = self.claims.read(&self.issuer, claims, lifetime)?;
        Ok((data, RevocableIds::read(claims)?))
    }

    /// The algorithm of the token, if a key of the issuer can have it.
    pub(super) fn algorithm(&self, header: &JoseHeader) -> Result<Algorithm, TokenFault> {
        header
            .algorithm
            .as_deref()
            .and_then(Algorithm::from_name)
            .filter(|algorithm| self.keys.may_have(*algorithm))
            .ok_or(TokenFault::UnsupportedAlgorithm)
    }

    /// Verifies the signature, and returns the generation of the keys.
    pub(super) fn check_signature<F: From<TokenFault>>(
        &self,
        jws: &CompactJws<'_>,
        key_id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<u64, VerifyError<'_, F>> {
        let needs_keys = || {
            let wanted = key_id.map_or(WantedKey::Signer(&jws.signature), WantedKey::Id);
            VerifyError::NeedsKeys {
                keys: &self.keys,
                first_seen: self.keys.first_seen(wanted),
            }
        };
        let current = self.keys.current().ok_or_else(needs_keys)?;
        let verified = current
            .set
            .verify(key_id, algorithm, jws.signing_input, &jws.signature);
        verified.map_err(|error| match error {
            SignatureError::AlgorithmMismatch => {
                VerifyError::from(TokenFault::UnsupportedAlgorithm)
            }
            SignatureError::UnknownKey if self.keys.may_change() => needs_keys(),
            SignatureError::BadSignature if self.keys.may_change() => {
                if key_id.is_some_and(|id| current.set.knows(id)) {
                    VerifyError::NotSignedByNamedKey { keys: &self.keys }
                } else {
                    // A new key may have signed it, although a known key without a `kid` was tried.
                    needs_keys()
                }
            }
            SignatureError::UnknownKey => TokenFault::UnknownKey.into(),
            SignatureError::BadSignature => TokenFault::InvalidSignature.into(),
        })?;
        Ok(current.key_generation)
    }

    pub(super) fn check_type(
        &self,
        media_type: Option<&str>,
        claims: &Members<'_>,
    ) -> Result<(), TokenFault> {
        let is = |expected: &str, media_type: &str| {
            let media_type = match media_type.split_at_checked(APPLICATION.len()) {
                Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) => rest,
                _ => media_type,
            };
            media_type.eq_ignore_ascii_case(expected)
        };
        let accepted = match (self.typ, media_type) {
            // Without a `typ`, logout tokens of the issuer are told apart by `events` (RFC 8725 section
            // 3.12).
            (TypeRule::Off, _) | (TypeRule::IfPresent, None) => !has_logout_event(claims),
            (TypeRule::Strict | TypeRule::Exactly(_), None) => false,
            (TypeRule::Strict | TypeRule::IfPresent, Some(media_type)) => is("at+jwt", media_type),
            (TypeRule::Exactly(expected), Some(media_type)) => {
                is(expected, media_type) && !has_logout_event(claims)
            }
        };
        if accepted {
            Ok(())
        } else {
            Err(TokenFault::NotAnAccessToken)
        }
    }
}
