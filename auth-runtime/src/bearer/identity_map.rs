//! What the application adds to a caller whose token is good.

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

/// A function of the application's, without its type.
pub(super) struct IdentityMap {
    map: Arc<MapFunction>,
    /// The tokens that the application is asked about just now.
    flights: Arc<SingleFlight<TokenKey, Arc<Result<Identity, AuthenticationError>>>>,
}

type MapFunction =
    dyn Fn(Identity) -> BoxFuture<'static, Result<Identity, AuthenticationError>> + Send + Sync;

/// How long the application has.
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

    /// What the application makes of the caller with this token. It is asked once however many
    /// requests with the token wait for it.
    pub(super) async fn apply(
        &self,
        token: &[u8],
        identity: &Identity,
    ) -> Result<Identity, AuthenticationError> {
        // A later request asks again: what this came to is known with the token, or was no good.
        let fresh = |_: &_| false;
        let begin = || Ok::<_, Infallible>(self.ask(identity.clone()));
        let Ok(flight) = self.flights.join(TokenKey::new(token), fresh, begin);
        let result = flight.wait().await;
        let mapped = result
            .as_ref()
            .as_ref()
            .map_err(AuthenticationError::repeat)?;
        let is_same =
            mapped.id() == identity.id() && mapped.data().scheme == identity.data().scheme;
        if is_same {
            Ok(mapped.clone())
        } else {
            Err(AuthenticationError::failed(
                "`map_identity` returned another caller",
            ))
        }
    }

    /// Its panic and its time are those of all who wait for it.
    fn ask(
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
