//! Sessions that get a new digest.

use auth_runtime::session::SessionStore;

use super::{MINUTE, add, digest, kept, session, stored, with_provider_session};

pub(crate) async fn a_renewed_session_has_a_new_digest_and_keeps_the_rest(
    store: impl SessionStore,
) {
    let now = store.now().await.unwrap();
    let mut expected = with_provider_session(session(1, "alice", now), "one");
    expected.sealed = Some(vec![1]);
    expected.last_seen_at = now + MINUTE;
    add(&store, &[expected.clone(), session(3, "alice", now)]).await;
    let renewed = store.renew(&digest(1), &digest(2), Some(&[2, 3])).await;
    assert!(renewed.unwrap());
    expected.digest = digest(2);
    expected.sealed = Some(vec![2, 3]);
    assert_eq!(stored(&store, 2).await, Some(expected));
    assert_eq!(kept(&store, &[1, 2, 3]).await, [2, 3]);
}

pub(crate) async fn a_renewal_can_remove_the_sealed_value(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let mut one = session(1, "alice", now);
    one.sealed = Some(vec![1]);
    add(&store, &[one]).await;
    assert!(store.renew(&digest(1), &digest(2), None).await.unwrap());
    assert_eq!(stored(&store, 2).await, Some(session(2, "alice", now)));
}

pub(crate) async fn a_session_is_renewed_several_times(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    for number in 1..5 {
        let (old, new) = (digest(number), digest(number + 1));
        assert!(store.renew(&old, &new, None).await.unwrap());
        assert!(store.record_use(&new).await.unwrap());
    }
    assert_eq!(kept(&store, &[1, 2, 3, 4, 5]).await, [5]);
    // A digest may be used again.
    assert!(store.renew(&digest(5), &digest(1), None).await.unwrap());
    assert_eq!(kept(&store, &[1, 2, 3, 4, 5]).await, [1]);
}

pub(crate) async fn a_removed_session_is_not_renewed(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    assert!(store.remove(&digest(1)).await.unwrap());
    assert!(!store.renew(&digest(1), &digest(2), None).await.unwrap());
    assert_eq!(kept(&store, &[1, 2]).await, [0; 0]);
    assert_eq!(store.list(super::ISSUER, "alice").await.unwrap(), []);
}

pub(crate) async fn a_renewal_to_an_existing_digest_changes_nothing(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let sessions = [session(1, "alice", now), session(2, "bob", now)];
    add(&store, &sessions).await;
    let renewed = store.renew(&digest(1), &digest(2), Some(&[1])).await;
    assert!(renewed.is_err());
    for (number, session) in (1..).zip(sessions) {
        assert_eq!(stored(&store, number).await, Some(session));
    }
}
