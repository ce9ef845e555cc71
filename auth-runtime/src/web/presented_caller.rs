//! The extractor for middleware that needs to know the caller and does not refuse the request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::caller::presented_caller;
use super::response::AuthRejection;
use crate::identity::Identity;
use crate::policy::Denial;

/// The caller of a request, for middleware that does not refuse requests itself: for logs, limits or the
/// choice of a tenant.
///
/// A bad credential is not refused here. The guard of the route decides: `#[allow_anonymous]` routes stay open
/// to a client with an expired token. `Option<Identity>` as an argument of middleware would answer such a
/// request with 401, on these routes as well.
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
/// # Effect on guards
///
/// One request has one caller. If this extractor found [`Anonymous`](Self::Anonymous) or
/// [`Refused`](Self::Refused), an inner guard accepts no other credential of the same request. For example,
/// if a request has an expired token *and* a good API key, the token comes first and is refused. A route with
/// `scheme = "api_key"` then answers with that denial, 401. Otherwise a caller whom the middleware bans could
/// get past it by adding a bad token. This is also true if middleware removes the refused credential
/// afterwards: another credential that was in the request when this extractor ran is not accepted. One that
/// middleware adds later is.
///
/// Extract it from the request that is passed on. A guard does not know what was extracted from a copy of the
/// request's parts, nor what was extracted before the extensions of the request were replaced by a copy.
///
/// In the handler of a route with `#[allow_anonymous]`, credentials are not looked at: the result is always
/// `Anonymous`.
///
/// # Errors
///
/// Answers 500 if there is no [`Auth`](crate::Auth) in the request. This is a mistake in the application. The
/// log says what is missing.
#[derive(Clone, Debug)]
pub enum PresentedCaller {
    /// The request has no credential.
    Anonymous,
    /// The credential is valid.
    Identified(Identity),
    /// The credential is not valid, or it is not known whether it is valid: an authenticator is unavailable
    /// ([`Denial::Unavailable`]) or failed ([`Denial::Failed`]), there were too many failed attempts
    /// ([`Denial::TooManyAttempts`]), or there are several credentials of one kind
    /// ([`Denial::MultipleCredentials`]). A route with `#[optional_auth]` would answer with the same denial, so
    /// it may be shown to the client: if [`verbose_errors`](crate::AuthBuilder::verbose_errors) is off, it
    /// does not say what is wrong with a token.
    Refused(Denial),
}

impl PresentedCaller {
    /// The caller, if the credential is valid.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Identified(identity) => Some(identity),
            Self::Anonymous | Self::Refused(_) => None,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PresentedCaller {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        Ok(match presented_caller(parts, "PresentedCaller").await? {
            Ok(None) => Self::Anonymous,
            Ok(Some(identity)) => Self::Identified(identity),
            Err(denial) => Self::Refused(denial),
        })
    }
}
