//! A route for readiness probes.

use std::convert::Infallible;

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::{MethodRouter, get};

use crate::auth::Auth;

impl Auth {
    /// A route for readiness probes. It answers 503 until [`ready`](Auth::ready) would return, and 200 from then on. The
    /// response contains no reasons.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, Router, testing::Issuer};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
    /// let app = Router::new()
    ///     .route_unguarded("/ready", auth.readiness(), "readiness probe")
    ///     .with_auth(auth);
    ///
    /// let probe = Request::get("/ready").body(Body::empty())?;
    /// assert_eq!(app.oneshot(probe).await?.status(), 200); // the only key is in memory
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn readiness<S>(&self) -> MethodRouter<S, Infallible>
    where
        S: Clone + Send + Sync + 'static,
    {
        let auth = self.clone();
        get(async move || {
            let (status, body) = if auth.is_ready() {
                (StatusCode::OK, r#"{"ready":true}"#)
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, r#"{"ready":false}"#)
            };
            let headers = [
                (CONTENT_TYPE, "application/json"),
                (CACHE_CONTROL, "no-store"),
            ];
            (status, headers, body)
        })
    }
}
