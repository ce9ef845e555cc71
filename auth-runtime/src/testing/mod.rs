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
