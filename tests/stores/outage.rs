//! A store whose database is down.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use auth_runtime::api_key::ApiKeyStore;
use auth_runtime::refresh_token::RefreshTokenStore;
use auth_runtime::session::SessionStore;
use auth_runtime::sql::SqlStore;
use auth_runtime::users::UserStore;

use crate::api_keys::{at, key};
use crate::refresh_tokens::{SHOP, family, rotation};
use crate::sessions::{digest, session};

/// Only a hanging test waits this long. The time itself is not measured.
const IN_TIME: Duration = Duration::from_secs(90);

/// The error of a query, which must be returned in time.
pub(crate) async fn outage<T, E: Display>(question: impl Future<Output = Result<T, E>>) -> String {
    let answer = tokio::time::timeout(IN_TIME, question).await;
    let answer = answer.expect("no answer in time");
    answer.err().expect("it answers").to_string()
}

/// The errors of all queries.
pub(crate) async fn nothing_is_answered(store: &SqlStore) -> Vec<String> {
    let unknown = key("unknown").digest;
    let digest = digest(1);
    let read = async {
        let (one, two, three, four, five, six) = tokio::join!(
            outage(ApiKeyStore::find(store, &unknown)),
            outage(UserStore::find(store, "alice")),
            outage(ApiKeyStore::list(store, None)),
            outage(RefreshTokenStore::find(store, "one")),
            outage(SessionStore::find(store, &digest)),
            outage(SessionStore::list(store, SHOP, "alice")),
        );
        [one, two, three, four, five, six]
    };
    let (read, written) = tokio::join!(read, Box::pin(nothing_is_written(store)));
    read.into_iter().chain(written).collect()
}

/// The errors of all changes.
pub(crate) async fn nothing_is_written(store: &SqlStore) -> Vec<String> {
    let two = key("two");
    let used = [("ak_one".to_owned(), at(1))];
    let (insert, revoke, rotate, record_use, rehash, refresh_tokens, sessions) = tokio::join!(
        outage(ApiKeyStore::insert(store, &two)),
        outage(store.revoke("ak_one", at(1))),
        outage(ApiKeyStore::rotate(store, "ak_one", at(1), &two)),
        outage(ApiKeyStore::record_use(store, &used)),
        outage(store.rehash("alice", "old", "new")),
        no_refresh_token_is_written(store),
        Box::pin(no_session_is_written(store)),
    );
    let errors = vec![insert, revoke, rotate, record_use, rehash];
    let errors = errors.into_iter().chain(refresh_tokens);
    errors.chain(sessions).collect()
}

async fn no_refresh_token_is_written(store: &SqlStore) -> [String; 6] {
    let (family, rotation) = (family("one", "alice"), rotation("one", 0));
    let (insert, rotate, remove, of_subject, of_issuer, expired) = tokio::join!(
        outage(RefreshTokenStore::insert(store, &family)),
        outage(RefreshTokenStore::rotate(store, &rotation)),
        outage(RefreshTokenStore::remove(store, "one")),
        outage(store.remove_started(SHOP, Some("alice"), at(1))),
        outage(store.remove_started(SHOP, None, at(1))),
        outage(RefreshTokenStore::remove_expired(store, at(1))),
    );
    [insert, rotate, remove, of_subject, of_issuer, expired]
}

/// The errors of all changes of sessions.
pub(crate) async fn no_session_is_written(store: &impl SessionStore) -> [String; 9] {
    let (old, new) = (digest(1), digest(2));
    let session = session(2, "alice", at(0));
    let (insert, replace, used, renew, remove, of_subject, of_issuer, others, of_provider) = tokio::join!(
        outage(store.insert(&session, None)),
        outage(store.insert(&session, Some(&old))),
        outage(store.record_use(&old)),
        outage(store.renew(&old, &new, None)),
        outage(store.remove(&old)),
        outage(store.remove_all(SHOP, Some("alice"))),
        outage(store.remove_all(SHOP, None)),
        outage(store.remove_others(SHOP, "alice", &old)),
        outage(store.remove_of_provider(SHOP, "one")),
    );
    [
        insert,
        replace,
        used,
        renew,
        remove,
        of_subject,
        of_issuer,
        others,
        of_provider,
    ]
}

#[cfg(feature = "postgres")]
pub(crate) async fn soon(mut holds: impl AsyncFnMut() -> bool) {
    let start = std::time::Instant::now();
    while !holds().await {
        assert!(start.elapsed() < 2 * IN_TIME, "never");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
