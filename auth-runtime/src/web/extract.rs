//! The extractors for the caller, the claims and the token.

use std::fmt;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::caller::{auth, caller, optional_caller, refuse, refuse_claims, rule};
use super::observe;
use super::response::AuthRejection;
use crate::identity::Identity;
use crate::policy::{AttributedDenial, Denial};
use crate::token_fault::TokenFault;

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = AuthRejection;

    /// Rejects an anonymous request with 401. On a route with `#[allow_anonymous]` it always fails with 500, because
    /// credentials are not checked there.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        require(parts, "Identity").await
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Identity {
    type Rejection = AuthRejection;

    /// Returns `None` for an anonymous request. Rejects an invalid credential with 401, unless denials are
    /// [only reported](crate::AuthBuilder::report_only).
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthRejection> {
        optional_caller(parts, "Option<Identity>").await
    }
}

/// The claims of the credential, deserialized into `T`. See [`Identity::claims`].
///
/// If the claims can't be deserialized into `T`, the request is rejected with 401, as if a required claim were missing.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Claims, Router, require_auth, routing::get, testing::Issuer};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[derive(serde::Deserialize)]
/// struct Tenant {
///     tenant: String,
/// }
///
/// #[require_auth]
/// async fn tenant(Claims(claims): Claims<Tenant>) -> String {
///     claims.tenant
/// }
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = Router::new().route("/", get(tenant)).with_auth(auth);
///
/// let request = |token: &str| {
///     let value = format!("Bearer {token}");
///     Request::get("/").header("authorization", value).body(Body::empty()).unwrap()
/// };
/// let token = issuer.token("alice").claim("tenant", "acme").sign();
/// assert_eq!(app.clone().oneshot(request(&token)).await?.status(), 200);
/// let token = issuer.token("alice").sign();
/// assert_eq!(app.oneshot(request(&token)).await?.status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        let identity = require(parts, "Claims").await?;
        identity.claims().map(Self).map_err(|error| {
            let denied = AttributedDenial::new(
                Denial::InvalidToken(TokenFault::MissingClaim),
                Some(identity.scheme()),
            );
            refuse_claims(parts, "Claims", denied, &identity, error.missing())
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequestParts<S> for Claims<T> {
    type Rejection = AuthRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, AuthRejection> {
        let identity = optional_caller(parts, "Option<Claims>").await?;
        match identity {
            Some(_) => <Self as FromRequestParts<S>>::from_request_parts(parts, state)
                .await
                .map(Some),
            None => Ok(None),
        }
    }
}

/// The verified bearer token, for calls to other services on behalf of the caller. Its issuer is one of
/// [`AuthBuilder::bearer`](crate::AuthBuilder::bearer).
///
/// It does not implement `Display`, its `Debug` output is redacted, and its memory is cleared on drop.
pub struct BearerToken(Zeroizing<String>);

impl BearerToken {
    /// The token. Anyone who has it can act as the caller. Send it only to services that the token is intended for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The token of `identity`. `None` if the caller has another kind of credential.
    fn of(parts: &Parts, identity: &Identity) -> Option<Self> {
        let auth = auth(parts)?;
        let token = auth.bearer_token(identity, parts)?;
        let token = std::str::from_utf8(token).ok()?;
        Some(Self(Zeroizing::new(token.trim().to_owned())))
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BearerToken([redacted])")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for BearerToken {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        let identity = require(parts, "BearerToken").await?;
        Self::of(parts, &identity).ok_or_else(|| {
            let denied = AttributedDenial::new(Denial::MissingCredentials, None);
            refuse(parts, "BearerToken", denied, Some(&identity))
        })
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for BearerToken {
    type Rejection = AuthRejection;

    /// Returns `None` for an anonymous request, and for a caller with another kind of credential. Rejects an invalid
    /// credential with 401, unless denials are [only reported](crate::AuthBuilder::report_only).
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthRejection> {
        let identity = optional_caller(parts, "Option<BearerToken>").await?;
        Ok(identity.and_then(|identity| Self::of(parts, &identity)))
    }
}

/// The caller, or a rejection: 401 without a caller, 500 on a route with `#[allow_anonymous]`.
pub(super) async fn require(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<Identity, AuthRejection> {
    if let Some(identity) = caller(parts, extractor).await? {
        return Ok(identity);
    }
    let denial = match rule(parts) {
        Some(rule) if rule.is_anonymous() => {
            observe::identity_on_anonymous_route(extractor, rule);
            Denial::Failed
        }
        _ => Denial::MissingCredentials,
    };
    let denied = AttributedDenial::new(denial, None);
    Err(refuse(parts, extractor, denied, None))
}
