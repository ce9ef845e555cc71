//! Concurrent operations on one store.

use std::sync::Arc;

use auth_runtime::api_key::{ApiKeyRecord, ApiKeyStore, RotateError};
use tokio::task::JoinSet;

use super::{at, digest, holding, key, prefixes, stored};

/// The number of concurrent operations.
const MANY: u64 = 16;

fn numbered(number: u64) -> ApiKeyRecord {
    key(&format!("n{number}"))
}

pub(crate) async fn one_of_many_concurrent_inserts_of_one_prefix_succeeds(store: impl ApiKeyStore) {
    let store = Arc::new(store);
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        let store = Arc::clone(&store);
        let mut key = numbered(number);
        key.prefix = "ak_wanted".to_owned();
        tasks.spawn(async move { store.insert(&key).await.is_ok() });
    }
    let inserted = tasks.join_all().await;
    assert_eq!(inserted.iter().filter(|inserted| **inserted).count(), 1);
    assert_eq!(prefixes(&*store, None).await, ["ak_wanted"]);
}

/// A key that is revoked first has no successor. A key with a successor may be revoked afterwards.
pub(crate) async fn a_revoked_api_key_is_never_rotated_afterwards(store: impl ApiKeyStore) {
    let keys: Vec<_> = (0..MANY).map(numbered).collect();
    let store = Arc::new(holding(store, &keys).await);
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        let prefix = numbered(number).prefix;
        let revoking = (Arc::clone(&store), prefix.clone());
        tasks.spawn(async move {
            let (store, prefix) = revoking;
            assert!(store.revoke(&prefix, at(5)).await.unwrap());
        });
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let mut successor = key(&format!("s{number}"));
            successor.replaces = Some(prefix.clone());
            let rotated = match store.rotate(&prefix, at(20), &successor).await {
                Ok(()) => true,
                Err(RotateError::Ended) => false,
                Err(other) => panic!("{prefix}: {other:?}"),
            };
            let found = store.find(&successor.digest).await.unwrap();
            assert_eq!(found, rotated.then_some(successor), "{prefix}");
            let old = store.find(&numbered(number).digest).await.unwrap();
            let expires_at = old.unwrap().expires_at;
            assert_eq!(expires_at, rotated.then_some(at(20)), "{prefix}");
        });
    }
    tasks.join_all().await;
    for number in 0..MANY {
        let key = stored(&*store, &format!("n{number}")).await;
        assert_eq!(key.revoked_at, Some(at(5)));
    }
}

pub(crate) async fn one_of_many_concurrent_rotations_of_one_api_key_succeeds(
    store: impl ApiKeyStore,
) {
    let store = Arc::new(holding(store, &[key("old")]).await);
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        let store = Arc::clone(&store);
        let mut successor = numbered(number);
        successor.replaces = Some("ak_old".to_owned());
        let expiry = at(20 + number);
        tasks.spawn(async move {
            let rotated = store.rotate("ak_old", expiry, &successor).await;
            (successor.prefix, expiry, rotated)
        });
    }
    let (good, refused): (Vec<_>, Vec<_>) = tasks
        .join_all()
        .await
        .into_iter()
        .partition(|(_, _, rotated)| rotated.is_ok());
    let [(successor, expiry, _)] = &good[..] else {
        panic!("{good:?}")
    };
    for (_, _, rotated) in refused {
        assert!(
            matches!(&rotated, Err(RotateError::Replaced { by }) if by == successor),
            "{rotated:?}"
        );
    }
    assert_eq!(stored(&*store, "old").await.expires_at, Some(*expiry));
    assert_eq!(prefixes(&*store, None).await.len(), 2);
}

pub(crate) async fn an_api_key_revoked_concurrently_has_one_revocation_time(
    store: impl ApiKeyStore,
) {
    let store = Arc::new(holding(store, &[key("one")]).await);
    let mut tasks = JoinSet::new();
    for second in 0..MANY {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            assert!(store.revoke("ak_one", at(second)).await.unwrap());
            store
                .find(&digest("one"))
                .await
                .unwrap()
                .unwrap()
                .revoked_at
        });
    }
    let seen = tasks.join_all().await;
    let last = stored(&*store, "one").await.revoked_at;
    assert!(last.is_some());
    assert!(seen.iter().all(|time| *time == last), "{seen:?}, {last:?}");
}

pub(crate) async fn last_uses_recorded_by_many_nodes_keep_the_latest(store: impl ApiKeyStore) {
    let keys: Vec<_> = (0..MANY).map(numbered).collect();
    let store = Arc::new(holding(store, &keys).await);
    let mut tasks = JoinSet::new();
    for node in 0..MANY {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            // Each node uses another order: a store that locks row by row must not deadlock.
            let uses: Vec<_> = (0..MANY)
                .map(|number| (number + node) % MANY)
                .map(|number| (numbered(number).prefix, at(100 * number + node)))
                .collect();
            store.record_use(&uses).await.unwrap();
        });
    }
    tasks.join_all().await;
    for number in 0..MANY {
        let key = stored(&*store, &format!("n{number}")).await;
        assert_eq!(key.last_used_at, Some(at(100 * number + MANY - 1)));
    }
}

pub(crate) async fn readers_never_see_a_partial_rotation(store: impl ApiKeyStore) {
    let keys: Vec<_> = (0..MANY).map(numbered).collect();
    let store = Arc::new(holding(store, &keys).await);
    let reading = Arc::clone(&store);
    let reader = tokio::spawn(async move {
        loop {
            let keys = reading.list(None).await.unwrap();
            let replaced = keys.iter().filter_map(|key| key.replaces.as_deref());
            let mut replaced: Vec<_> = replaced.collect();
            let expiring = keys.iter().filter(|key| key.expires_at.is_some());
            let mut expiring: Vec<_> = expiring.map(|key| key.prefix.as_str()).collect();
            replaced.sort_unstable();
            expiring.sort_unstable();
            assert_eq!(expiring, replaced);
            if keys.len() == usize::try_from(2 * MANY).unwrap() {
                break;
            }
            tokio::task::yield_now().await;
        }
    });
    for number in 0..MANY {
        let mut successor = key(&format!("s{number}"));
        let prefix = numbered(number).prefix;
        successor.replaces = Some(prefix.clone());
        store.rotate(&prefix, at(20), &successor).await.unwrap();
    }
    reader.await.unwrap();
}
