//! When keys were last used.

use tokio::time::{advance, sleep};

use super::*;

async fn last_used(store: &Store, key: &ApiKey) -> Option<SystemTime> {
    let found = store.keys.find(&key.digest()).await.unwrap();
    found.unwrap().last_used_at
}

#[tokio::test(start_paused = true)]
async fn the_last_use_of_an_api_key_is_written_after_the_response() {
    let (node, store) = node();
    let (key, unused) = (node.create().await, node.create().await);
    assert!(node.lets_in(&key).await);
    assert_eq!(last_used(&store, &key).await, None);
    node.clock.forward(7);
    let time = node.clock.now();
    assert!(node.lets_in(&key).await);
    sleep(Duration::from_secs(59)).await;
    assert_eq!(last_used(&store, &key).await, None);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(last_used(&store, &key).await, Some(time));
    assert_eq!(last_used(&store, &unused).await, None);
}

#[tokio::test(start_paused = true)]
async fn last_uses_of_api_keys_are_written_once_a_minute() {
    let (node, store) = node();
    let keys = [node.create().await, node.create().await];
    for _ in 0..600 {
        for key in &keys {
            assert!(node.lets_in(key).await);
        }
        node.clock.forward(1);
        sleep(Duration::from_secs(1)).await;
    }
    let writes = store.writes();
    assert!((9..=10).contains(&writes.len()), "{writes:?}");
    assert!(writes.iter().all(|uses| *uses == 2), "{writes:?}");
    // Nothing is written if no key was used.
    sleep(Duration::from_secs(3600)).await;
    assert!((10..=11).contains(&store.writes().len()));
    // Later uses are written again.
    assert!(node.lets_in(&keys[0]).await);
    let time = node.clock.now();
    sleep(Duration::from_secs(61)).await;
    assert_eq!(last_used(&store, &keys[0]).await, Some(time));
}

#[tokio::test(start_paused = true)]
async fn a_refused_api_key_has_no_last_use() {
    let (node, store) = node();
    let key = node.create().await;
    node.keys.revoke(key.prefix()).await.unwrap();
    assert!(!node.lets_in(&key).await);
    sleep(Duration::from_secs(120)).await;
    assert!(store.writes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn last_uses_that_cannot_be_written_are_kept_for_the_next_write() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    let first = node.clock.now();
    store.fail(true);
    sleep(Duration::from_secs(185)).await;
    assert!(store.writes().is_empty());
    store.fail(false);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(last_used(&store, &key).await, Some(first));
}

#[tokio::test(start_paused = true)]
async fn last_uses_can_be_written_before_the_process_ends() {
    let (node, store) = node();
    let key = node.create().await;
    node.keys.write_last_used().await.unwrap();
    assert!(store.writes().is_empty());
    assert!(node.lets_in(&key).await);
    store.fail(true);
    assert!(node.keys.write_last_used().await.is_err());
    store.fail(false);
    node.keys.write_last_used().await.unwrap();
    assert_eq!(last_used(&store, &key).await, Some(node.clock.now()));
    // They are not written again.
    sleep(Duration::from_secs(120)).await;
    assert_eq!(store.writes(), [1]);
}

#[tokio::test(start_paused = true)]
async fn last_uses_are_written_even_after_the_authenticator_is_dropped() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    drop(node);
    sleep(Duration::from_secs(61)).await;
    assert_eq!(store.writes(), [1]);
}

#[tokio::test(start_paused = true)]
async fn many_last_uses_are_written_in_batches_and_none_is_lost() {
    let (node, store) = node();
    for _ in 0..600 {
        let key = node.create().await;
        assert!(node.lets_in(&key).await);
    }
    store.fail(true);
    assert!(node.keys.write_last_used().await.is_err());
    store.fail(false);
    node.keys.write_last_used().await.unwrap();
    assert_eq!(store.writes(), [256, 256, 88]);
}

#[tokio::test(start_paused = true)]
async fn the_number_of_pending_last_uses_is_bounded() {
    let (node, store) = node();
    for number in 0..20_000 {
        let every = Duration::from_secs(3600);
        let prefix = format!("ak_{number}");
        node.keys.shared.note_use(&prefix, UNIX_EPOCH, every);
    }
    node.keys.write_last_used().await.unwrap();
    assert_eq!(store.writes().iter().sum::<usize>(), 16_384);
    advance(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_failing_store_is_written_to_with_pauses() {
    let store = Store::default();
    let node = Node::new(ApiKeys::new(store.clone()).last_used_every(Duration::ZERO));
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    store.fail(true);
    sleep(Duration::from_secs(10)).await;
    let tellings = store.control.tellings.load(Ordering::SeqCst);
    assert!((9..=11).contains(&tellings), "{tellings}");
}

#[tokio::test(start_paused = true)]
async fn last_uses_are_written_again_after_the_store_panicked() {
    let (node, store) = node();
    let (first, second) = (node.create().await, node.create().await);
    store.control.panics.store(true, Ordering::SeqCst);
    assert!(node.lets_in(&first).await);
    sleep(Duration::from_secs(61)).await;
    store.control.panics.store(false, Ordering::SeqCst);
    assert!(node.lets_in(&second).await);
    sleep(Duration::from_secs(61)).await;
    // Both, in one write.
    assert_eq!(store.writes(), [2]);
}

#[test]
fn last_uses_are_written_by_another_runtime_after_the_first_ends() {
    let (node, store) = node();
    let run = |seconds, key: &ApiKey| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build();
        runtime.unwrap().block_on(async {
            assert!(node.lets_in(key).await);
            sleep(Duration::from_secs(seconds)).await;
        });
    };
    let create = || futures_util::FutureExt::now_or_never(node.create()).unwrap();
    run(1, &create());
    assert!(store.writes().is_empty());
    run(61, &create());
    assert_eq!(store.writes(), [2]);
}

#[tokio::test(start_paused = true)]
async fn last_uses_of_an_abandoned_write_are_kept() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    store.hold();
    let writing = node.clone();
    let begun = tokio::spawn(async move { writing.keys.write_last_used().await.is_ok() });
    store.until_held(1).await;
    begun.abort();
    assert!(begun.await.is_err());
    store.forget_held();
    node.keys.write_last_used().await.unwrap();
    assert_eq!(store.writes(), [1]);
}
