//! The guard of a handler. It is the first argument, so it runs before the other extractors.

use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::enforcement::EnforcedBy;
use super::response::AuthRejection;
use super::run_checks::RunChecks;
use crate::policy::Policy;

/// An extractor that enforces the policy `P`. If denials are [only reported](crate::AuthBuilder::report_only), it
/// reports them.
///
/// The attributes add a guard as the first argument of a handler. A closure or a function can also take it
/// explicitly:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Guard, Router, policy, routing::get, testing::Issuer};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[policy(any(scope = "refunds", role = "support"))]
/// struct CanRefund;
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = Router::new()
///     .route("/", get(|_: Guard<CanRefund>| async { "refunded" }))
///     .with_auth(auth);
///
/// let request = |token: &str| {
///     let value = format!("Bearer {token}");
///     Request::get("/").header("authorization", value).body(Body::empty()).unwrap()
/// };
/// let support = issuer.token("alice").role("support").sign();
/// assert_eq!(app.clone().oneshot(request(&support)).await?.status(), 200);
/// let other = issuer.token("eve").sign();
/// assert_eq!(app.oneshot(request(&other)).await?.status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// If you call a function with an attribute yourself, the compiler reports that an argument of type `Guard<..>` is
/// missing (error E0061). In a unit test, pass [`granted()`](crate::testing::granted). Elsewhere, move the body into a
/// function without an attribute and call that. The guide
/// [shows both](crate::guide::testing#call-the-code-of-a-handler-directly).
///
/// A function that is generic over the policy needs the bound
/// [`P: PolicyWithoutChecks`](crate::PolicyWithoutChecks):
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Guard, PolicyWithoutChecks, Router, policy, routing::get, testing::Issuer};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// /// A route for callers that satisfy `P`.
/// fn status_page<P: PolicyWithoutChecks + 'static>() -> Router {
///     Router::new().route("/status", get(|_: Guard<P>| async { "up" }))
/// }
///
/// #[policy(role = "operator")]
/// struct Operators;
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = status_page::<Operators>().with_auth(auth);
///
/// for (role, status) in [("operator", 200), ("guest", 403)] {
///     let value = format!("Bearer {}", issuer.token("alice").role(role).sign());
///     let request = Request::get("/status").header("authorization", value).body(Body::empty())?;
///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[must_use = "a guard proves that its policy was enforced"]
pub struct Guard<P: Policy>(PhantomData<fn() -> P>);

#[cfg(feature = "testing")]
impl<P: Policy> Guard<P> {
    /// For [`granted`](crate::testing::granted).
    pub(crate) fn granted() -> Self {
        Self(PhantomData)
    }
}

impl<P: Policy> fmt::Debug for Guard<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Guard")
    }
}

impl<S, P> FromRequestParts<S> for Guard<P>
where
    S: Send + Sync,
    P: Policy<Checks: RunChecks<S>>,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        P::Checks::enforce(P::RULE, EnforcedBy::Guard, parts, state).await?;
        Ok(Self(PhantomData))
    }
}
