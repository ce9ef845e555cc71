//! Several nodes with one store.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use auth_runtime::keys::SigningKey;
use auth_runtime::refresh_token::{RefreshError, RefreshTokenStore};
use auth_runtime::{RefreshTokens, TokenIssuer};
use tokio::task::JoinSet;

use super::{SHOP, at, digest, family, holding, rotation};

/// A node with the store and the clock of all nodes.
fn node(store: &(impl RefreshTokenStore + Clone), clock: &Arc<AtomicU64>) -> RefreshTokens {
    let issuer = TokenIssuer::builder(SHOP, SigningKey::generate()).audience(SHOP);
    let secret = "a secret of at least thirty-two bytes";
    let clock = Arc::clone(clock);
    RefreshTokens::builder(&issuer.build().unwrap(), secret, store.clone())
        .clock(move || at(clock.load(Ordering::Relaxed)))
        .build()
        .unwrap()
}

/// What a client does: it sends the token again while the store is unavailable, as on a machine that is busy.
async fn rotate(node: &RefreshTokens, token: &str) -> Result<String, RefreshError> {
    loop {
        match node.rotate(token).await {
            Err(RefreshError::Unavailable(_)) => tokio::task::yield_now().await,
            rotated => return rotated.map(|rotated| rotated.reveal().to_owned()),
        }
    }
}

pub(crate) async fn one_of_many_concurrent_rotations_of_one_generation_succeeds(
    store: impl RefreshTokenStore + Clone,
) {
    let store = holding(store, &[family("one", "alice")]).await;
    let mut tasks = JoinSet::new();
    for number in 1..=16 {
        let store = store.clone();
        let mut rotation = rotation("one", 0);
        rotation.digest = digest(number);
        tasks.spawn(async move {
            // A busy machine may not answer in time. A rotation that happened without an answer is not repeated.
            loop {
                if let Ok(rotated) = store.rotate(&rotation).await {
                    return rotated.then_some(rotation.digest);
                }
            }
        });
    }
    let rotated = tasks.join_all().await;
    let stored = store.find("one").await.unwrap().unwrap();
    assert_eq!(stored.generation, 1);
    let succeeded: Vec<_> = rotated.into_iter().flatten().collect();
    assert!(succeeded.is_empty() || succeeded == [stored.digest]);
}

pub(crate) async fn parallel_rotations_on_several_nodes_give_one_successor(
    store: impl RefreshTokenStore + Clone,
) {
    let clock = Arc::default();
    let nodes: Vec<_> = (0..4).map(|_| node(&store, &clock)).collect();
    let first = nodes[0].issue("alice").await.unwrap();
    let mut tasks = JoinSet::new();
    for node in nodes.iter().cycle().take(100) {
        let (node, token) = (node.clone(), first.reveal().to_owned());
        tasks.spawn(async move { rotate(&node, &token).await.unwrap() });
    }
    let successors: BTreeSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(successors.len(), 1);
    let stored = store
        .find(first.login().session_id())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.generation, 1);
    let successor = successors.first().unwrap();
    assert!(rotate(&nodes[3], successor).await.is_ok());
}

pub(crate) async fn reuse_after_the_grace_period_ends_the_family_on_all_nodes(
    store: impl RefreshTokenStore + Clone,
) {
    let clock = Arc::default();
    let (here, there) = (node(&store, &clock), node(&store, &clock));
    let first = here.issue("alice").await.unwrap();
    let second = there.rotate(first.reveal()).await.unwrap();
    clock.store(10, Ordering::Relaxed);
    let again = here.rotate(first.reveal()).await.unwrap();
    assert_eq!(again.reveal(), second.reveal());
    clock.store(11, Ordering::Relaxed);
    let reused = here.rotate(first.reveal()).await.unwrap_err();
    assert!(matches!(reused, RefreshError::Reused { .. }), "{reused:?}");
    let ended = there.rotate(second.reveal()).await.unwrap_err();
    assert!(matches!(ended, RefreshError::Invalid), "{ended:?}");
    assert_eq!(store.find(first.login().session_id()).await.unwrap(), None);
}

pub(crate) async fn a_removed_family_never_comes_back(store: impl RefreshTokenStore) {
    for _ in 0..10 {
        store.insert(&family("one", "alice")).await.unwrap();
        let rotation = rotation("one", 0);
        let (rotated, removed) = tokio::join!(store.rotate(&rotation), store.remove("one"));
        assert!(removed.unwrap());
        // Before or after, but not instead.
        let _: bool = rotated.unwrap();
        assert_eq!(store.find("one").await.unwrap(), None);
    }
}
