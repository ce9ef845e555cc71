//! Bearer tokens (RFC 6750): JWTs and opaque tokens, with their issuers, claims and cache.

mod cache;
mod claims;
mod detail;
mod identity_map;
#[cfg(feature = "introspection")]
mod introspection;
mod issuer_fault;
mod jwt;
mod known_headers;
mod logout;
mod long_lived;
mod parse;
#[cfg(test)]
mod tests;
mod token_map;
mod verified;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::FutureExt;
use futures_util::future::join_all;
use http::request::Parts;

pub use cache::TokenCache;
pub use claims::ClaimSource;
#[cfg(feature = "introspection")]
pub use introspection::Introspection;
#[cfg(feature = "introspection")]
pub(crate) use introspection::Introspector;
pub use issuer_fault::IssuerFault;
pub(crate) use jwt::JwtVerifier;
pub use jwt::{Jwt, TypeRule};
use token_map::{HashedToken, TokenHasher, TokenKey};

use crate::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, AuthenticatorStatus, Challenge,
    CredentialCache, CredentialRequest, FaultDetail,
};
use crate::bearer::identity_map::IdentityMap;
use crate::bearer::jwt::{VerifyError, verify_with_new_keys};
#[cfg(feature = "introspection")]
use crate::bearer::parse::looks_like_jwt;
use crate::bearer::parse::{CompactJws, Json, Members};
use crate::bearer::verified::{Verified, VerifiedBy};
use crate::clock::Timestamp;
use crate::credential::Source;
use crate::identity::{Identity, Provides};
use crate::keys::KeysUnavailable;
use crate::scheme::Scheme;
use crate::token_fault::TokenFault;

use self::cache::{KnownTokens, RefusedToken, RefusedTokens};
use self::detail::UnverifiedValues;
use self::known_headers::KnownHeaders;
use self::long_lived::LongLivedTokenWarning;

/// The issuers whose bearer tokens are accepted.
pub(crate) struct Bearer {
    issuers: Vec<JwtVerifier>,
    #[cfg(feature = "introspection")]
    introspector: Option<Introspector>,
    /// The scheme in `Authorization` and in the challenge.
    auth_scheme: Scheme,
    token_limit: usize,
    headers: KnownHeaders,
    hasher: TokenHasher,
    known: KnownTokens,
    refused: RefusedTokens,
    /// Whether tokens are revoked by their `jti`.
    needs_token_ids: bool,
    unverified: UnverifiedValues,
    long_lived: LongLivedTokenWarning,
}

impl Bearer {
    pub(crate) fn new(
        issuers: Vec<JwtVerifier>,
        token_limit: usize,
        cache: TokenCache,
        needs_token_ids: bool,
    ) -> Self {
        Self {
            long_lived: LongLivedTokenWarning::new(issuers.len()),
            issuers,
            #[cfg(feature = "introspection")]
            introspector: None,
            auth_scheme: Scheme::BEARER,
            token_limit,
            headers: KnownHeaders::default(),
            hasher: TokenHasher::default(),
            known: KnownTokens::new(cache),
            refused: RefusedTokens::new(cache),
            needs_token_ids,
            unverified: UnverifiedValues::default(),
        }
    }

    /// Sets the scheme that tokens are sent with.
    pub(crate) fn with_auth_scheme(self, auth_scheme: Scheme) -> Self {
        Self {
            auth_scheme,
            ..self
        }
    }

    /// Tokens that are not JWTs are introspected.
    #[cfg(feature = "introspection")]
    pub(crate) fn with_introspector(self, introspector: Option<Introspector>) -> Self {
        Self {
            introspector,
            ..self
        }
    }

    /// The result for a cached token. `None` if the token has to be verified.
    fn recall(
        &self,
        token: HashedToken<'_>,
        time: SystemTime,
    ) -> Option<Result<Identity, AuthenticationError>> {
        let Some(known) = self.known.get(token) else {
            let fault = self.recall_refused(token, time)?;
            return Some(Err(fault.into()));
        };
        if !self.still_holds(&known, Timestamp::of(time)) {
            // An introspected token stays until it is introspected again. The stale entry does not let
            // a request in, but it shows that the token was valid before and is not a guess.
            if !known.by.can_be_renewed() {
                self.known.remove(token);
            }
            return None;
        }
        Some(Ok(known.identity.clone()))
    }

    /// The fault of a token that was refused before. `None` if the token has to be verified.
    fn recall_refused(&self, token: HashedToken<'_>, time: SystemTime) -> Option<TokenFault> {
        let refused = self.refused.get(token)?;
        let fault = self
            .keys_are_current(refused.issuer, refused.key_generation)
            .then(|| refused.fault(Timestamp::of(time)))
            .flatten();
        if fault.is_none() {
            self.refused.remove(token);
        }
        fault
    }

    /// Whether verifying the token again would have the same result.
    fn still_holds(&self, verified: &Verified, now: Timestamp) -> bool {
        let is_current = match verified.by {
            VerifiedBy::Signed {
                issuer,
                key_generation,
            } => self.keys_are_current(issuer, key_generation),
            #[cfg(feature = "introspection")]
            VerifiedBy::Introspected { until } => verified.is_fresh(until, now),
        };
        is_current && verified.check_times(now).is_ok()
    }

    /// Whether the issuer with this index still has every key of this generation.
    fn keys_are_current(&self, issuer: usize, key_generation: u64) -> bool {
        self.issuers
            .get(issuer)
            .is_some_and(|issuer| issuer.keys().is_current(key_generation))
    }

    /// The issuer in the claims, and its index.
    ///
    /// `iss` is not verified yet. It only selects the keys and the rules: a token with a false `iss` is
    /// verified with keys that did not sign it, and is refused.
    fn issuer_of(&self, claims: &Members<'_>) -> Result<(usize, &JwtVerifier), TokenFault> {
        let name = match claims.get("iss") {
            None | Some(Json::Null) => return Err(TokenFault::UntrustedIssuer),
            Some(Json::String(issuer)) => issuer,
            Some(_) => return Err(TokenFault::Malformed),
        };
        self.issuers
            .iter()
            .enumerate()
            .find(|(_, candidate)| candidate.issuer() == name)
            .ok_or(TokenFault::UntrustedIssuer)
    }

    /// Checks the form of a token, then its issuer, then what [`JwtVerifier`] checks. The first fault in this
    /// order is reported. Cheap checks come first, and claims are used only after the signature was verified.
    fn verify(
        &self,
        token: HashedToken<'_>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError<'_, TokenFault>> {
        let text = str::from_utf8(token.bytes()).map_err(|_| TokenFault::Malformed)?;
        let jws = CompactJws::decode(text).map_err(|_| TokenFault::Malformed)?;
        let header = self.headers.read(jws.header_text);
        let header = header.map_err(|_| TokenFault::Malformed)?;
        let claims = jws.claims().map_err(|_| TokenFault::Malformed)?;
        let (index, issuer) = self.issuer_of(&claims)?;
        let key_generation = issuer.verify_signature(&jws, &header, &claims)?;
        self.headers.keep(jws.header_text, header);
        let lifetime = issuer.lifetime(&claims)?;
        let accepted = lifetime
            .check(now)
            .and_then(|()| issuer.read(&claims, &lifetime));
        let (mut data, ids) = accepted.inspect_err(|fault| {
            let refused = RefusedToken {
                lifetime,
                fault: *fault,
                issuer: index,
                key_generation,
            };
            self.refused.insert(token, refused);
        })?;
        data.revocable = ids.to_revocable(lifetime.issued_at(), self.needs_token_ids);
        Ok(Verified {
            identity: Identity::new(data, jws.into_payload()),
            lifetime,
            by: VerifiedBy::Signed {
                issuer: index,
                key_generation,
            },
        })
    }

    /// The identity of the token's owner. Verifies the token with the current keys.
    #[cfg(feature = "testing")]
    pub(crate) fn identity_of(&self, token: &str, now: Timestamp) -> Result<Identity, TokenFault> {
        match self.verify(self.hasher.hash(token.as_bytes()), now) {
            Ok(verified) => Ok(verified.identity),
            Err(VerifyError::Faulty(fault)) => Err(fault),
            Err(VerifyError::NeedsKeys { .. }) => Err(TokenFault::UnknownKey),
            Err(VerifyError::NotSignedByNamedKey { .. }) => Err(TokenFault::InvalidSignature),
        }
    }

    /// Removes a revoked token from the cache. It is not introspected again.
    fn forget_revoked(&self, token: HashedToken<'_>) {
        self.known.remove(token);
        #[cfg(feature = "introspection")]
        if let Ok(text) = str::from_utf8(token.bytes())
            && let Some(introspector) = self.introspector_of(text)
        {
            introspector.refuse(text, TokenFault::Revoked);
        }
    }

    fn map_of(&self, by: VerifiedBy) -> Option<&IdentityMap> {
        match by {
            VerifiedBy::Signed { issuer, .. } => self.issuers.get(issuer)?.map(),
            #[cfg(feature = "introspection")]
            VerifiedBy::Introspected { .. } => self.introspector.as_ref()?.map(),
        }
    }

    /// Completes the verification of a token: asks whether it was revoked, maps the identity, and caches the token.
    fn admit<'a>(
        &'a self,
        token: HashedToken<'a>,
        verified: Verified,
        request: CredentialRequest<'a>,
    ) -> AuthenticationOutcome<'a> {
        // Before the application is asked and before the token is cached, so that a revoked one can't evict others.
        if let Err(error) = request.check_revocation(&verified.identity) {
            return Err(error).into();
        }
        if let Some(retention) = request.revocation_retention() {
            let now = || Timestamp::of(request.now());
            self.long_lived.check(&verified, retention, now);
        }
        match self.map_of(verified.by) {
            None => Ok(self.remember(token, verified, &request)).into(),
            Some(map) => AuthenticationOutcome::pending(async move {
                let identity = map.apply(token.bytes(), &verified.identity).await?;
                let mapped = Verified {
                    identity,
                    ..verified
                };
                // Mapping may have taken long.
                self.check_again(token, &mapped, Timestamp::of(request.now()))?;
                request.check_revocation(&mapped.identity)?;
                Ok(self.remember(token, mapped, &request))
            }),
        }
    }

    /// Whether a token that was verified a while ago is still valid.
    fn check_again(
        &self,
        token: HashedToken<'_>,
        verified: &Verified,
        now: Timestamp,
    ) -> Result<(), AuthenticationError> {
        verified.check_times(now)?;
        if verified.by.can_be_renewed() || self.still_holds(verified, now) {
            return Ok(());
        }
        self.verify(token, now)
            .map(drop)
            .map_err(VerifyError::without_new_keys)
    }

    /// The introspector, if this token is to be introspected.
    #[cfg(feature = "introspection")]
    fn introspector_of(&self, token: &str) -> Option<&Introspector> {
        let introspector = self.introspector.as_ref()?;
        (self.issuers.is_empty() || !looks_like_jwt(token)).then_some(introspector)
    }

    #[cfg(feature = "introspection")]
    fn introspect<'a>(
        &'a self,
        introspector: &'a Introspector,
        text: &'a str,
        token: HashedToken<'a>,
        request: CredentialRequest<'a>,
    ) -> AuthenticationOutcome<'a> {
        if let Some(refusal) = introspector.refuses(text) {
            return Err(refusal.into()).into();
        }
        let stale = self.known.even_stale(token);
        if let Some(stale) = &stale
            && let Err(error) = request.check_revocation(&stale.identity)
        {
            if error.is_revocation() {
                self.forget_revoked(token);
            }
            return Err(error).into();
        }
        let known = stale.is_some();
        AuthenticationOutcome::pending(async move {
            // Held until the token is cached.
            let flight = introspector.introspect(text, known, &request).await?;
            let result = match flight.result().await {
                Ok(verified) => {
                    // The server may have taken long.
                    let admitted = match verified.check_times(Timestamp::of(request.now())) {
                        Ok(()) => {
                            let admission = self.admit(token, verified, request);
                            admission.settle().await
                        }
                        Err(fault) => Err(fault.into()),
                    };
                    if let Err(AuthenticationError::Token(fault)) = admitted {
                        introspector.refuse(text, fault);
                    }
                    admitted
                }
                Err(error) => Err(error),
            };
            if let Err(AuthenticationError::Token(_)) = result {
                self.known.remove(token);
            }
            result
        })
    }

    /// Caches a token with the scopes that its scopes imply, so that they are not computed for every
    /// request.
    fn remember(
        &self,
        token: HashedToken<'_>,
        mut verified: Verified,
        request: &CredentialRequest<'_>,
    ) -> Identity {
        verified.identity.add_implied_scopes(request.vocabulary);
        let identity = verified.identity.clone();
        self.known.insert(token, verified);
        identity
    }
}

impl From<KeysUnavailable> for AuthenticationError {
    fn from(unavailable: KeysUnavailable) -> Self {
        Self::Unavailable {
            retry_after: unavailable.retry_after,
            source: unavailable.source,
        }
    }
}

impl CredentialCache for Bearer {
    fn remove_revoked(&self, request: &CredentialRequest<'_>) {
        if let Some(token) = request.authorization(self.auth_scheme) {
            self.forget_revoked(self.hasher.hash(token));
        }
    }
}

/// Shared, because logout tokens are not presented as credentials.
impl Authenticator for Arc<Bearer> {
    fn scheme(&self) -> Scheme {
        Scheme::BEARER
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::authorization()]
    }

    fn provides(&self) -> Provides {
        let issuers = self.issuers.iter().map(JwtVerifier::provides);
        #[cfg(feature = "introspection")]
        let issuers = issuers.chain(self.introspector.iter().map(Introspector::provides));
        issuers.fold(Provides::NONE, Provides::or)
    }

    fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let Some(token) = request.authorization(self.auth_scheme) else {
            return AuthenticationOutcome::Absent;
        };
        if token.len() > self.token_limit {
            return Err(TokenFault::TooLong.into()).into();
        }
        let token = self.hasher.hash(token);
        let time = request.now();
        if let Some(result) = self.recall(token, time) {
            return result.into();
        }
        #[cfg(feature = "introspection")]
        if let Ok(text) = str::from_utf8(token.bytes())
            && let Some(introspector) = self.introspector_of(text)
        {
            return self.introspect(introspector, text, token, request);
        }
        match self.verify(token, Timestamp::of(time)) {
            Ok(verified) => self.admit(token, verified, request),
            Err(VerifyError::Faulty(fault)) => Err(fault.into()).into(),
            Err(error) => AuthenticationOutcome::pending(async move {
                let verify = || self.verify(token, Timestamp::of(request.now()));
                let verified =
                    verify_with_new_keys::<_, _, AuthenticationError>(error, verify).await?;
                self.admit(token, verified, request).settle().await
            }),
        }
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        Challenge::new(self.auth_scheme).oauth()
    }

    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let issuers = self.issuers.iter().map(|issuer| issuer.keys().ready());
        Box::pin(join_all(issuers).map(drop))
    }

    fn is_ready(&self) -> bool {
        self.issuers.iter().all(|issuer| issuer.keys().is_ready())
    }

    fn status(&self) -> AuthenticatorStatus {
        #[cfg(feature = "introspection")]
        let introspection = self.introspector.as_ref().map(Introspector::status);
        #[cfg(not(feature = "introspection"))]
        let introspection = None;
        AuthenticatorStatus {
            issuers: self.issuers.iter().map(JwtVerifier::status).collect(),
            token_cache: self.known.status(),
            introspection,
            last_error: None,
        }
    }

    fn fault_detail(&self, request: &Parts, fault: TokenFault) -> Option<FaultDetail> {
        self.detail(request, fault)
    }
}
