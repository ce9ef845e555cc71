//! What the application adds to a caller whose token is good.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::time::timeout;

use super::Rejection;
use super::bearer::Token;
use crate::identity::Identity;

/// A function of the application's, without its type.
pub(super) struct IdentityMap {
    map: Map,
    /// The tokens that it is asked about just now.
    asked: Mutex<HashMap<Token, WeakShared<Asking>, RandomState>>,
}

type Map = Box<dyn Fn(Identity) -> BoxFuture<'static, Result<Identity, Rejection>> + Send + Sync>;

/// The same for all requests with one token.
type Asking = BoxFuture<'static, Arc<Result<Identity, Rejection>>>;

/// How long the application has.
const PATIENCE: Duration = Duration::from_secs(10);

impl IdentityMap {
    pub(super) fn new<F, R>(map: F) -> Self
    where
        F: Fn(Identity) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Identity, Rejection>> + Send + 'static,
    {
        Self {
            map: Box::new(move |identity| Box::pin(map(identity))),
            asked: Mutex::default(),
        }
    }

    /// What the application makes of the caller with this token. It is asked once however many
    /// requests with the token wait for it.
    pub(super) async fn apply(
        &self,
        token: &[u8],
        identity: &Identity,
    ) -> Result<Identity, Rejection> {
        let asking = self.ask(token, identity);
        // Declared after `asking`, so that it is dropped first: the last one clears up.
        let _waiting = Waiting {
            map: self,
            token,
            asking: &asking,
        };
        let waited = timeout(PATIENCE, asking.clone()).await;
        let mapped = match &waited {
            Ok(result) => match &**result {
                Ok(mapped) => mapped,
                Err(rejection) => return Err(rejection.repeat()),
            },
            Err(_) => return Err(Rejection::unavailable("`map_identity` took too long")),
        };
        let is_same =
            mapped.id() == identity.id() && mapped.facts().scheme == identity.facts().scheme;
        if is_same {
            Ok(mapped.clone())
        } else {
            Err(Rejection::failed("`map_identity` returned another caller"))
        }
    }

    fn ask(&self, token: &[u8], identity: &Identity) -> Shared<Asking> {
        if let Some(asking) = self.asked().get(token).and_then(WeakShared::upgrade) {
            return asking;
        }
        // Without the lock: it is code of the application's. That two get here at once costs a
        // question.
        let mapping = (self.map)(identity.clone());
        let asking = mapping.map(Arc::new).boxed().shared();
        if let Some(weak) = asking.downgrade() {
            self.asked().insert(Token::new(token), weak);
        }
        asking
    }

    /// Nothing panics while it holds this.
    fn asked(&self) -> MutexGuard<'_, HashMap<Token, WeakShared<Asking>, RandomState>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits.
struct Waiting<'a> {
    map: &'a IdentityMap,
    token: &'a [u8],
    asking: &'a Shared<Asking>,
}

impl Drop for Waiting<'_> {
    /// A later request asks again: what this one came to is known with the token, or was no good.
    fn drop(&mut self) {
        let mut asked = self.map.asked();
        let is_own = asked
            .get(self.token)
            .and_then(WeakShared::upgrade)
            .is_none_or(|asking| asking.ptr_eq(self.asking));
        let is_last = self.asking.strong_count().is_none_or(|all| all <= 1);
        if is_own && (is_last || self.asking.peek().is_some()) {
            asked.remove(self.token);
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
