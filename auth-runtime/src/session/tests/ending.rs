//! How sessions end, on this node and on others.

use futures_util::FutureExt as _;

use super::*;
use crate::revocation::{
    MemoryRevocation, Revocation, RevocationList, RevocationQuery, RevocationStatus, Revoked,
};

#[tokio::test(start_paused = true)]
async fn an_ended_session_is_refused_at_once_although_it_was_cached() {
    let sessions = Sessions::new(TestStore::new());
    let cookie = start(&sessions, alice()).await;
    assert!(is_valid(&sessions, &cookie).await);
    let deleted = sessions
        .end_unchecked(&request(Some(&cookie)))
        .await
        .unwrap();
    assert_eq!(
        deleted.set_cookie,
        "__Host-Http-sid=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"
    );
    assert!(!is_valid(&sessions, &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn another_node_refuses_an_ended_session_after_the_cache_ttl() {
    let store = TestStore::new();
    let nodes = [Sessions::new(store.clone()), Sessions::new(store)];
    let cookie = start(&nodes[0], alice()).await;
    assert!(is_valid(&nodes[1], &cookie).await);
    let _ = nodes[0]
        .end_unchecked(&request(Some(&cookie)))
        .await
        .unwrap();
    sleep(5 * SECOND - Duration::from_millis(1)).await;
    assert!(is_valid(&nodes[1], &cookie).await);
    sleep(Duration::from_millis(1)).await;
    assert!(!is_valid(&nodes[1], &cookie).await);
}

/// Two nodes with one store and one list of revoked credentials.
fn nodes_with_a_list() -> ([Sessions; 2], RevocationList) {
    let store = TestStore::new();
    let list = RevocationList::new(MemoryRevocation::new());
    let nodes = [Sessions::new(store.clone()), Sessions::new(store)];
    for node in &nodes {
        node.add_revocation_list(&list);
    }
    (nodes, list)
}

#[tokio::test(start_paused = true)]
async fn a_shared_list_tells_other_nodes_at_once_that_a_session_has_ended() {
    let (nodes, _list) = nodes_with_a_list();
    for end in [0, 1, 2, 3] {
        let cookie = start(&nodes[0], alice()).await;
        assert!(is_valid(&nodes[1], &cookie).await);
        let parts = request(Some(&cookie));
        match end {
            0 => drop(nodes[0].end_unchecked(&parts).await.unwrap()),
            1 => drop(nodes[0].renew_unchecked(&parts).await.unwrap()),
            2 => drop(nodes[0].start_unchecked(&parts, alice()).await.unwrap()),
            _ => nodes[0].end_all(&alice_id()).await.unwrap(),
        }
        assert!(!is_valid(&nodes[1], &cookie).await, "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_revocation_on_the_list_makes_other_nodes_ask_the_store_and_judges_no_session() {
    let (nodes, list) = nodes_with_a_list();
    let cookie = start(&nodes[0], alice()).await;
    assert!(is_valid(&nodes[1], &cookie).await);
    let all_of_alice = Revoked::subject(ISSUER, "alice", clock()());
    list.revoke(all_of_alice).await.unwrap();
    // Whoever revoked it has not told the store, which decides.
    assert!(is_valid(&nodes[1], &cookie).await);
    nodes[0]
        .shared
        .store
        .remove_all(ISSUER, None)
        .await
        .unwrap();
    assert!(!is_valid(&nodes[1], &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn ending_all_sessions_of_a_caller_spares_one_that_the_same_handler_starts() {
    let sessions = Sessions::new(TestStore::new());
    let old = start(&sessions, alice()).await;
    let other = start(&sessions, NewSession::new(ISSUER, "bob")).await;
    assert!(is_valid(&sessions, &old).await);
    // As a change of the password does, without any time in between.
    sessions.end_all(&alice_id()).await.unwrap();
    let new = start(&sessions, alice()).await;
    assert!(!is_valid(&sessions, &old).await);
    assert!(is_valid(&sessions, &new).await);
    assert!(is_valid(&sessions, &other).await);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_during_a_look_up_is_not_cached() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    for end_all in [false, true] {
        let cookie = if end_all {
            start(&sessions, alice()).await
        } else {
            cookie.clone()
        };
        let (has_read, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        *store.calls.pause.lock() = Some((Arc::clone(&has_read), Arc::clone(&go_on)));
        let (valid, ()) = futures_util::future::join(is_valid(&sessions, &cookie), async {
            has_read.notified().await;
            if end_all {
                sessions.end_all(&alice_id()).await.unwrap();
            } else {
                let _ = sessions
                    .end_unchecked(&request(Some(&cookie)))
                    .await
                    .unwrap();
            }
            go_on.notify_one();
        })
        .await;
        assert!(!valid);
        assert!(!is_valid(&sessions, &cookie).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_use_that_is_written_while_a_session_ends_does_not_bring_it_back() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    sleep(2 * MINUTE).await;
    let parts = request(Some(&cookie));
    let clock = clock();
    let asked = CredentialRequest::to(&sessions, &parts, None, &clock);
    // The write is scheduled, and has not begun.
    sessions.authenticate(asked).settle().await.unwrap();
    assert_eq!(store.calls().1, 0);
    let _ = sessions
        .end_unchecked(&request(Some(&cookie)))
        .await
        .unwrap();
    sleep(SECOND).await;
    assert_eq!(store.calls().1, 1);
    assert!(!is_valid(&sessions, &cookie).await);
    assert!(sessions.list(&alice_id()).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_session_of_a_list_can_be_ended_by_its_name() {
    let sessions = Sessions::new(TestStore::new());
    let phone = start(&sessions, alice()).await;
    sleep(MINUTE).await;
    let laptop = start(&sessions, alice()).await;
    let bob = start(&sessions, NewSession::new(ISSUER, "bob")).await;
    let listed = sessions.list(&alice_id()).await.unwrap();
    assert_eq!(listed.len(), 2);
    let name = listed[1].id();
    let bob_id = IdentityId::new(ISSUER, "bob");
    assert!(!sessions.end_one(&bob_id, &name).await.unwrap());
    assert!(sessions.end_one(&alice_id(), &name).await.unwrap());
    assert!(!sessions.end_one(&alice_id(), &name).await.unwrap());
    assert!(!is_valid(&sessions, &phone).await);
    assert!(is_valid(&sessions, &laptop).await);
    assert!(is_valid(&sessions, &bob).await);
}

#[tokio::test(start_paused = true)]
async fn sessions_that_have_timed_out_are_not_listed_and_are_removed_at_the_next_start() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    start(&sessions, alice()).await;
    sleep(HOUR).await;
    assert!(sessions.list(&alice_id()).await.unwrap().is_empty());
    start(&sessions, alice()).await;
    sleep(SECOND).await;
    assert_eq!(store.list(ISSUER, "alice").await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_end_is_completed_although_the_client_goes_away() {
    let sessions = Sessions::new(TestStore::new());
    let cookie = start(&sessions, alice()).await;
    let parts = request(Some(&cookie));
    // Polled once, and dropped.
    let ended = sessions.end_unchecked(&parts).now_or_never();
    assert!(ended.is_none());
    sleep(SECOND).await;
    assert!(!is_valid(&sessions, &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn a_logout_without_a_good_session_deletes_the_cookie() {
    let sessions = Sessions::new(TestStore::new()).clear_site_data();
    for cookie in [None, Some("__Host-Http-sid=x"), Some("a=b")] {
        let deleted = sessions.end_unchecked(&request(cookie)).await.unwrap();
        assert!(deleted.set_cookie.to_str().unwrap().ends_with("Max-Age=0"));
        assert!(deleted.clears_site_data);
    }
}

/// Any client can send made-up identifiers to the log-out page, and the list forgets an entry only after an hour.
#[tokio::test(start_paused = true)]
async fn a_logout_with_a_made_up_identifier_adds_nothing_to_the_shared_list() {
    let (nodes, list) = nodes_with_a_list();
    let cookie = start(&nodes[0], alice()).await;
    for _ in 0..3 {
        let id = super::super::id::SessionId::generate().unwrap();
        let made_up = request(Some(&format!("__Host-Http-sid={}", *id.text())));
        let _ = nodes[0].end_unchecked(&made_up).await.unwrap();
    }
    assert_eq!(list.status().entries, 0);
    let _ = nodes[0]
        .end_unchecked(&request(Some(&cookie)))
        .await
        .unwrap();
    assert_eq!(list.status().entries, 1);
}

/// A list whose server does not answer.
struct SilentList;

impl Revocation for SilentList {
    fn check(&self, _: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        Ok(false)
    }

    async fn revoke(&self, _: Revoked) -> Result<(), BoxError> {
        std::future::pending().await
    }

    fn retention(&self) -> Duration {
        HOUR
    }

    fn status(&self) -> RevocationStatus {
        RevocationStatus::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_shared_list_that_does_not_answer_fails_no_change_that_the_store_has_made() {
    let list = RevocationList::new(SilentList);
    let sessions = Sessions::new(TestStore::new());
    sessions.add_revocation_list(&list);
    let begun = Instant::now();
    let cookie = start(&sessions, alice()).await;
    let renewed = sessions
        .renew_unchecked(&request(Some(&cookie)))
        .await
        .unwrap();
    let cookie = pair(&renewed.unwrap());
    let replaced = sessions
        .start_unchecked(&request(Some(&cookie)), alice())
        .await;
    let cookie = pair(&replaced.unwrap());
    let _ = sessions
        .end_unchecked(&request(Some(&cookie)))
        .await
        .unwrap();
    for _ in 0..20 {
        start(&sessions, alice()).await;
    }
    sessions.end_all(&alice_id()).await.unwrap();
    // Each of the four changes has waited for the list once.
    assert_eq!(begun.elapsed(), 4 * 2 * SECOND);
}

/// Another host of the domain may have planted a second cookie, which must not keep the session alive.
#[tokio::test(start_paused = true)]
async fn a_logout_with_two_session_cookies_ends_both() {
    let sessions = Sessions::new(TestStore::new()).cookie_name("sid");
    let one = start(&sessions, alice()).await;
    let other = start(&sessions, alice()).await;
    let both = request(Some(&format!("{one}; {other}")));
    let _ = sessions.end_unchecked(&both).await.unwrap();
    assert!(!is_valid(&sessions, &one).await);
    assert!(!is_valid(&sessions, &other).await);
}

#[tokio::test(start_paused = true)]
async fn a_login_with_two_session_cookies_ends_both() {
    let sessions = Sessions::new(TestStore::new()).cookie_name("sid");
    let one = start(&sessions, alice()).await;
    let other = start(&sessions, alice()).await;
    let both = request(Some(&format!("{one}; {other}")));
    let new = pair(&sessions.start_unchecked(&both, alice()).await.unwrap());
    assert!(!is_valid(&sessions, &one).await);
    assert!(!is_valid(&sessions, &other).await);
    assert!(is_valid(&sessions, &new).await);
}

/// A thief of a session can end the other sessions again and again, so that one of the requests is in progress while the
/// user or an administrator ends all sessions.
#[tokio::test(start_paused = true)]
async fn ending_the_others_does_not_bring_back_a_session_that_ends_meanwhile() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    for revoke in [false, true] {
        let stolen = start(&sessions, alice()).await;
        let (has_read, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        *store.calls.pause.lock() = Some((Arc::clone(&has_read), Arc::clone(&go_on)));
        let parts = request(Some(&stolen));
        let (renewed, ()) =
            futures_util::future::join(sessions.end_others_unchecked(&parts), async {
                has_read.notified().await;
                if revoke {
                    let all = Revoked::subject(ISSUER, "alice", start_time());
                    assert!(sessions.revoke_named(&all).await.unwrap());
                } else {
                    let _ = sessions.end_unchecked(&parts).await.unwrap();
                }
                go_on.notify_one();
            })
            .await;
        assert!(renewed.unwrap().is_none());
        assert!(sessions.list(&alice_id()).await.unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn ending_the_others_is_completed_although_the_client_goes_away() {
    let sessions = Sessions::new(TestStore::new());
    let cookie = start(&sessions, alice()).await;
    let other = start(&sessions, alice()).await;
    let parts = request(Some(&cookie));
    let ending = sessions.end_others_unchecked(&parts).now_or_never();
    assert!(ending.is_none(), "it was still in progress");
    sleep(SECOND).await;
    assert!(!is_valid(&sessions, &cookie).await);
    assert!(!is_valid(&sessions, &other).await);
    assert_eq!(sessions.list(&alice_id()).await.unwrap().len(), 1);
}
