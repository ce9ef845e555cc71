//! The extractor of the address of the client.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::caller::request_auth;
use super::denial_context::Requester;
use super::peer::peer;
use super::response::AuthRejection;

/// The address of the client, by which failed authentications are counted: the peer of the connection, or the address
/// that [trusted proxies](crate::AuthBuilder::trusted_proxies) of the route's `Auth` forward. For
/// [`Auth::authenticate_password`](crate::Auth::authenticate_password) and
/// [`Auth::authenticate_token`](crate::Auth::authenticate_token).
///
/// `None` if it is not known: see
/// [`CredentialRequest::client_address`](crate::authenticator::CredentialRequest::client_address).
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use std::net::SocketAddr;
///
/// use auth_runtime::routing::get;
/// use auth_runtime::{Auth, ClientAddress, Router, allow_anonymous};
/// use axum::extract::connect_info::MockConnectInfo;
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
/// # use auth_runtime::testing::Issuer;
/// # let jwt = Issuer::new("https://issuer.example", "https://api.example").jwt();
///
/// #[allow_anonymous(reason = "an example")]
/// async fn address(ClientAddress(address): ClientAddress) -> String {
///     address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
/// }
///
/// let auth = Auth::builder().bearer(jwt).trusted_proxies(["10.0.0.0/8"]).build()?;
/// let app = Router::new().route("/", get(address)).with_auth(auth);
/// for (peer, client) in [([10, 0, 0, 1], "203.0.113.7"), ([198, 51, 100, 1], "198.51.100.1")] {
///     let app = app.clone().layer(MockConnectInfo(SocketAddr::from((peer, 50_000))));
///     let request = Request::get("/").header("x-forwarded-for", "203.0.113.7");
///     let response = app.oneshot(request.body(Body::empty())?).await?;
///     assert_eq!(axum::body::to_bytes(response.into_body(), 100).await?, client);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = AuthRejection;

    /// Rejects a request with 500 if there is no `Auth` whose proxies could be trusted.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        let requester = Requester::Extractor("ClientAddress");
        let auth = &request_auth(parts, None, requester)?.auth;
        Ok(Self(auth.client_address(peer(parts), &parts.headers)))
    }
}
