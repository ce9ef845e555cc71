//! A route for the logout tokens of issuers (OpenID Connect Back-Channel Logout 1.0).

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::time::timeout;

use super::auth_cell::AuthCell;
use super::guarded_handler::{ErasedHandler, GuardedHandler};
use super::observe;
use super::router::route_entry::RouteEntry;
use super::routing::MethodRouter;
use crate::access_map::{Method, RouteKind};
use crate::auth::Auth;
use crate::authenticator::LogoutError;

/// Enough for the longest usual token and for other fields of the form.
const MAX_BODY: usize = 64 * 1024;
/// The time limit for the whole body. Without it, clients could keep any number of requests open.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

impl Auth {
    /// A route that receives logout tokens from issuers (`OpenID` Connect Back-Channel Logout 1.0). Register its URI
    /// with the issuer as the back-channel logout URI of the client in [`Jwt::backchannel_logout`]. The logout is
    /// written to the list of [`AuthBuilder::revocation`]. From then on, all nodes that share the list answer 401 to
    /// the tokens of the session or the user. Other kinds of credentials are [told](crate::Auth::revoke) as well: those
    /// of the same issuer are revoked.
    ///
    /// A logout token of the [`TokenIssuer`] whose refresh tokens were added with [`AuthBuilder::refresh_tokens`] also
    /// ends the refresh tokens of the session or the user. A logout token of another issuer does not: its subject is a
    /// user of that issuer, and only the application knows which of its users this is.
    ///
    /// Any client can post to the route, but only a token that the issuer signed has an effect. Each token can be
    /// used once. The route needs a tokio runtime with a timer. The [access map](crate::access_map::AccessMap) lists
    /// the route as unguarded.
    ///
    /// Add it with [`Router::route`](crate::Router::route). To add it to an [`axum::Router`], put it into a
    /// [`Router`](crate::Router), finish that with `with_auth`, and merge the two.
    ///
    /// | request | response |
    /// |---|---|
    /// | valid logout token, also if the session has already ended | 200 without a body |
    /// | not a form with one `logout_token`, longer than 64 KiB, or an invalid token | 400 `{"error":"invalid_request","error_description":".."}` |
    /// | the body does not arrive within ten seconds | 408 (RFC 9110 section 15.5.9) with the same kind of body |
    /// | another method than `POST` | 405 |
    /// | the keys of the issuer, the list, the store of the refresh tokens or that of another kind are unavailable | 503 with `Retry-After`; the issuer can send the same token again |
    ///
    /// If [`verbose_errors`](crate::AuthBuilder::verbose_errors) is off, the response has no `error_description`. The
    /// reason is in the log.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::routing::get;
    /// use auth_runtime::{Auth, Router, require_auth};
    /// use auth_runtime::revocation::MemoryRevocation;
    /// use auth_runtime::testing::Issuer;
    /// use axum::{body::Body, http::Request};
    /// use serde_json::json;
    /// use tower::ServiceExt;
    ///
    /// #[require_auth]
    /// async fn hello() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder()
    ///     .bearer(issuer.jwt().backchannel_logout("shop-client"))
    ///     .revocation(MemoryRevocation::new())
    ///     .build()?;
    /// let app = Router::new()
    ///     .route("/", get(hello))
    ///     .route("/logout", auth.backchannel_logout())
    ///     .with_auth(auth);
    ///
    /// let alice = format!("Bearer {}", issuer.token("alice").claim("sid", "phone").sign());
    /// let request = || Request::get("/").header("authorization", &alice).body(Body::empty()).unwrap();
    /// assert_eq!(app.clone().oneshot(request()).await?.status(), 200);
    ///
    /// let logout_token = issuer
    ///     .token("alice")
    ///     .header("typ", "logout+jwt")
    ///     .claim("aud", "shop-client")
    ///     .claim("sid", "phone")
    ///     .claim("jti", "1")
    ///     .claim("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} }))
    ///     .sign();
    /// let logout = Request::post("/logout")
    ///     .header("content-type", "application/x-www-form-urlencoded")
    ///     .body(Body::from(format!("logout_token={logout_token}")))?;
    /// assert_eq!(app.clone().oneshot(logout).await?.status(), 200);
    /// assert_eq!(app.oneshot(request()).await?.status(), 401);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// If no issuer of this `Auth` has [`Jwt::backchannel_logout`], the route would refuse every token. Finishing the
    /// router then fails with [`RouterFault::NoLogoutTokens`].
    ///
    /// [`RouterFault::NoLogoutTokens`]: crate::router::RouterFault::NoLogoutTokens
    /// [`AuthBuilder::revocation`]: crate::AuthBuilder::revocation
    /// [`AuthBuilder::refresh_tokens`]: crate::AuthBuilder::refresh_tokens
    /// [`Jwt::backchannel_logout`]: crate::Jwt::backchannel_logout
    /// [`TokenIssuer`]: crate::TokenIssuer
    pub fn backchannel_logout<S>(&self) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let cell = AuthCell::default();
        let mut entry = RouteEntry::unguarded(
            RouteKind::Method(Method::Post),
            "auth_runtime::Auth::backchannel_logout",
            "the logout token is the credential",
            &cell,
        );
        entry.route.refuses_all_logouts = !self.takes_logouts();
        let auth = self.clone();
        let handler = async move |request: Request| respond(&auth, request).await;
        MethodRouter {
            inner: post(GuardedHandler::new(ErasedHandler::new(handler), cell)),
            entries: vec![entry],
            layers: Vec::new(),
        }
    }
}

async fn respond(auth: &Auth, request: Request) -> Response {
    let token = match logout_token(request).await {
        Ok(token) => token,
        Err((status, reason)) => return refused(auth, status, reason),
    };
    match auth.log_out(&token).await {
        Some(Ok(logout)) => {
            observe::logged_out(&logout);
            answer(StatusCode::OK, [], Body::empty())
        }
        Some(Err(LogoutError::Refused(reason))) => refused(auth, StatusCode::BAD_REQUEST, reason),
        Some(Err(LogoutError::Unavailable(source))) => {
            observe::logout_unavailable(&*source);
            answer(
                StatusCode::SERVICE_UNAVAILABLE,
                [(RETRY_AFTER, "5")],
                Body::empty(),
            )
        }
        None => answer(StatusCode::INTERNAL_SERVER_ERROR, [], Body::empty()),
    }
}

/// The `logout_token` of the form. Other fields are ignored, as section 2.5 requires.
async fn logout_token(request: Request) -> Result<String, (StatusCode, &'static str)> {
    let bad = |reason| (StatusCode::BAD_REQUEST, reason);
    if !is_form(request.headers()) {
        return Err(bad("The request has no form as its content"));
    }
    let body = timeout(BODY_TIMEOUT, to_bytes(request.into_body(), MAX_BODY)).await;
    let body = body
        .map_err(|_| (StatusCode::REQUEST_TIMEOUT, "The request took too long"))?
        .map_err(|_| bad("The request is too long or incomplete"))?;
    let mut tokens = form_urlencoded::parse(&body).filter(|(name, _)| name == "logout_token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Ok(token.into_owned()),
        (None, _) => Err(bad("The form has no logout_token")),
        (Some(_), Some(_)) => Err(bad("The form has several logout_token")),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    // Parameters such as a charset are ignored.
    let media_type = content_type.and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| {
        media_type
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// `reason` is a constant without characters that need escaping in JSON.
fn refused(auth: &Auth, status: StatusCode, reason: &'static str) -> Response {
    observe::logout_refused(reason);
    let body = if auth.verbose_errors() {
        format!(r#"{{"error":"invalid_request","error_description":"{reason}"}}"#)
    } else {
        r#"{"error":"invalid_request"}"#.to_owned()
    };
    let json = [(CONTENT_TYPE, "application/json")];
    answer(status, json, Body::from(body))
}

fn answer<const N: usize>(
    status: StatusCode,
    headers: [(HeaderName, &'static str); N],
    body: Body,
) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], headers, body).into_response()
}
