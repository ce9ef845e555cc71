//! The start and the end of the fetch task.

use futures_util::FutureExt as _;
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

use super::*;

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

/// How many references to the provider there are: that of the test, and that of the task if it is alive.
fn holders(provider: &Provider) -> usize {
    Arc::strong_count(&provider.0)
}

#[tokio::test(start_paused = true)]
async fn dropping_remote_keys_ends_their_task() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys();
    keys.ready().await;
    assert!(holders(&provider) > 1);
    drop(keys);
    yield_now().await;
    assert_eq!(holders(&provider), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_remote_keys_during_a_fetch_ends_their_task() {
    let provider = Provider::default();
    provider.put(KEYS, Page::with_behavior(Behavior::Hang));
    let keys = provider.keys();
    settle().await;
    assert_eq!(provider.request_count(), 1);
    let start = Instant::now();
    drop(keys);
    yield_now().await;
    assert_eq!(holders(&provider), 1);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[test]
fn without_a_runtime_the_first_use_of_the_keys_starts_the_fetch_task() {
    let key = TestKey::new("a");
    let needs: [fn(&RemoteKeys); 3] = [
        |keys| assert!(keys.refresh().now_or_never().is_none()),
        |keys| assert!(keys.ready().now_or_never().is_none()),
        // A readiness probe, before which there may be no requests.
        |keys| assert!(!keys.is_ready()),
    ];
    for need in needs {
        let provider = Provider::with(&[&key]);
        let keys = provider.keys();
        assert_eq!(provider.request_count(), 0);
        runtime().block_on(async {
            need(&keys);
            settle().await;
            assert!(key.is_accepted(&keys));
        });
        assert_eq!(provider.request_count(), 1);
    }
}

#[test]
fn without_any_runtime_a_use_of_the_keys_fails_at_once() {
    let keys = Provider::with(&[&TestKey::new("a")]).keys();
    let outcome = keys.refresh().now_or_never();
    assert!(
        reason(outcome.expect("an answer at once")).ends_with("no tokio runtime to fetch them on")
    );
}

#[test]
fn after_its_runtime_ends_the_fetch_task_moves_to_the_next_one() {
    let (old, new) = (TestKey::new("old"), TestKey::new("new"));
    let provider = Provider::with(&[&old]);
    let first = runtime();
    let keys = first.block_on(async {
        let keys = provider.keys();
        keys.ready().await;
        keys
    });
    drop(first);
    provider.publish(&[&old, &new]);
    runtime().block_on(async {
        // The known keys stay known meanwhile.
        assert!(old.is_accepted(&keys));
        pass(10).await;
        keys.refresh().await.unwrap();
        assert!(new.is_accepted(&keys));
    });
    assert_eq!(provider.request_count(), 2);
}

#[test]
fn any_use_of_known_keys_restarts_the_fetch_task() {
    let looks: [fn(&RemoteKeys); 4] = [
        |keys| assert!(keys.current().is_some()),
        // The only call for a token that was verified before.
        |keys| assert!(keys.is_current(0)),
        |keys| assert!(keys.is_ready()),
        |keys| assert!(keys.status().usable),
    ];
    for look in looks {
        let provider = Provider::with(&[&TestKey::new("a")]);
        let first = runtime();
        let keys = first.block_on(async {
            let keys = provider.keys();
            keys.ready().await;
            keys
        });
        drop(first);
        runtime().block_on(async {
            pass(400).await;
            assert_eq!(provider.request_count(), 1);
            look(&keys);
            settle().await;
            assert_eq!(provider.request_count(), 2);
        });
    }
}

#[test]
fn a_removed_key_ends_known_tokens_even_after_the_first_runtime_ended() {
    let provider = Provider::with(&[&TestKey::new("old")]);
    let first = runtime();
    let keys = first.block_on(async {
        let keys = provider.keys();
        keys.ready().await;
        keys
    });
    drop(first);
    provider.publish(&[&TestKey::new("new")]);
    runtime().block_on(async {
        assert!(keys.is_current(0));
        pass(300).await;
        assert!(!keys.is_current(0));
    });
}

#[test]
fn the_status_reports_an_overdue_fetch() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let parked = runtime();
    let keys = parked.block_on(async {
        let keys = provider.keys();
        keys.ready().await;
        assert_eq!(keys.status().last_error, None);
        keys
    });
    runtime().block_on(async {
        pass(310).await;
        let said = "a fetch is overdue: the task that fetches is not running";
        assert_eq!(keys.status().last_error.as_deref(), Some(said));
        settle().await;
        assert_eq!(keys.status().last_error, None);
    });
    assert_eq!(provider.request_count(), 2);
}

#[test]
fn a_key_fetch_whose_runtime_ends_has_failed() {
    let provider = Provider::default();
    provider.put(KEYS, Page::with_behavior(Behavior::Hang));
    let first = runtime();
    let keys = first.block_on(async {
        let keys = provider.keys();
        settle().await;
        keys
    });
    let second = runtime();
    second.block_on(async {
        let waiting = keys.refresh();
        let meanwhile = async {
            settle().await;
            drop_outside(first);
        };
        let (outcome, ()) = futures_util::future::join(waiting, meanwhile).await;
        assert!(reason(outcome).ends_with("the fetch was cancelled"));
        provider.publish(&[&TestKey::new("a")]);
        pass(10).await;
        keys.refresh().await.unwrap();
    });
}

/// A runtime can't be dropped where another one runs.
fn drop_outside(runtime: Runtime) {
    std::thread::spawn(move || drop(runtime)).join().unwrap();
}

/// Keys whose task is on a runtime that is not driven.
fn parked(provider: &Provider) -> (Runtime, RemoteKeys) {
    let parked = runtime();
    let keys = {
        let _entered = parked.enter();
        provider.keys()
    };
    (parked, keys)
}

#[test]
fn a_fetch_task_on_a_stalled_runtime_is_replaced() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[&key]);
    let (_parked, keys) = parked(&provider);
    runtime().block_on(async {
        let start = Instant::now();
        assert!(
            reason(keys.refresh().await).ends_with("the task that fetches them is not running")
        );
        assert_eq!(start.elapsed().as_secs(), 6);
        keys.refresh().await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 6);
        assert!(key.is_accepted(&keys));
    });
    assert_eq!(provider.request_count(), 1);
}

#[test]
fn waiting_for_ready_keys_starts_the_fetch_task() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let (_parked, keys) = parked(&provider);
    runtime().block_on(async {
        let start = Instant::now();
        keys.ready().await;
        assert!(start.elapsed().as_secs() <= 12, "{:?}", start.elapsed());
    });
}

#[test]
fn the_outcome_of_a_replaced_fetch_task_is_ignored() {
    let (old, new) = (TestKey::new("old"), TestKey::new("new"));
    let provider = Provider::default();
    provider.put(KEYS, Page::new(set([old.jwk()])).takes(3));
    let slow = runtime();
    // The task has sent its request. Its runtime is then not driven while the response arrives.
    let keys = slow.block_on(async {
        let keys = provider.keys();
        settle().await;
        keys
    });
    provider.publish(&[&new]);
    runtime().block_on(async {
        assert!(keys.refresh().await.is_err());
        pass(20).await;
        keys.refresh().await.unwrap();
        assert!(new.is_accepted(&keys));
    });
    slow.block_on(pass(10));
    assert!(new.is_accepted(&keys) && !old.is_accepted(&keys));
    assert_eq!(keys.current().unwrap().key_generation, 0);
}
