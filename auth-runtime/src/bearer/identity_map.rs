//! `map_identity`: a function of the application that changes the identity of a caller.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::TokenKey;
use crate::authenticator::AuthenticationError;
use crate::identity::Identity;
use crate::single_flight::SingleFlight;

/// The function of the application.
pub(super) struct IdentityMap {
    map: Arc<MapFunction>,
    /// The calls in progress, by token.
    flights: Arc<SingleFlight<TokenKey, Arc<Result<Identity, AuthenticationError>>>>,
}

type MapFunction =
    dyn Fn(Identity) -> BoxFuture<'static, Result<Identity, AuthenticationError>> + Send + Sync;

/// How long the function may take.
const MAP_TIMEOUT: Duration = Duration::from_secs(10);

impl IdentityMap {
    pub(super) fn new<F, R>(map: F) -> Self
    where
        F: Fn(Identity) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Identity, AuthenticationError>> + Send + 'static,
    {
        Self {
            map: Arc::new(move |identity| Box::pin(map(identity))),
            flights: Arc::default(),
        }
    }

    /// Maps the identity of the caller with this token. Concurrent requests with the token share one call.
    pub(super) async fn apply(
        &self,
        token: &[u8],
        identity: &Identity,
    ) -> Result<Identity, AuthenticationError> {
        // Results are not reused: a success is cached with the token, and a failure is tried again.
        let fresh = |_: &_| false;
        let begin = || Ok::<_, Infallible>(self.call(identity.clone()));
        let Ok(flight) = self.flights.join(TokenKey::new(token), fresh, begin);
        let result = flight.wait().await;
        let mapped = result
            .as_ref()
            .as_ref()
            .map_err(AuthenticationError::repeat)?;
        let is_same =
            mapped.id() == identity.id() && mapped.data().scheme == identity.data().scheme;
        if is_same {
            Ok(identity.mapped_to(mapped))
        } else {
            Err(AuthenticationError::failed(
                "`map_identity` returned the identity of another caller",
            ))
        }
    }

    /// A panic and a time-out are errors for all requests that wait for the call.
    fn call(
        &self,
        identity: Identity,
    ) -> BoxFuture<'static, Arc<Result<Identity, AuthenticationError>>> {
        let map = Arc::clone(&self.map);
        async move {
            let mapping = AssertUnwindSafe(async { map(identity).await }).catch_unwind();
            Arc::new(match timeout(MAP_TIMEOUT, mapping).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(AuthenticationError::failed("`map_identity` panicked")),
                Err(_) => Err(AuthenticationError::unavailable(
                    "`map_identity` took too long",
                )),
            })
        }
        .boxed()
    }
}

impl fmt::Debug for IdentityMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IdentityMap")
            .finish_non_exhaustive()
    }
}
