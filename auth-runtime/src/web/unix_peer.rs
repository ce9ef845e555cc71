//! The connection information of a server on a Unix socket.

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::UnixListener;

/// Connection information for a service on a Unix socket, where peers have no address. Use it with
/// `app.into_make_service_with_connect_info::<UnixPeer>()`. For a service on TCP use `SocketAddr` instead.
///
/// It does not make the peer trusted. After
/// [`AuthBuilder::trust_unix_peers`](crate::AuthBuilder::trust_unix_peers), the address of the client is read
/// from the `X-Forwarded-For` of the proxy in front of the socket, and failed authentications are counted by
/// that address.
///
/// ```no_run
/// use auth_runtime::UnixPeer;
/// use tokio::net::UnixListener;
///
/// # async fn serve(app: axum::Router) -> std::io::Result<()> {
/// let listener = UnixListener::bind("/run/orders/http.sock")?;
/// axum::serve(listener, app.into_make_service_with_connect_info::<UnixPeer>()).await
/// # }
/// ```
///
/// `ConnectInfo<tokio::net::unix::SocketAddr>` has the same effect; axum provides it for a listener with
/// [`tap_io`](axum::serve::ListenerExt::tap_io). If a service needs other connection information, such as the
/// credentials of the peer, or uses another server than `axum::serve`, add `UnixPeer` as a layer. Put the
/// layer around requests from the Unix socket only:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// use auth_runtime::{ApiKeys, Auth, Router, UnixPeer, require_auth};
/// use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
/// use auth_runtime::authenticator::FailureLimit;
/// use auth_runtime::routing::get;
/// use axum::extract::{ConnectInfo, Extension};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth]
/// async fn orders() {}
///
/// let limit = FailureLimit::default().per_address(NonZeroU32::MIN, Duration::from_secs(60));
/// let keys = ApiKeys::new(MemoryApiKeys::new()).failure_limit(limit);
/// let auth = Auth::builder().api_keys(keys.clone()).trust_unix_peers().build()?;
/// let app = Router::new()
///     .route("/", get(orders))
///     .with_auth(auth)
///     .layer(Extension(ConnectInfo(UnixPeer)));
///
/// let request = |client: &str, key: &str| {
///     let request = Request::get("/").header("x-forwarded-for", client);
///     request.header("x-api-key", key).body(Body::empty()).unwrap()
/// };
/// let elsewhere = ApiKeys::new(MemoryApiKeys::new());
/// let (_, guess) = elsewhere.create(NewApiKey::new("eve")).await?;
/// let (_, key) = keys.create(NewApiKey::new("alice")).await?;
/// let guesser = request("203.0.113.7", guess.reveal());
/// assert_eq!(app.clone().oneshot(guesser).await?.status(), 401);
/// let again = request("203.0.113.7", key.reveal());
/// assert_eq!(app.clone().oneshot(again).await?.status(), 429);
/// let another = request("203.0.113.8", key.reveal());
/// assert_eq!(app.oneshot(another).await?.status(), 200);
/// # Ok::<(), auth_runtime::BoxError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnixPeer;

impl Connected<IncomingStream<'_, UnixListener>> for UnixPeer {
    fn connect_info(_: IncomingStream<'_, UnixListener>) -> Self {
        Self
    }
}
