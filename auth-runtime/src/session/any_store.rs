//! A store behind `dyn`.

use std::time::SystemTime;

use futures_util::future::BoxFuture;

use super::store::{FoundSession, SessionDigest, SessionRecord, SessionStore};
use crate::box_error::BoxError;

/// An object-safe [`SessionStore`], so that [`Sessions`](super::Sessions) has no type parameter.
pub(super) trait AnySessionStore: Send + Sync {
    fn now(&self) -> BoxFuture<'_, Result<SystemTime, BoxError>>;

    fn insert<'a>(
        &'a self,
        session: &'a SessionRecord,
        replaced: Option<&'a SessionDigest>,
    ) -> BoxFuture<'a, Result<(), BoxError>>;

    fn find<'a>(
        &'a self,
        digest: &'a SessionDigest,
    ) -> BoxFuture<'a, Result<Option<FoundSession>, BoxError>>;

    fn record_use<'a>(&'a self, digest: &'a SessionDigest)
    -> BoxFuture<'a, Result<bool, BoxError>>;

    fn renew<'a>(
        &'a self,
        old: &'a SessionDigest,
        new: &'a SessionDigest,
        sealed: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, BoxError>>;

    fn remove<'a>(&'a self, digest: &'a SessionDigest) -> BoxFuture<'a, Result<bool, BoxError>>;

    fn remove_all<'a>(
        &'a self,
        issuer: &'a str,
        subject: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), BoxError>>;

    fn remove_others<'a>(
        &'a self,
        issuer: &'a str,
        subject: &'a str,
        kept: &'a SessionDigest,
    ) -> BoxFuture<'a, Result<(), BoxError>>;

    fn remove_of_provider<'a>(
        &'a self,
        issuer: &'a str,
        provider_session_id: &'a str,
    ) -> BoxFuture<'a, Result<(), BoxError>>;

    fn list<'a>(
        &'a self,
        issuer: &'a str,
        subject: &'a str,
    ) -> BoxFuture<'a, Result<Vec<SessionRecord>, BoxError>>;

    fn remove_expired(&self) -> BoxFuture<'_, Result<(), BoxError>>;
}

impl<S: SessionStore> AnySessionStore for S {
    fn now(&self) -> BoxFuture<'_, Result<SystemTime, BoxError>> {
        Box::pin(SessionStore::now(self))
    }

    fn insert<'a>(
        &'a self,
        session: &'a SessionRecord,
        replaced: Option<&'a SessionDigest>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(SessionStore::insert(self, session, replaced))
    }

    fn find<'a>(
        &'a self,
        digest: &'a SessionDigest,
    ) -> BoxFuture<'a, Result<Option<FoundSession>, BoxError>> {
        Box::pin(SessionStore::find(self, digest))
    }

    fn record_use<'a>(
        &'a self,
        digest: &'a SessionDigest,
    ) -> BoxFuture<'a, Result<bool, BoxError>> {
        Box::pin(SessionStore::record_use(self, digest))
    }

    fn renew<'a>(
        &'a self,
        old: &'a SessionDigest,
        new: &'a SessionDigest,
        sealed: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, BoxError>> {
        Box::pin(SessionStore::renew(self, old, new, sealed))
    }

    fn remove<'a>(&'a self, digest: &'a SessionDigest) -> BoxFuture<'a, Result<bool, BoxError>> {
        Box::pin(SessionStore::remove(self, digest))
    }

    fn remove_all<'a>(
        &'a self,
        issuer: &'a str,
        subject: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(SessionStore::remove_all(self, issuer, subject))
    }

    fn remove_others<'a>(
        &'a self,
        issuer: &'a str,
        subject: &'a str,
        kept: &'a SessionDigest,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(SessionStore::remove_others(self, issuer, subject, kept))
    }

    fn remove_of_provider<'a>(
        &'a self,
        issuer: &'a str,
        provider_session_id: &'a str,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(SessionStore::remove_of_provider(
            self,
            issuer,
            provider_session_id,
        ))
    }

    fn list<'a>(
        &'a self,
        issuer: &'a str,
        subject: &'a str,
    ) -> BoxFuture<'a, Result<Vec<SessionRecord>, BoxError>> {
        Box::pin(SessionStore::list(self, issuer, subject))
    }

    fn remove_expired(&self) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(SessionStore::remove_expired(self))
    }
}
