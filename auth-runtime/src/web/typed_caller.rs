//! The caller as a type of the application, loaded once for each request.

use std::any::type_name;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use futures_util::FutureExt;

use super::caller::{optional_caller, refuse, refuse_claims};
use super::check::{CheckError, CheckErrorKind};
use super::extract::require;
use super::observe;
use super::response::AuthRejection;
use crate::identity::Identity;
use crate::policy::{AttributedDenial, Denial};
use crate::token_fault::TokenFault;

/// A caller as a type of the application, for the extractor [`Caller<T>`]. `S` is the state of the router.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be made from an identity with the state `{S}`",
    label = "`Caller<{Self}>` needs `FromIdentity<{S}>`",
    note = "implement `FromIdentity<S>` for it, where `S` is the state of the router; if it does not use the state, write `impl<S: Sync> FromIdentity<S> for {Self}`"
)]
pub trait FromIdentity<S>: Sized {
    /// Makes the caller from the identity, for example from its claims or from a row of a database.
    ///
    /// # Errors
    ///
    /// | error | answer |
    /// |---|---|
    /// | a [claim](Identity::claim) or the [subject](Identity::subject_as) by `?` | 401, as for [`Claims`](crate::Claims) |
    /// | [`CheckError::denied`] | 403 |
    /// | [`CheckError::not_found`] | 404 |
    /// | [`CheckError::unavailable`] | 503 |
    /// | [`CheckError::failed`], any other error by `?`, a panic | 500 |
    fn from_identity(
        identity: Identity,
        state: &S,
    ) -> impl Future<Output = Result<Self, CheckError>> + Send;
}

/// The caller as a type of the application.
///
/// The caller is loaded once for each request, even if middleware, a check and the handler take it. `T` must implement
/// `Clone`, because each of them gets a copy. If middleware
/// changes the credential, it is loaded again.
///
/// `Option<Caller<T>>` is `None` for an anonymous request only. Errors of [`FromIdentity`] are answered in the same way
/// as for `Caller<T>`. On a route with `#[allow_anonymous]`, `Caller<T>` does not compile, because credentials are not
/// checked there.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{
///     Auth, Caller, CheckError, FromIdentity, Identity, Router, require_auth, routing::get,
///     testing::Issuer,
/// };
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[derive(Clone)]
/// struct User {
///     id: u64,
///     tenant: String,
/// }
///
/// impl<S: Sync> FromIdentity<S> for User {
///     async fn from_identity(identity: Identity, _: &S) -> Result<Self, CheckError> {
///         Ok(Self { id: identity.subject_as()?, tenant: identity.claim("tenant")? })
///     }
/// }
///
/// #[require_auth]
/// async fn profile(Caller(user): Caller<User>) -> String {
///     format!("user {} of {}", user.id, user.tenant)
/// }
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = Router::new().route("/", get(profile)).with_auth(auth);
///
/// let good = issuer.token("7").claim("tenant", "acme").sign();
/// let without_tenant = issuer.token("7").sign();
/// let without_number = issuer.token("alice").claim("tenant", "acme").sign();
/// for (token, status) in [(good, 200), (without_tenant, 401), (without_number, 401)] {
///     let value = format!("Bearer {token}");
///     let request = Request::get("/").header("authorization", value).body(Body::empty())?;
///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller<T>(pub T);

impl<S, T> FromRequestParts<S> for Caller<T>
where
    S: Send + Sync + 'static,
    T: FromIdentity<S> + Clone + Send + Sync + 'static,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        let identity = require(parts, EXTRACTOR).await?;
        load(identity, parts, state, EXTRACTOR).await.map(Self)
    }
}

impl<S, T> OptionalFromRequestParts<S> for Caller<T>
where
    S: Send + Sync + 'static,
    T: FromIdentity<S> + Clone + Send + Sync + 'static,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, AuthRejection> {
        let extractor = "Option<Caller>";
        match optional_caller(parts, extractor).await? {
            Some(identity) => {
                let caller = load(identity, parts, state, extractor).await?;
                Ok(Some(Self(caller)))
            }
            None => Ok(None),
        }
    }
}

const EXTRACTOR: &str = "Caller";

/// The caller that was loaded for this request, in its extensions. A nested router may have another state `S`, from which
/// the caller is loaded again.
struct LoadedCaller<T, S> {
    /// What it was loaded for.
    identity: Identity,
    caller: Arc<T>,
    state: PhantomData<fn() -> S>,
}

impl<T, S> Clone for LoadedCaller<T, S> {
    fn clone(&self) -> Self {
        Self {
            identity: self.identity.clone(),
            caller: Arc::clone(&self.caller),
            state: PhantomData,
        }
    }
}

async fn load<T, S>(
    identity: Identity,
    parts: &mut Parts,
    state: &S,
    extractor: &'static str,
) -> Result<T, AuthRejection>
where
    S: 'static,
    T: FromIdentity<S> + Clone + Send + Sync + 'static,
{
    if let Some(loaded) = parts.extensions.get::<LoadedCaller<T, S>>()
        && loaded.identity.is_same(&identity)
    {
        return Ok(T::clone(&loaded.caller));
    }
    let result = AssertUnwindSafe(async { T::from_identity(identity.clone(), state).await })
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(CheckError::failed("`FromIdentity::from_identity` panicked")));
    let caller =
        result.map_err(|error| reject(error, &identity, parts, extractor, type_name::<T>()))?;
    parts.extensions.insert(LoadedCaller::<T, S> {
        identity,
        caller: Arc::new(caller.clone()),
        state: PhantomData,
    });
    Ok(caller)
}

fn reject(
    CheckError(kind): CheckError,
    identity: &Identity,
    parts: &Parts,
    extractor: &'static str,
    caller: &'static str,
) -> AuthRejection {
    let attributed = |denial| AttributedDenial::new(denial, identity.scheme());
    let denial = match kind {
        CheckErrorKind::Denied => Denial::Forbidden,
        CheckErrorKind::NotFound => Denial::NotFound,
        CheckErrorKind::Claims(error) => {
            let denied = attributed(Denial::InvalidToken(TokenFault::MissingClaim));
            return refuse_claims(parts, extractor, denied, identity, error.missing());
        }
        CheckErrorKind::Unavailable {
            retry_after,
            source,
        } => {
            observe::caller_unavailable(caller, source.as_ref());
            Denial::Unavailable { retry_after }
        }
        CheckErrorKind::Failed { source } => {
            observe::caller_failed(caller, source.as_ref());
            Denial::Failed
        }
    };
    refuse(parts, extractor, attributed(denial), Some(identity))
}
