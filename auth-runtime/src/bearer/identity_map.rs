//! What the application adds to a caller whose token is good.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::time::timeout;

use super::Token;
use crate::authenticator::AuthenticationError;
use crate::identity::Identity;
use crate::lock::Mutex;

/// A function of the application's, without its type.
pub(super) struct IdentityMap {
    map: Map,
    asked: Mutex<Mappings>,
}

type Map = Box<
    dyn Fn(Identity) -> BoxFuture<'static, Result<Identity, AuthenticationError>> + Send + Sync,
>;

/// The same for all requests with one token.
type Asking = BoxFuture<'static, Arc<Result<Identity, AuthenticationError>>>;

/// The tokens that the application is asked about just now.
struct Mappings {
    tokens: HashMap<Token, WeakShared<Asking>, RandomState>,
    /// With how many it is time to look for those whose requests have all gone away.
    sweep_at: usize,
}

/// How long the application has.
const MAP_TIMEOUT: Duration = Duration::from_secs(10);

/// Below this many tokens it is not worth looking.
const FEW: usize = 64;

impl IdentityMap {
    pub(super) fn new<F, R>(map: F) -> Self
    where
        F: Fn(Identity) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Identity, AuthenticationError>> + Send + 'static,
    {
        Self {
            map: Box::new(move |identity| Box::pin(map(identity))),
            asked: Mutex::new(Mappings {
                tokens: HashMap::default(),
                sweep_at: FEW,
            }),
        }
    }

    /// What the application makes of the caller with this token. It is asked once however many
    /// requests with the token wait for it.
    pub(super) async fn apply(
        &self,
        token: &[u8],
        identity: &Identity,
    ) -> Result<Identity, AuthenticationError> {
        let asking = self.ask(token, identity);
        let result = asking.clone().await;
        // A later request asks again: what this came to is known with the token, or was no good.
        self.asked.lock().forget(token, &asking);
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

    fn ask(&self, token: &[u8], identity: &Identity) -> Shared<Asking> {
        if let Some(asking) = self.asked.lock().of(token) {
            return asking;
        }
        // Without the lock: it is code of the application's. That two get here at once costs a
        // question.
        let mapping = (self.map)(identity.clone());
        // Its panic and its time are those of all who wait for it.
        let asking = async move {
            let mapping = AssertUnwindSafe(mapping).catch_unwind();
            Arc::new(match timeout(MAP_TIMEOUT, mapping).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(AuthenticationError::failed("`map_identity` panicked")),
                Err(_) => Err(AuthenticationError::unavailable(
                    "`map_identity` took too long",
                )),
            })
        };
        let asking = asking.boxed().shared();
        self.asked.lock().note(token, &asking);
        asking
    }
}

impl Mappings {
    fn of(&self, token: &[u8]) -> Option<Shared<Asking>> {
        self.tokens.get(token).and_then(WeakShared::upgrade)
    }

    fn note(&mut self, token: &[u8], asking: &Shared<Asking>) {
        if let Some(asking) = asking.downgrade() {
            self.tokens.insert(Token::new(token), asking);
        }
        if self.tokens.len() >= self.sweep_at {
            self.tokens.retain(|_, asking| asking.upgrade().is_some());
            self.sweep_at = FEW.max(2 * self.tokens.len());
        }
    }

    fn forget(&mut self, token: &[u8], asking: &Shared<Asking>) {
        if self.of(token).is_some_and(|other| other.ptr_eq(asking)) {
            self.tokens.remove(token);
        }
    }
}

impl fmt::Debug for IdentityMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IdentityMap")
            .finish_non_exhaustive()
    }
}
