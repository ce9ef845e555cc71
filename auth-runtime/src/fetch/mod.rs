//! Requests to other servers, for keys and for introspection, and a client of your own for them: [`Fetch`].

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

/// Sends a request to an issuer: for its keys, its metadata, or what it says of a token.
///
/// The feature `http-client` brings one, which is used unless
/// [`AuthBuilder::fetch`](crate::AuthBuilder::fetch) names another.
///
/// How long it may take, which addresses are asked, and where a redirect may lead is decided by
/// whoever calls this, so that no implementation can get it wrong: it sends this one request, and
/// returns an answer of any status as it is.
pub trait Fetch: Send + Sync + 'static {
    /// Sends `request` and reads the answer. Redirects are not followed. A body of more than
    /// `limit` bytes is an error, found without reading more than that.
    ///
    /// The future is dropped when it takes too long.
    ///
    /// # Errors
    ///
    /// There was no answer, or it is too long. What needs the answer is answered 503 with `Retry-After`, never
    /// 401. The text is logged, never shown to a client. `?` works from any error, and a text becomes one by
    /// `.into()`: see [`BoxError`].
    fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, BoxError>> + Send;
}

/// Any [`Fetch`], without its type.
#[derive(Clone)]
pub(crate) struct Client(Arc<dyn AnyFetch>);

impl Client {
    pub(crate) fn new(fetch: impl Fetch) -> Self {
        Self(Arc::new(fetch))
    }

    /// As [`Fetch::fetch`].
    pub(crate) fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, BoxError>> {
        self.0.fetch(request, limit)
    }
}

/// The client that was named, or else that of the feature `http-client`, which is made when something
/// needs it.
pub(crate) struct Clients {
    client: OnceCell<Result<Client, NoClient>>,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoClient(pub(crate) String);

impl Clients {
    pub(crate) fn new(named: Option<Client>) -> Self {
        Self {
            client: named.map(Ok).map_or_else(OnceCell::new, OnceCell::from),
        }
    }

    /// Each time the same.
    pub(crate) fn get(&self) -> Result<Client, NoClient> {
        self.client.get_or_init(Self::own).clone()
    }

    #[cfg(feature = "http-client")]
    fn own() -> Result<Client, NoClient> {
        match HttpClient::new() {
            Ok(client) => Ok(Client::new(client)),
            Err(error) => Err(NoClient(format!(
                "the client of the feature `http-client` can't be made: {}",
                exchange::chain(&error)
            ))),
        }
    }

    #[cfg(not(feature = "http-client"))]
    fn own() -> Result<Client, NoClient> {
        Err(NoClient(
            "there is nothing to fetch with: turn on the feature `http-client` of `auth-runtime`, or \
             name a client with `AuthBuilder::fetch(..)`"
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
