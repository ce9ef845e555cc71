//! Extractors: the caller, the claims, the token.

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

    /// Nobody: 401. On a route that lets anybody in unseen: 500, since no caller is ever known
    /// there.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        require(parts, "Identity").await
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Identity {
    type Rejection = AuthRejection;

    /// Nobody: `None`. A bad credential: 401, never `None`, unless the route's guard
    /// [only reports](crate::AuthBuilder::report_only) it.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthRejection> {
        optional_caller(parts, "Option<Identity>").await
    }
}

/// The claims of the credential as a type of yours; see [`Identity::claims`].
///
/// A credential whose claims do not have the shape of `T` is answered like one that lacks a
/// required claim: 401.
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

/// The verified token itself, for calls to other services on behalf of the caller: of an issuer that
/// [`AuthBuilder::bearer`](crate::AuthBuilder::bearer) names.
///
/// It has no `Display`, its `Debug` is redacted, and its memory is cleared when it goes.
pub struct BearerToken(Zeroizing<String>);

impl BearerToken {
    /// The token. Whoever has it is the caller: send it nowhere but to a service that the token is
    /// meant for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The token that the caller was authenticated by, if it was one.
    /// The token that `identity` was authenticated by. `None` for another kind of credential.
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

    /// Nobody, or somebody with another kind of credential: `None`. A bad token: 401, never `None`,
    /// unless the route's guard [only reports](crate::AuthBuilder::report_only) it.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthRejection> {
        let identity = optional_caller(parts, "Option<BearerToken>").await?;
        Ok(identity.and_then(|identity| Self::of(parts, &identity)))
    }
}

/// Somebody, or a refusal: 500 where nobody is ever seen.
async fn require(parts: &mut Parts, extractor: &'static str) -> Result<Identity, AuthRejection> {
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
