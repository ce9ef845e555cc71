//! Routes for the public keys and the metadata of a token issuer.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::auth_cell::AuthCell;
use super::guarded_handler::{ErasedHandler, GuardedHandler};
use super::router::route_entry::RouteEntry;
use super::routing::MethodRouter;
use crate::access_map::{Method, RouteKind};
use crate::token_issuer::TokenIssuer;

/// How long other services and caches may use the keys without asking again.
const CACHEABLE: &str = "public, max-age=300";

impl TokenIssuer {
    /// A route with the public keys of this issuer, for services that verify its tokens with
    /// [`Jwt::jwks_url`](crate::Jwt::jwks_url) or [`Jwt::oidc`](crate::Jwt::oidc). The response may be cached for five
    /// minutes. The [access map](crate::access_map::AccessMap) lists the route as unguarded.
    ///
    /// Add it with [`Router::route`](crate::Router::route), usually at `/.well-known/jwks.json`. To add it to an
    /// [`axum::Router`], put it into a [`Router`](crate::Router), finish that with `with_auth`, and merge the two.
    ///
    /// An issuer with an [`HmacSecret`](crate::keys::HmacSecret) has no public keys, and no such route:
    ///
    /// ```compile_fail,E0599
    /// # use auth_runtime::{Router, TokenIssuer, keys::HmacSecret};
    /// # fn publish(issuer: &TokenIssuer<HmacSecret>) -> Router {
    /// Router::new().route("/.well-known/jwks.json", issuer.jwks_route())
    /// # }
    /// ```
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::keys::SigningKey;
    /// use auth_runtime::{Auth, Router, TokenIssuer};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// let issuer = TokenIssuer::builder("https://shop.example", SigningKey::generate())
    ///     .audience("https://shop.example")
    ///     .build()?;
    /// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
    /// let app = Router::new()
    ///     .route("/.well-known/jwks.json", issuer.jwks_route())
    ///     .route("/.well-known/openid-configuration", issuer.metadata_route())
    ///     .with_auth(auth);
    ///
    /// let request = Request::get("/.well-known/jwks.json").body(Body::empty())?;
    /// let response = app.oneshot(request).await?;
    /// assert_eq!(response.status(), 200);
    /// assert_eq!(response.headers()["cache-control"], "public, max-age=300");
    /// # Ok::<(), auth_runtime::BoxError>(())
    /// # }).unwrap();
    /// ```
    pub fn jwks_route<S>(&self) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let issuer = self.clone();
        document(
            "auth_runtime::TokenIssuer::jwks_route",
            "public keys",
            // RFC 7517 section 8.5.
            "application/jwk-set+json",
            move || issuer.jwks(),
        )
    }

    /// A route with the [metadata](Self::metadata) of this issuer, for services that verify its tokens with
    /// [`Jwt::oidc`](crate::Jwt::oidc). Add it at `/.well-known/openid-configuration`, after the path of the issuer's
    /// name if it has one. The name must be the `https` URL of this service.
    pub fn metadata_route<S>(&self) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let issuer = self.clone();
        document(
            "auth_runtime::TokenIssuer::metadata_route",
            "public metadata",
            "application/json",
            move || issuer.metadata(),
        )
    }
}

fn document<S>(
    name: &'static str,
    reason: &'static str,
    content_type: &'static str,
    text: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let cell = AuthCell::default();
    let entry = RouteEntry::unguarded(RouteKind::Method(Method::Get), name, reason, &cell);
    let handler = async move || -> Response {
        let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, CACHEABLE)];
        (headers, text()).into_response()
    };
    MethodRouter {
        inner: get(GuardedHandler::new(ErasedHandler::new(handler), cell)),
        entries: vec![entry],
        layers: Vec::new(),
    }
}
