//! The extractor for middleware that wants to know the caller and refuses nobody.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::caller::presented_caller;
use super::response::Refusal;
use crate::identity::Identity;
use crate::policy::Denial;

/// Who presents a credential in a request, for middleware that only wants to know: for logs, limits or
/// the choice of a tenant.
///
/// It does not refuse the request, whatever the credential is worth. That is left to the guard of the
/// route: `#[allow_anonymous]` routes stay open to a client with an expired token. `Option<Identity>` as
/// an argument of middleware refuses such a request with 401, on these routes as well.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{
///     Auth, PresentedCaller, Router, allow_anonymous, require_auth, routing::get, testing::Issuer,
/// };
/// use axum::extract::Request;
/// use axum::middleware::{Next, from_fn};
/// use axum::{body::Body, http, response::Response};
/// use tower::ServiceExt;
///
/// async fn log(caller: PresentedCaller, request: Request, next: Next) -> Response {
///     match &caller {
///         PresentedCaller::Anonymous => println!("{}: anonymous", request.uri()),
///         PresentedCaller::Identified(caller) => println!("{}: {}", request.uri(), caller.subject()),
///         PresentedCaller::Refused(denial) => println!("{}: {denial:?}", request.uri()),
///     }
///     next.run(request).await
/// }
///
/// #[allow_anonymous(reason = "health probe")]
/// async fn health() {}
///
/// #[require_auth]
/// async fn orders() {}
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = Router::new()
///     .route("/health", get(health))
///     .route("/orders", get(orders))
///     .layer(from_fn(log))
///     .with_auth(auth);
///
/// let good = issuer.token("alice").sign();
/// let expired = issuer.token("alice").claim("exp", 1).sign();
/// for (path, token, status) in [
///     ("/health", &expired, 200),
///     ("/orders", &expired, 401),
///     ("/orders", &good, 200),
/// ] {
///     let value = format!("Bearer {token}");
///     let request = http::Request::get(path).header("authorization", value).body(Body::empty())?;
///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # What a guard does with it
///
/// One request has one caller. If this extractor has found [`Anonymous`](Self::Anonymous) or
/// [`Refused`](Self::Refused), a guard further in does not let in a caller by another credential of the
/// same request. With an expired token *and* a good API key, the token comes first and is refused;
/// a route with `scheme = "api_key"` then answers with that denial, 401. Otherwise a caller that the
/// middleware would have turned away by name could get past it with a bad token. That holds as well if
/// middleware removes the refused credential afterwards: a credential that was in the request when this
/// extractor ran lets nobody else in. One that middleware adds later decides.
///
/// Extract it from the request that goes on. A guard does not know what was extracted from a copy of its
/// parts.
///
/// In the handler of a route with `#[allow_anonymous]` credentials are not looked at, and it is always
/// `Anonymous`.
///
/// # Errors
///
/// Without an [`Auth`](crate::Auth) in the request, 500: that is a mistake in the application, not
/// something about the caller. The log says what is missing.
#[derive(Clone, Debug)]
pub enum PresentedCaller {
    /// The request has no credential.
    Anonymous,
    /// The credential is good.
    Identified(Identity),
    /// The credential is not good, or it is not known whether it is: an authenticator is down
    /// ([`Denial::Unavailable`]) or failed ([`Denial::Failed`]), there were too many failed attempts
    /// ([`Denial::TooManyAttempts`]), or there are several credentials of one kind
    /// ([`Denial::MultipleCredentials`]). It is what a route with `#[optional_auth]` would answer with, so
    /// it can be shown: without [`verbose_errors`](crate::AuthBuilder::verbose_errors) it does not say
    /// what is wrong with a token.
    Refused(Denial),
}

impl PresentedCaller {
    /// The caller, if there is one with a good credential.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Identified(identity) => Some(identity),
            Self::Anonymous | Self::Refused(_) => None,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PresentedCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Ok(match presented_caller(parts, "PresentedCaller").await? {
            Ok(None) => Self::Anonymous,
            Ok(Some(identity)) => Self::Identified(identity),
            Err(denial) => Self::Refused(denial),
        })
    }
}
