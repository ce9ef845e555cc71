//! Requests to other servers, for keys and for introspection. Implement [`Fetch`] to use your own HTTP client.

mod body;
mod endpoint;
mod exchange;
#[cfg(feature = "http-client")]
mod http_client;

use std::cell::OnceCell;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Request, Response};

pub(crate) use self::body::json_text;
pub(crate) use self::endpoint::{Endpoint, EndpointFault, PlainHttp, shown};
#[cfg(feature = "introspection")]
pub(crate) use self::exchange::send;
pub(crate) use self::exchange::{ExchangeLimits, FetchedDocument, Unanswered, get, shortened};
#[cfg(feature = "http-client")]
pub use self::http_client::HttpClient;
use crate::box_error::BoxError;

/// An HTTP client for requests to an issuer: for its keys, its metadata, or token introspection.
///
/// The feature `http-client` has the implementation [`HttpClient`], which is used unless
/// [`AuthBuilder::fetch`](crate::AuthBuilder::fetch) sets another client.
///
/// An implementation sends a single request, and returns the response as it is, whatever its status. This crate
/// checks the URL before the request, follows redirects, and limits the time.
pub trait Fetch: Send + Sync + 'static {
    /// Sends `request` and reads the response. Must not follow redirects. A body of more than `limit` bytes is
    /// an error; the rest of it should not be read.
    ///
    /// The future is dropped when the time-out is over.
    ///
    /// # Errors
    ///
    /// Returns an error if the server does not respond, or if the response is too long. Requests that need the
    /// response get 503 with `Retry-After`, never 401. The text of the error is logged, and never shown to a client.
    /// `?` works with any error, and `.into()` converts a string: see [`BoxError`].
    fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, BoxError>> + Send;
}

/// A type-erased [`Fetch`].
#[derive(Clone)]
pub(crate) struct Client(Arc<dyn AnyFetch>);

impl Client {
    pub(crate) fn new(fetch: impl Fetch) -> Self {
        Self(Arc::new(fetch))
    }

    /// See [`Fetch::fetch`].
    pub(crate) fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, BoxError>> {
        self.0.fetch(request, limit)
    }
}

/// The configured client, or else that of the feature `http-client`, which is made on first use.
pub(crate) struct Clients {
    client: OnceCell<Result<Client, NoClient>>,
}

/// The reason why no HTTP client is available.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoClient(pub(crate) String);

impl Clients {
    pub(crate) fn new(configured: Option<Client>) -> Self {
        Self {
            client: configured
                .map(Ok)
                .map_or_else(OnceCell::new, OnceCell::from),
        }
    }

    /// Returns the same client each time.
    pub(crate) fn get(&self) -> Result<Client, NoClient> {
        self.client.get_or_init(Self::default_client).clone()
    }

    #[cfg(feature = "http-client")]
    fn default_client() -> Result<Client, NoClient> {
        match HttpClient::new() {
            Ok(client) => Ok(Client::new(client)),
            Err(error) => Err(NoClient(format!(
                "could not make the client of the feature `http-client`: {}",
                exchange::chain(&error)
            ))),
        }
    }

    #[cfg(not(feature = "http-client"))]
    fn default_client() -> Result<Client, NoClient> {
        Err(NoClient(
            "there is no HTTP client: turn on the feature `http-client` of `auth-runtime`, or set a \
             client with `AuthBuilder::fetch(..)`"
                .to_owned(),
        ))
    }
}

trait AnyFetch: Send + Sync {
    fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, BoxError>>;
}

impl<F: Fetch> AnyFetch for F {
    fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, BoxError>> {
        Box::pin(Fetch::fetch(self, request, limit))
    }
}
