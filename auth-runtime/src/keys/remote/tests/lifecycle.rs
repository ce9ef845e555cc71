//! The task: what starts it, what ends it.

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

/// How many hold the provider: the test, and the task if it lives.
fn holders(provider: &Provider) -> usize {
    Arc::strong_count(&provider.0)
}

#[tokio::test(start_paused = true)]
async fn dropping_the_keys_ends_the_task() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys();
    keys.ready().await;
    assert!(holders(&provider) > 1);
    drop(keys);
    yield_now().await;
    assert_eq!(holders(&provider), 1);
}

#[tokio::test(start_paused = true)]
async fn also_in_the_middle_of_a_fetch() {
    let provider = Provider::default();
    provider.put(KEYS, Page::that(What::Hang));
    let keys = provider.keys();
    settle().await;
    assert_eq!(provider.asked(), 1);
    let start = Instant::now();
    drop(keys);
    yield_now().await;
    assert_eq!(holders(&provider), 1);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[test]
fn without_a_runtime_the_first_need_starts_it() {
    let key = TestKey::new("a");
    let needs: [fn(&RemoteKeys); 3] = [
        |keys| assert!(keys.refresh().now_or_never().is_none()),
        |keys| assert!(keys.ready().now_or_never().is_none()),
        // A probe, before which there may be no request at all.
        |keys| assert!(!keys.is_ready()),
    ];
    for need in needs {
        let provider = Provider::with(&[&key]);
        let keys = provider.keys();
        assert_eq!(provider.asked(), 0);
        runtime().block_on(async {
            need(&keys);
            settle().await;
            assert!(key.is_good(&keys));
        });
        assert_eq!(provider.asked(), 1);
    }
}

#[test]
fn where_there_is_never_a_runtime_nobody_waits() {
    let keys = Provider::with(&[&TestKey::new("a")]).keys();
    let outcome = keys.refresh().now_or_never();
    assert!(
        reason(outcome.expect("an answer at once")).ends_with("no tokio runtime to fetch them on")
    );
}

#[test]
fn a_runtime_that_is_gone_is_replaced_by_that_of_the_next_need() {
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
        // The keys that are known stay known meanwhile.
        assert!(old.is_good(&keys));
        pass(10).await;
        keys.refresh().await.unwrap();
        assert!(new.is_good(&keys));
    });
    assert_eq!(provider.asked(), 2);
}

#[test]
fn any_look_at_known_keys_starts_it_again() {
    let looks: [fn(&RemoteKeys); 4] = [
        |keys| assert!(keys.current().is_some()),
        // All that a token costs that was verified before.
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
            assert_eq!(provider.asked(), 1);
            look(&keys);
            settle().await;
            assert_eq!(provider.asked(), 2);
        });
    }
}

#[test]
fn a_key_taken_away_stops_for_known_tokens_although_the_first_runtime_is_gone() {
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
fn a_fetch_that_is_overdue_is_said_to_be() {
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
        let said = "a fetch is overdue: nobody fetches them";
        assert_eq!(keys.status().last_error.as_deref(), Some(said));
        settle().await;
        assert_eq!(keys.status().last_error, None);
    });
    assert_eq!(provider.asked(), 2);
}

#[test]
fn a_fetch_that_ends_with_its_runtime_has_failed() {
    let provider = Provider::default();
    provider.put(KEYS, Page::that(What::Hang));
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
        assert!(reason(outcome).ends_with("the fetch was broken off"));
        provider.publish(&[&TestKey::new("a")]);
        pass(10).await;
        keys.refresh().await.unwrap();
    });
}

/// A runtime can't be dropped where another one runs.
fn drop_outside(runtime: Runtime) {
    std::thread::spawn(move || drop(runtime)).join().unwrap();
}

/// Keys whose task is on a runtime that nobody drives.
fn parked(provider: &Provider) -> (Runtime, RemoteKeys) {
    let parked = runtime();
    let keys = {
        let _entered = parked.enter();
        provider.keys()
    };
    (parked, keys)
}

#[test]
fn a_task_on_a_runtime_that_nobody_drives_is_replaced_by_one_where_it_is_needed() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[&key]);
    let (_parked, keys) = parked(&provider);
    runtime().block_on(async {
        let start = Instant::now();
        assert!(reason(keys.refresh().await).ends_with("nobody fetches them"));
        assert_eq!(start.elapsed().as_secs(), 6);
        keys.refresh().await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 6);
        assert!(key.is_good(&keys));
    });
    assert_eq!(provider.asked(), 1);
}

#[test]
fn who_waits_until_they_are_ready_starts_it_too() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let (_parked, keys) = parked(&provider);
    runtime().block_on(async {
        let start = Instant::now();
        keys.ready().await;
        assert!(start.elapsed().as_secs() <= 12, "{:?}", start.elapsed());
    });
}

#[test]
fn a_task_that_was_replaced_has_no_say_any_more() {
    let (old, new) = (TestKey::new("old"), TestKey::new("new"));
    let provider = Provider::default();
    provider.put(KEYS, Page::new(set([old.jwk()])).takes(3));
    let slow = runtime();
    // It has asked, and is then left alone with the answer on its way.
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
        assert!(new.is_good(&keys));
    });
    slow.block_on(pass(10));
    assert!(new.is_good(&keys) && !old.is_good(&keys));
    assert_eq!(keys.current().unwrap().key_generation, 0);
}
