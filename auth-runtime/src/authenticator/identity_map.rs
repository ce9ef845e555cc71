//! What the application adds to a caller whose token is good.

use std::fmt;
use std::future::Future;

use futures_util::future::BoxFuture;

use super::Rejection;
use crate::identity::Identity;

/// A function of the application's, without its type.
pub(super) struct IdentityMap(Map);

type Map = Box<dyn Fn(Identity) -> BoxFuture<'static, Result<Identity, Rejection>> + Send + Sync>;

impl IdentityMap {
    pub(super) fn new<F, R>(map: F) -> Self
    where
        F: Fn(Identity) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Identity, Rejection>> + Send + 'static,
    {
        Self(Box::new(move |identity| Box::pin(map(identity))))
    }

    pub(super) fn apply(
        &self,
        identity: Identity,
    ) -> BoxFuture<'static, Result<Identity, Rejection>> {
        (self.0)(identity)
    }
}

impl fmt::Debug for IdentityMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IdentityMap")
            .finish_non_exhaustive()
    }
}
