//! A store behind `dyn`.

use futures_util::future::BoxFuture;
use std::time::SystemTime;

use crate::api_key::store::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore, RotateError};
use crate::box_error::BoxError;

/// An object-safe [`ApiKeyStore`], so that [`ApiKeys`](super::ApiKeys) has no type parameter.
pub(super) trait AnyApiKeyStore: Send + Sync {
    fn find<'a>(
        &'a self,
        digest: &'a ApiKeyDigest,
    ) -> BoxFuture<'a, Result<Option<ApiKeyRecord>, BoxError>>;

    fn find_by_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<Option<ApiKeyRecord>, BoxError>>;

    fn list<'a>(
        &'a self,
        owner: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Vec<ApiKeyRecord>, BoxError>>;

    fn insert<'a>(&'a self, key: &'a ApiKeyRecord) -> BoxFuture<'a, Result<(), BoxError>>;

    fn revoke<'a>(
        &'a self,
        prefix: &'a str,
        time: SystemTime,
    ) -> BoxFuture<'a, Result<bool, BoxError>>;

    fn rotate<'a>(
        &'a self,
        prefix: &'a str,
        time: SystemTime,
        successor: &'a ApiKeyRecord,
    ) -> BoxFuture<'a, Result<(), RotateError>>;

    fn record_use<'a>(
        &'a self,
        uses: &'a [(String, SystemTime)],
    ) -> BoxFuture<'a, Result<(), BoxError>>;
}

impl<S: ApiKeyStore> AnyApiKeyStore for S {
    fn find<'a>(
        &'a self,
        digest: &'a ApiKeyDigest,
    ) -> BoxFuture<'a, Result<Option<ApiKeyRecord>, BoxError>> {
        Box::pin(ApiKeyStore::find(self, digest))
    }

    fn find_by_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<Option<ApiKeyRecord>, BoxError>> {
        Box::pin(ApiKeyStore::find_by_prefix(self, prefix))
    }

    fn list<'a>(
        &'a self,
        owner: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Vec<ApiKeyRecord>, BoxError>> {
        Box::pin(ApiKeyStore::list(self, owner))
    }

    fn insert<'a>(&'a self, key: &'a ApiKeyRecord) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(ApiKeyStore::insert(self, key))
    }

    fn revoke<'a>(
        &'a self,
        prefix: &'a str,
        time: SystemTime,
    ) -> BoxFuture<'a, Result<bool, BoxError>> {
        Box::pin(ApiKeyStore::revoke(self, prefix, time))
    }

    fn rotate<'a>(
        &'a self,
        prefix: &'a str,
        time: SystemTime,
        successor: &'a ApiKeyRecord,
    ) -> BoxFuture<'a, Result<(), RotateError>> {
        Box::pin(ApiKeyStore::rotate(self, prefix, time, successor))
    }

    fn record_use<'a>(
        &'a self,
        uses: &'a [(String, SystemTime)],
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(ApiKeyStore::record_use(self, uses))
    }
}
