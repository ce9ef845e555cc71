//! A token that is not signed yet.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Issuer;
use super::error::TokenError;
use super::response::TokenResponse;
use crate::clock::Timestamp;
use crate::keys::random_octets;
use crate::scope::Scopes;

/// The claims that have a method, or that the issuer sets.
const RESERVED: [&str; 9] = [
    "iss", "aud", "sub", "iat", "exp", "jti", "sid", "scope", "roles",
];

/// An access token (RFC 9068) that is not signed yet: of [`TokenIssuer::token`](crate::TokenIssuer::token).
///
/// It has the claims `iss`, `aud`, `sub`, `iat`, `exp` and `jti`, and the type `at+jwt`. RFC 9068 also requires
/// `client_id`, which is the client of an authorization server: set it as a [claim](Self::claim) if another service
/// asks for it.
#[must_use = "call `sign` to get the token"]
pub struct UnsignedToken<'a> {
    issuer: &'a Issuer,
    subject: String,
    scopes: Scopes,
    /// `None` if the roles are unknown.
    roles: Option<Vec<String>>,
    claims: Map<String, Value>,
    lifetime: Duration,
    media_type: String,
    /// The first error, which `sign` reports.
    error: Option<TokenError>,
}

impl<'a> UnsignedToken<'a> {
    pub(super) fn new(issuer: &'a Issuer, subject: String) -> Self {
        Self {
            error: subject.is_empty().then_some(TokenError::EmptySubject),
            issuer,
            subject,
            scopes: Scopes::none(),
            roles: None,
            claims: Map::new(),
            lifetime: issuer.lifetime,
            media_type: "at+jwt".to_owned(),
        }
    }

    /// Adds scopes, which rules with `scope = ".."` require.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        for scope in scopes {
            let scope = scope.into();
            if !self.scopes.push(&scope) {
                self = self.refused(TokenError::InvalidScope(scope));
            }
        }
        self
    }

    /// Adds roles, which rules with `role = ".."` require. If it is called, also without roles, the token has the
    /// claim `roles`. Otherwise the roles of the caller are unknown, and rules with `not(role = "..")` deny.
    pub fn roles(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let added = roles.into_iter().map(Into::into);
        self.roles.get_or_insert_default().extend(added);
        self
    }

    /// Sets a claim. If the name is that of a claim that the issuer or another method sets, [`sign`](Self::sign)
    /// returns [`TokenError::ReservedClaim`](super::TokenError::ReservedClaim).
    pub fn claim(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        if RESERVED.contains(&name.as_str()) {
            return self.refused(TokenError::ReservedClaim(name));
        }
        match serde_json::to_value(value) {
            Ok(value) => {
                self.claims.insert(name, value);
                self
            }
            Err(error) => self.refused(TokenError::Claim {
                name,
                reason: error.to_string(),
            }),
        }
    }

    /// Sets the session (`sid`), by which the token can be [revoked](crate::revocation::Revoked::session). The caller
    /// has it as [`Identity::session_id`](crate::Identity::session_id).
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.claims.insert("sid".to_owned(), id.into().into());
        self
    }

    /// How long the token is valid, instead of the lifetime that the issuer has. A fraction of a second is ignored.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets the type, the header parameter `typ`, of a token that is not an access token. Such a token is accepted
    /// with [`TypeRule::exactly`](crate::bearer::TypeRule::exactly), and not as an access token.
    pub fn typ(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = media_type.into();
        self
    }

    /// Signs the token with the current key of the issuer.
    ///
    /// # Errors
    ///
    /// The first error of its claims, or the signature failed. The error is the response, 500.
    pub fn sign(self) -> Result<String, TokenError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.media_type.is_empty() {
            return Err(TokenError::EmptyType);
        }
        if self.lifetime < Duration::from_secs(1) {
            return Err(TokenError::LifetimeTooShort(self.lifetime));
        }
        let id = random_octets::<16>().ok_or(TokenError::Signature("no random octets"))?;
        let now = Timestamp::of(self.issuer.clock.now());
        let mut claims = self.claims;
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        set("iss", self.issuer.name.as_str().into());
        match self.issuer.audiences.as_slice() {
            [only] => set("aud", only.as_str().into()),
            several => set("aud", several.into()),
        };
        set("sub", self.subject.into());
        set("iat", now.seconds().into());
        let expiry = now.saturating_add(self.lifetime.as_secs());
        set("exp", expiry.seconds().into());
        set("jti", URL_SAFE_NO_PAD.encode(id).into());
        if self.scopes.iter().next().is_some() {
            set("scope", self.scopes.to_string().into());
        }
        if let Some(roles) = self.roles {
            set("roles", roles.into());
        }
        let payload = Value::Object(claims).to_string();
        self.issuer
            .current()
            .sign(&self.media_type, &payload)
            .map_err(|_| TokenError::Signature("the key can't sign"))
    }

    /// [Signs](Self::sign) the token, and returns the response to a login or a refresh, which contains it.
    ///
    /// # Errors
    ///
    /// The same as of `sign`.
    pub fn token_response(self) -> Result<TokenResponse, TokenError> {
        let (lifetime, scope) = (self.lifetime, self.scopes.to_string());
        Ok(TokenResponse::new(self.sign()?, lifetime, scope))
    }

    fn refused(mut self, error: TokenError) -> Self {
        self.error.get_or_insert(error);
        self
    }
}

/// Shows no claims, which can be personal data.
impl fmt::Debug for UnsignedToken<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UnsignedToken")
            .field("typ", &self.media_type)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}
