//! A store of users behind `dyn`.

use futures_util::future::BoxFuture;

use crate::box_error::BoxError;
use crate::users::{User, UserStore};

type StoreFuture<'a, T> = BoxFuture<'a, Result<T, BoxError>>;

/// An object-safe [`UserStore`], so that [`Basic`](super::Basic) has no type parameter.
pub(super) trait AnyUserStore: Send + Sync {
    fn find<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<User>>;

    fn takes_new_hashes(&self) -> bool;

    fn rehash<'a>(
        &'a self,
        name: &'a str,
        old_hash: &'a str,
        new_hash: &'a str,
    ) -> StoreFuture<'a, ()>;

    fn faults(&self) -> Vec<BoxError>;
}

impl<S: UserStore> AnyUserStore for S {
    fn find<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<User>> {
        Box::pin(UserStore::find(self, name))
    }

    fn takes_new_hashes(&self) -> bool {
        UserStore::takes_new_hashes(self)
    }

    fn rehash<'a>(
        &'a self,
        name: &'a str,
        old_hash: &'a str,
        new_hash: &'a str,
    ) -> StoreFuture<'a, ()> {
        Box::pin(UserStore::rehash(self, name, old_hash, new_hash))
    }

    fn faults(&self) -> Vec<BoxError> {
        UserStore::faults(self)
    }
}
