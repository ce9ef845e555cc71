//! An issuer that creates real tokens for tests (feature `testing`).
//!
//! Test handlers by sending requests with tokens, so that their guards are tested too. Nothing in this module bypasses
//! verification: the tokens are accepted because the `Auth` under test trusts their issuer.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use auth_runtime::{Auth, Router, require_auth, routing::get, testing::Issuer};
//! use axum::{body::Body, http::Request};
//! use tower::ServiceExt;
//!
//! #[require_auth(scope = "orders:read")]
//! async fn list_orders() -> &'static str {
//!     "orders"
//! }
//!
//! let issuer = Issuer::new("https://issuer.example", "https://api.example");
//! let auth = Auth::builder().bearer(issuer.jwt()).build()?;
//! let app = Router::new().route("/orders", get(list_orders)).with_auth(auth);
//!
//! let request = |token: &str| {
//!     let value = format!("Bearer {token}");
//!     Request::get("/orders").header("authorization", value).body(Body::empty()).unwrap()
//! };
//! let reader = issuer.token("alice").scope("orders:read").sign();
//! assert_eq!(app.clone().oneshot(request(&reader)).await?.status(), 200);
//! let writer = issuer.token("alice").scope("orders:write").sign();
//! assert_eq!(app.oneshot(request(&writer)).await?.status(), 403);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod issuer;
mod token;

pub use issuer::Issuer;
pub use token::Token;

use crate::policy::Policy;
use crate::web::Guard;

/// The guard argument of a handler with an attribute, to call the handler in a unit test. Its rule is not enforced, so
/// also test the rule by requests.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::testing::{Issuer, granted};
/// use auth_runtime::{Auth, Identity, Router, require_auth, routing::get};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth(scope = "greetings:read")]
/// async fn greet(caller: Identity) -> String {
///     format!("Hello, {}", caller.subject())
/// }
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let alice = issuer.token("alice");
/// assert_eq!(greet(granted(), alice.identity()).await, "Hello, alice");
///
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = Router::new().route("/", get(greet)).with_auth(auth);
/// for (token, status) in [(alice.clone().scope("greetings:read"), 200), (alice, 403)] {
///     let value = format!("Bearer {}", token.sign());
///     let request = Request::get("/").header("authorization", value).body(Body::empty())?;
///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub fn granted<P: Policy>() -> Guard<P> {
    Guard::granted()
}
