//! Sessions that end.

use auth_runtime::session::{SessionRecord, SessionStore};

use super::{HOUR, ISSUER, MINUTE, add, digest, kept, session, stored, with_provider_session};

const OTHER: &str = "https://other.example";

fn of_issuer(mut session: SessionRecord, issuer: &str) -> SessionRecord {
    session.issuer = issuer.to_owned();
    session
}

pub(crate) async fn a_session_is_removed_once_and_the_others_stay(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(
        &store,
        &[session(1, "alice", now), session(2, "alice", now)],
    )
    .await;
    assert!(store.remove(&digest(1)).await.unwrap());
    assert!(!store.remove(&digest(1)).await.unwrap());
    assert!(!store.remove(&digest(3)).await.unwrap());
    assert_eq!(kept(&store, &[1, 2]).await, [2]);
}

pub(crate) async fn all_sessions_of_a_subject_are_removed_and_no_others(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(
        &store,
        &[
            session(1, "alice", now),
            with_provider_session(session(2, "alice", now), "one"),
            session(3, "Alice", now),
            session(4, "alice ", now),
            session(5, "", now),
            with_provider_session(session(6, "bob", now), "alice"),
            of_issuer(session(7, "alice", now), OTHER),
        ],
    )
    .await;
    let all = [1, 2, 3, 4, 5, 6, 7];
    store.remove_all(ISSUER, Some("ali%")).await.unwrap();
    store.remove_all("", Some("alice")).await.unwrap();
    store.remove_all("*", Some("*")).await.unwrap();
    assert_eq!(kept(&store, &all).await, all);
    store.remove_all(ISSUER, Some("alice")).await.unwrap();
    assert_eq!(kept(&store, &all).await, [3, 4, 5, 6, 7]);
    store.remove_all(ISSUER, Some("")).await.unwrap();
    assert_eq!(kept(&store, &all).await, [3, 4, 6, 7]);
}

pub(crate) async fn the_other_sessions_of_a_subject_are_removed_and_no_others(
    store: impl SessionStore,
) {
    let now = store.now().await.unwrap();
    let kept_session = with_provider_session(session(1, "alice", now), "one");
    add(
        &store,
        &[
            kept_session.clone(),
            session(2, "alice", now),
            with_provider_session(session(3, "alice", now), "one"),
            session(4, "bob", now),
            of_issuer(session(5, "alice", now), OTHER),
        ],
    )
    .await;
    let all = [1, 2, 3, 4, 5];
    for _ in 0..2 {
        store
            .remove_others(ISSUER, "alice", &digest(1))
            .await
            .unwrap();
        assert_eq!(kept(&store, &all).await, [1, 4, 5]);
        assert_eq!(
            store.list(ISSUER, "alice").await.unwrap(),
            std::slice::from_ref(&kept_session)
        );
    }
    // The kept session can be used and renewed, and sessions that are started later live too.
    assert!(store.record_use(&digest(1)).await.unwrap());
    assert!(store.renew(&digest(1), &digest(6), None).await.unwrap());
    add(&store, &[session(2, "alice", now)]).await;
    assert_eq!(kept(&store, &[1, 2, 6]).await, [2, 6]);
    store.remove_all(ISSUER, Some("alice")).await.unwrap();
    assert_eq!(kept(&store, &[1, 2, 6]).await, [0; 0]);
}

pub(crate) async fn the_kept_session_still_ends_with_its_issuer_and_its_provider_session(
    store: impl SessionStore,
) {
    let now = store.now().await.unwrap();
    for of_provider in [false, true] {
        add(
            &store,
            &[with_provider_session(session(1, "alice", now), "one")],
        )
        .await;
        store
            .remove_others(ISSUER, "alice", &digest(1))
            .await
            .unwrap();
        if of_provider {
            store.remove_of_provider(ISSUER, "one").await.unwrap();
        } else {
            store.remove_all(ISSUER, None).await.unwrap();
        }
        assert_eq!(kept(&store, &[1]).await, [0; 0]);
    }
}

pub(crate) async fn all_sessions_end_if_the_kept_one_has_ended(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let both = [session(1, "alice", now), session(2, "alice", now)];
    add(&store, &both).await;
    store.remove(&digest(1)).await.unwrap();
    store
        .remove_others(ISSUER, "alice", &digest(1))
        .await
        .unwrap();
    assert_eq!(kept(&store, &[1, 2]).await, [0; 0]);
    assert_eq!(store.list(ISSUER, "alice").await.unwrap(), []);
    // The session of another subject is not one of the subject's.
    add(&store, &[both[0].clone(), session(3, "bob", now)]).await;
    store
        .remove_others(ISSUER, "alice", &digest(3))
        .await
        .unwrap();
    assert_eq!(kept(&store, &[1, 3]).await, [3]);
}

pub(crate) async fn all_sessions_of_an_issuer_are_removed_and_no_others(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(
        &store,
        &[
            session(1, "alice", now),
            with_provider_session(session(2, "bob", now), "one"),
            of_issuer(session(3, "alice", now), OTHER),
            of_issuer(session(4, "alice", now), "https://issuer.example/"),
            of_issuer(session(5, ISSUER, now), ""),
        ],
    )
    .await;
    store.remove_all(ISSUER, None).await.unwrap();
    assert_eq!(kept(&store, &[1, 2, 3, 4, 5]).await, [3, 4, 5]);
}

pub(crate) async fn all_sessions_of_a_provider_session_are_removed_and_no_others(
    store: impl SessionStore,
) {
    let now = store.now().await.unwrap();
    let of = |number, subject, id| with_provider_session(session(number, subject, now), id);
    add(
        &store,
        &[
            of(1, "alice", "one"),
            of(2, "bob", "one"),
            of(3, "alice", "two"),
            of(4, "alice", ""),
            session(5, "one", now),
            of_issuer(of(6, "alice", "one"), OTHER),
        ],
    )
    .await;
    let all = [1, 2, 3, 4, 5, 6];
    store.remove_of_provider(ISSUER, "alice").await.unwrap();
    assert_eq!(kept(&store, &all).await, all);
    store.remove_of_provider(ISSUER, "one").await.unwrap();
    assert_eq!(kept(&store, &all).await, [3, 4, 5, 6]);
    store.remove_of_provider(ISSUER, "").await.unwrap();
    assert_eq!(kept(&store, &all).await, [3, 5, 6]);
}

/// No two pairs share a key of the store.
pub(crate) async fn names_with_the_same_letters_are_different_names(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let of = |number, issuer, subject| of_issuer(session(number, subject, now), issuer);
    add(
        &store,
        &[
            of(1, "a", "b:c"),
            of(2, "a:b", "c"),
            of(3, "ab", "c"),
            of(4, "a", "bc"),
            of(5, "abc", ""),
            of(6, "", "abc"),
            with_provider_session(of(7, "a", "x"), "b:c"),
        ],
    )
    .await;
    let all = [1, 2, 3, 4, 5, 6, 7];
    store.remove_all("a", Some("b:c")).await.unwrap();
    assert_eq!(kept(&store, &all).await, [2, 3, 4, 5, 6, 7]);
    store.remove_of_provider("a", "bc").await.unwrap();
    store.remove_all("ab", Some("c")).await.unwrap();
    assert_eq!(kept(&store, &all).await, [2, 4, 5, 6, 7]);
    store.remove_all("abc", None).await.unwrap();
    assert_eq!(kept(&store, &all).await, [2, 4, 6, 7]);
    store.remove_all("", None).await.unwrap();
    assert_eq!(kept(&store, &all).await, [2, 4, 7]);
}

/// Even in the same millisecond.
pub(crate) async fn a_session_inserted_right_after_a_removal_of_all_lives(
    store: impl SessionStore,
) {
    let now = store.now().await.unwrap();
    let of = |number| with_provider_session(session(number, "alice", now), "one");
    for round in 0..9 {
        let (old, new) = (2 * round, 2 * round + 1);
        add(&store, &[of(old)]).await;
        match round % 3 {
            0 => store.remove_all(ISSUER, Some("alice")).await.unwrap(),
            1 => store.remove_all(ISSUER, None).await.unwrap(),
            _ => store.remove_of_provider(ISSUER, "one").await.unwrap(),
        }
        add(&store, &[of(new)]).await;
        assert_eq!(kept(&store, &[old, new]).await, [new]);
        let listed = store.list(ISSUER, "alice").await.unwrap();
        assert_eq!(listed, [of(new)]);
    }
}

pub(crate) async fn a_session_that_ended_with_all_others_is_not_used_or_renewed(
    store: impl SessionStore,
) {
    let now = store.now().await.unwrap();
    let of = |number| with_provider_session(session(number, "alice", now), "one");
    for round in 0..3 {
        add(&store, &[of(1)]).await;
        match round {
            0 => store.remove_all(ISSUER, Some("alice")).await.unwrap(),
            1 => store.remove_all(ISSUER, None).await.unwrap(),
            _ => store.remove_of_provider(ISSUER, "one").await.unwrap(),
        }
        // A later session does not bring it back.
        add(&store, &[of(2)]).await;
        assert!(!store.record_use(&digest(1)).await.unwrap());
        assert!(!store.renew(&digest(1), &digest(3), None).await.unwrap());
        assert_eq!(kept(&store, &[1, 2, 3]).await, [2]);
        // Its digest may be used again.
        add(&store, &[of(1)]).await;
        assert_eq!(kept(&store, &[1, 2, 3]).await, [1, 2]);
        store.remove_all(ISSUER, None).await.unwrap();
        assert!(!store.remove(&digest(1)).await.unwrap());
    }
}

pub(crate) async fn a_renewed_session_ends_with_all_others(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    for round in 0..3 {
        add(
            &store,
            &[with_provider_session(session(1, "alice", now), "one")],
        )
        .await;
        assert!(store.renew(&digest(1), &digest(2), None).await.unwrap());
        match round {
            0 => store.remove_all(ISSUER, Some("alice")).await.unwrap(),
            1 => store.remove_all(ISSUER, None).await.unwrap(),
            _ => store.remove_of_provider(ISSUER, "one").await.unwrap(),
        }
        assert_eq!(kept(&store, &[1, 2]).await, [0; 0]);
    }
}

/// A store may also remove them by itself.
pub(crate) async fn sessions_that_have_timed_out_are_removed(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    // The longest time without a use, including the delay of the recording of uses.
    let idle = 31 * MINUTE;
    let mut ended = session(1, "alice", now - 12 * HOUR);
    ended.last_seen_at = now;
    let mut ending = session(2, "alice", now - 11 * HOUR);
    ending.last_seen_at = now;
    let mut idle_too_long = session(3, "alice", now - HOUR);
    idle_too_long.last_seen_at = now - idle;
    let mut idle_not_too_long = session(4, "alice", now - HOUR);
    idle_not_too_long.last_seen_at = now - idle + MINUTE;
    add(&store, &[ended, ending, idle_too_long, idle_not_too_long]).await;
    store.remove_expired().await.unwrap();
    assert_eq!(kept(&store, &[1, 2, 3, 4]).await, [2, 4]);
    assert!(
        stored(&store, 4)
            .await
            .is_some_and(|session| !session.has_ended(now))
    );
    assert_eq!(store.list(ISSUER, "alice").await.unwrap().len(), 2);
}
