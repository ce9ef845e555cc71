//! A store behind `dyn`, with a time limit.

use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::store::{RefreshTokenFamily, RefreshTokenRotation, RefreshTokenStore};
use crate::box_error::BoxError;

/// More than the time-out of a [`SqlStore`](crate::sql::SqlStore), so that its own error is reported.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// An object-safe [`RefreshTokenStore`], so that [`RefreshTokens`](super::RefreshTokens) has no type parameter. Every
/// call succeeds or fails within the time limit.
pub(super) trait AnyRefreshTokenStore: Send + Sync {
    fn insert<'a>(&'a self, family: &'a RefreshTokenFamily) -> BoxFuture<'a, Result<(), BoxError>>;

    fn find<'a>(
        &'a self,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RefreshTokenFamily>, BoxError>>;

    fn rotate<'a>(
        &'a self,
        rotation: &'a RefreshTokenRotation,
    ) -> BoxFuture<'a, Result<bool, BoxError>>;

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, BoxError>>;

    fn remove_started<'a>(
        &'a self,
        issuer: &'a str,
        subject: Option<&'a str>,
        latest: SystemTime,
    ) -> BoxFuture<'a, Result<(), BoxError>>;

    fn remove_expired(&self, now: SystemTime) -> BoxFuture<'_, Result<(), BoxError>>;
}

impl<S: RefreshTokenStore> AnyRefreshTokenStore for S {
    fn insert<'a>(&'a self, family: &'a RefreshTokenFamily) -> BoxFuture<'a, Result<(), BoxError>> {
        in_time(RefreshTokenStore::insert(self, family))
    }

    fn find<'a>(
        &'a self,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RefreshTokenFamily>, BoxError>> {
        in_time(RefreshTokenStore::find(self, id))
    }

    fn rotate<'a>(
        &'a self,
        rotation: &'a RefreshTokenRotation,
    ) -> BoxFuture<'a, Result<bool, BoxError>> {
        in_time(RefreshTokenStore::rotate(self, rotation))
    }

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, BoxError>> {
        in_time(RefreshTokenStore::remove(self, id))
    }

    fn remove_started<'a>(
        &'a self,
        issuer: &'a str,
        subject: Option<&'a str>,
        latest: SystemTime,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        in_time(RefreshTokenStore::remove_started(
            self, issuer, subject, latest,
        ))
    }

    fn remove_expired(&self, now: SystemTime) -> BoxFuture<'_, Result<(), BoxError>> {
        in_time(RefreshTokenStore::remove_expired(self, now))
    }
}

fn in_time<'a, T>(
    call: impl Future<Output = Result<T, BoxError>> + Send + 'a,
) -> BoxFuture<'a, Result<T, BoxError>> {
    let call = timeout(STORE_TIMEOUT, call);
    Box::pin(call.map(|answer| {
        answer.unwrap_or_else(|_| Err("the store of refresh tokens did not answer in time".into()))
    }))
}
