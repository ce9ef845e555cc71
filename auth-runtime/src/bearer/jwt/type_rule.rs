//! The accepted values of the header parameter `typ` of access tokens.

/// Whether the header parameter `typ` must be `at+jwt` (RFC 9068 section 4).
///
/// It keeps an ID token or a logout token of the same issuer from being used as an access token. Values
/// are compared without regard to case, and may have the prefix `application/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeRule {
    /// `typ` must be `at+jwt`.
    #[default]
    Strict,
    /// `typ` must be `at+jwt` or missing.
    IfPresent,
    /// `typ` is ignored: for issuers that set it to `JWT`, such as Keycloak and Entra ID. Access tokens and
    /// ID tokens must then have different audiences. Logout tokens are recognized by their claim `events`
    /// and refused.
    Off,
    /// `typ` must be this type, see [`exactly`](Self::exactly).
    Exactly(&'static str),
}

impl TypeRule {
    /// `typ` must be this type, for tokens of the application that are not access tokens, such as `rt+jwt`. It is
    /// written without the prefix `application/`. Logout tokens are refused, whatever the type.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::bearer::TypeRule;
    /// use auth_runtime::keys::SigningKey;
    /// use auth_runtime::{Auth, Router, TokenIssuer, require_auth, routing::get};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth]
    /// async fn renew() {}
    ///
    /// let issuer = TokenIssuer::builder("https://shop.example", SigningKey::generate())
    ///     .audience("https://shop.example")
    ///     .build()?;
    /// let auth = Auth::builder().bearer(issuer.jwt().typ(TypeRule::exactly("rt+jwt"))).build()?;
    /// let app = Router::new().route("/renew", get(renew)).with_auth(auth);
    ///
    /// for (typ, status) in [("rt+jwt", 200), ("at+jwt", 401)] {
    ///     let token = issuer.token("alice").typ(typ).sign()?;
    ///     let request = Request::get("/renew")
    ///         .header("authorization", format!("Bearer {token}"))
    ///         .body(Body::empty())?;
    ///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
    /// }
    /// # Ok::<(), auth_runtime::BoxError>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub const fn exactly(media_type: &'static str) -> Self {
        Self::Exactly(media_type)
    }

    /// The type that a token must have, if it has one. `None` if `typ` is ignored.
    pub(super) fn expected(self) -> Option<&'static str> {
        match self {
            Self::Strict | Self::IfPresent => Some("at+jwt"),
            Self::Exactly(media_type) => Some(media_type),
            Self::Off => None,
        }
    }
}
