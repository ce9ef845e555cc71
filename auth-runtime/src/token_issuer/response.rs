//! The response of a token endpoint.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

/// The response to a login or a refresh (RFC 6749 section 5.1), with a signed access token: from
/// [`UnsignedToken::token_response`](super::UnsignedToken::token_response). A handler returns it.
///
/// It is 200 with `Cache-Control: no-store`, `Pragma: no-cache` and a JSON object: `access_token`, `token_type`,
/// `expires_in` in seconds, `scope` if the token has scopes, and `refresh_token` if
/// [`with_refresh_token`](Self::with_refresh_token) adds one.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::keys::SigningKey;
/// use auth_runtime::token_issuer::{TokenError, TokenResponse};
/// use auth_runtime::{Auth, Identity, Router, TokenIssuer, require_auth, routing::post, testing::Issuer};
/// use axum::{body::Body, extract::State, http::Request};
/// use tower::ServiceExt;
///
/// /// Exchanges a token of the company for one of the shop.
/// #[require_auth(role = "employee")]
/// async fn log_in(caller: Identity, State(issuer): State<TokenIssuer>) -> Result<TokenResponse, TokenError> {
///     issuer.token(caller.subject()).scopes(["orders:read"]).token_response()
/// }
///
/// let issuer = TokenIssuer::builder("https://shop.example", SigningKey::generate())
///     .audience("https://shop.example")
///     .build()?;
/// let company = Issuer::new("https://company.example", "https://shop.example");
/// let auth = Auth::builder().bearer(company.jwt()).build()?;
/// let app = Router::new().route("/login", post(log_in)).with_state(issuer).with_auth(auth);
///
/// for (role, status) in [("employee", 200), ("guest", 403)] {
///     let token = company.token("alice").role(role).sign();
///     let request = Request::post("/login")
///         .header("authorization", format!("Bearer {token}"))
///         .body(Body::empty())?;
///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
/// }
/// # Ok::<(), auth_runtime::BoxError>(())
/// # }).unwrap();
/// ```
#[must_use = "return it from the handler"]
pub struct TokenResponse {
    members: Map<String, Value>,
}

impl TokenResponse {
    pub(super) fn new(access_token: String, lifetime: Duration, scope: String) -> Self {
        let mut members = Map::new();
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        set("access_token", access_token.into());
        set("token_type", "Bearer".into());
        set("expires_in", lifetime.as_secs().into());
        if !scope.is_empty() {
            set("scope", scope.into());
        }
        Self { members }
    }

    /// `token` is the text of a refresh token.
    pub(crate) fn set_refresh_token(&mut self, token: &str) {
        self.members
            .insert("refresh_token".to_owned(), token.into());
    }

    pub(crate) fn into_json(self) -> String {
        Value::Object(self.members).to_string()
    }
}

/// Shows no token.
impl fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenResponse")
            .field("expires_in", &self.members.get("expires_in"))
            .finish_non_exhaustive()
    }
}
