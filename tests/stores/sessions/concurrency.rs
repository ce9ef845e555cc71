//! Several nodes with one store.

use auth_runtime::session::{SessionDigest, SessionStore};
use tokio::task::JoinSet;

use super::{ISSUER, add, digest, kept, session, stored, with_provider_session};

const ROUNDS: u16 = 20;

pub(crate) async fn one_of_many_concurrent_inserts_of_one_session_succeeds(
    store: impl SessionStore + Clone,
) {
    let now = store.now().await.unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            let session = session(1, &format!("user{number}"), now);
            let inserted = store.insert(&session, None).await;
            inserted.is_ok().then_some(session)
        });
    }
    let inserted: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let stored = stored(&store, 1).await.unwrap();
    // One that happened without an answer in time does not count.
    assert!(inserted.is_empty() || inserted == [stored]);
}

pub(crate) async fn one_of_many_concurrent_renewals_of_one_session_succeeds(
    store: impl SessionStore + Clone,
) {
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    let mut tasks = JoinSet::new();
    for number in 2..=17 {
        let store = store.clone();
        tasks.spawn(async move {
            // A busy machine may not answer in time.
            loop {
                if let Ok(renewed) = store.renew(&digest(1), &digest(number), None).await {
                    return renewed.then_some(number);
                }
            }
        });
    }
    let renewed: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let listed = store.list(ISSUER, "alice").await.unwrap();
    let numbers: Vec<_> = (1..=17).collect();
    let kept = kept(&store, &numbers).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(kept.len(), 1);
    assert_eq!(listed[0].digest, digest(kept[0]));
    assert!(
        renewed.is_empty() || renewed == kept,
        "{renewed:?} {kept:?}"
    );
}

pub(crate) async fn a_concurrent_use_never_brings_a_removed_session_back(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    for _ in 0..ROUNDS {
        add(&store, &[session(1, "alice", now)]).await;
        let digest = digest(1);
        let (used, removed) = tokio::join!(store.record_use(&digest), store.remove(&digest));
        assert!(removed.unwrap());
        // Before or after, but not instead.
        let _: bool = used.unwrap();
        assert_eq!(stored(&store, 1).await, None);
    }
}

pub(crate) async fn a_session_is_either_removed_or_renewed(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let (old, new) = (digest(1), digest(2));
    for _ in 0..ROUNDS {
        add(&store, &[session(1, "alice", now)]).await;
        let (renewed, removed) = tokio::join!(store.renew(&old, &new, None), store.remove(&old));
        let renewed = renewed.unwrap();
        assert_ne!(renewed, removed.unwrap());
        assert_eq!(stored(&store, 1).await, None);
        assert_eq!(stored(&store, 2).await.is_some(), renewed);
        store.remove(&new).await.unwrap();
    }
}

pub(crate) async fn a_concurrent_renewal_never_escapes_a_removal_of_all(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let (old, new) = (digest(1), digest(2));
    for round in 0..3 * ROUNDS {
        add(
            &store,
            &[with_provider_session(session(1, "alice", now), "one")],
        )
        .await;
        let (renewed, ended) = tokio::join!(store.renew(&old, &new, None), async {
            match round % 3 {
                0 => store.remove_all(ISSUER, Some("alice")).await,
                1 => store.remove_all(ISSUER, None).await,
                _ => store.remove_of_provider(ISSUER, "one").await,
            }
        });
        let _: bool = renewed.unwrap();
        ended.unwrap();
        assert_eq!(kept(&store, &[1, 2]).await, [0; 0]);
    }
}

/// The new session is inserted before or after the removal of all.
pub(crate) async fn a_concurrent_replacement_leaves_no_replaced_session(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let old = digest(1);
    for _ in 0..ROUNDS {
        add(&store, &[session(1, "alice", now)]).await;
        let new = session(2, "alice", now);
        let (inserted, ended) = tokio::join!(
            store.insert(&new, Some(&old)),
            store.remove_all(ISSUER, Some("alice")),
        );
        inserted.unwrap();
        ended.unwrap();
        assert_eq!(stored(&store, 1).await, None);
        let listed = store.list(ISSUER, "alice").await.unwrap().len();
        assert_eq!(listed, kept(&store, &[2]).await.len());
        store.remove(&digest(2)).await.unwrap();
    }
}

pub(crate) async fn no_session_survives_a_removal_of_all_after_many_concurrent_changes(
    store: impl SessionStore + Clone,
) {
    let now = store.now().await.unwrap();
    let mut nodes = JoinSet::new();
    for node in 0..4_u16 {
        let store = store.clone();
        nodes.spawn(async move {
            let mut digests: Vec<SessionDigest> = Vec::new();
            for round in 0..ROUNDS {
                let first = 1000 * node + 10 * round;
                let (one, two) = (digest(first), digest(first + 1));
                let replaced = digests.last().copied();
                digests.extend([one, two]);
                let new = with_provider_session(session(first, "alice", now), "one");
                // Which of these succeed depends on the others.
                let _ = store.insert(&new, replaced.as_ref()).await;
                let _ = store.record_use(&one).await;
                let _ = store.renew(&one, &two, None).await;
                let _ = store.find(&two).await;
                let _ = match (round + node) % 4 {
                    0 => store.remove_all(ISSUER, Some("alice")).await,
                    1 => store.remove_all(ISSUER, None).await,
                    2 => store.remove_of_provider(ISSUER, "one").await,
                    _ => store.remove_expired().await,
                };
            }
            digests
        });
    }
    let digests: Vec<_> = nodes.join_all().await.into_iter().flatten().collect();
    store.remove_all(ISSUER, Some("alice")).await.unwrap();
    for digest in digests {
        assert_eq!(store.find(&digest).await.unwrap(), None);
    }
    assert_eq!(store.list(ISSUER, "alice").await.unwrap(), []);
    add(&store, &[session(9999, "alice", now)]).await;
    assert_eq!(kept(&store, &[9999]).await, [9999]);
}
