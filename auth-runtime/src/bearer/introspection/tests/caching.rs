//! How long an introspection response is cached (row I6 of the conformance table).

use std::sync::atomic::AtomicU8;

use super::*;
use crate::box_error::BoxError;
use crate::revocation::{Revocation, RevocationQuery, RevocationStatus, Revoked};

async fn pass(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn i6_an_active_token_is_introspected_once_a_minute() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    assert!(node.is_let_in(TOKEN).await);
    pass(59).await;
    assert!(node.at(NOW + 59).is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 1);
    pass(1).await;
    assert!(node.at(NOW + 60).is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn b18_a_revoked_token_is_refused_within_the_introspection_cache_ttl() {
    let server = Server::new();
    let node = Node::new(&server, introspection().cache_ttl(Duration::from_secs(10)));
    assert!(node.is_let_in(TOKEN).await);
    server.says(|_| ok(r#"{"active":false}"#));
    pass(9).await;
    assert!(node.is_let_in(TOKEN).await);
    pass(1).await;
    assert_eq!(fault(node.present(TOKEN).await), TokenFault::Inactive);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_became_inactive_is_treated_as_unknown() {
    let server = Server::new();
    let node = Node::new(&server, introspection().rate(1, 1));
    let unknown = "a-made-up-token-of-eve";
    assert!(node.is_let_in(TOKEN).await);
    pass(60).await;
    assert!(!node.is_let_in(unknown).await);
    // The token is known, and needs no permit for unknown tokens.
    assert!(node.is_let_in(TOKEN).await);
    server.says(|_| ok(r#"{"active":false}"#));
    pass(60).await;
    assert!(!node.is_let_in(unknown).await);
    assert!(!node.is_let_in(TOKEN).await);
    pass(60).await;
    assert!(!node.is_let_in(unknown).await);
    assert_eq!(unavailable(node.present(TOKEN).await), 1);
}

#[tokio::test(start_paused = true)]
async fn i6_the_introspection_cache_ttl_counts_from_the_request() {
    let server = Server::new();
    *server.0.takes.lock().unwrap() = Duration::from_secs(4);
    let node = Node::new(&server, introspection().cache_ttl(Duration::from_secs(10)));
    assert!(node.is_let_in(TOKEN).await);
    pass(5).await;
    assert!(node.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 1);
    pass(1).await;
    assert!(node.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn i6_no_introspection_result_is_cached_beyond_the_expiry() {
    let server = Server::saying(|_| {
        ok(format!(
            r#"{{"active":true,"sub":"alice","aud":"api","exp":{}}}"#,
            NOW + 20
        ))
    });
    let node = Node::new(&server, introspection());
    assert!(node.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 1);
    // By the system clock, which was set forward, and by the monotonic clock, which was not.
    assert!(node.at(NOW + 19).is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 1);
    assert!(node.at(NOW + 20).is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 2);
    assert!(node.is_let_in(TOKEN).await);
    pass(19).await;
    assert!(node.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 3);
    pass(1).await;
    assert!(node.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 4);
    // Not even if the server still reports the token as active.
    let late = node.at(NOW + 80).present(TOKEN).await;
    assert_eq!(fault(late), TokenFault::Expired);
}

#[tokio::test(start_paused = true)]
async fn an_inactive_token_is_cached_for_five_seconds() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    for _ in 0..10 {
        assert!(!node.is_let_in("a-made-up-token-of-eve").await);
        assert!(!node.is_let_in("another-made-up-token").await);
    }
    assert_eq!(server.asked(), 2);
    assert_eq!(node.introspection().refused_tokens, 2);
    pass(5).await;
    assert!(!node.is_let_in("another-made-up-token").await);
    assert_eq!(server.asked(), 3);
    // The fault is cached as well.
    server.says(|_| ok(r#"{"active":true,"sub":"alice","aud":"other"}"#));
    for _ in 0..2 {
        assert_eq!(fault(node.present(TOKEN).await), TokenFault::WrongAudience);
    }
    assert_eq!(server.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_introspection_outage_is_not_cached() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    server.0.down.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        unavailable(node.present(TOKEN).await);
    }
    assert_eq!(server.asked(), 3);
    server.0.down.store(false, Ordering::SeqCst);
    assert!(node.is_let_in(TOKEN).await);
}

#[tokio::test(start_paused = true)]
async fn i4_a_known_good_token_is_not_accepted_during_an_introspection_outage() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    assert!(node.is_let_in(TOKEN).await);
    server.0.down.store(true, Ordering::SeqCst);
    assert!(node.is_let_in(TOKEN).await);
    pass(60).await;
    assert_eq!(unavailable(node.present(TOKEN).await), 5);
    server.0.down.store(false, Ordering::SeqCst);
    assert!(node.is_let_in(TOKEN).await);
}

#[tokio::test(start_paused = true)]
async fn without_a_cache_every_request_introspects_its_token() {
    let server = Server::new();
    let off = Node::with(&server, introspection(), TokenCache::OFF, Vec::new(), None);
    let for_no_time = Node::new(&server, introspection().cache_ttl(Duration::ZERO));
    for node in [off, for_no_time] {
        let before = server.asked();
        for _ in 0..3 {
            assert!(node.is_let_in(TOKEN).await);
        }
        assert_eq!(server.asked() - before, 3);
        server.says(|_| ok(r#"{"active":false}"#));
        assert!(!node.is_let_in(TOKEN).await);
        server.says(|_| ok(r#"{"active":true,"sub":"alice","aud":"api"}"#));
    }
}

#[tokio::test(start_paused = true)]
async fn b20_the_application_maps_the_identity_of_every_introspection_response() {
    let server = Server::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let introspection = introspection().map_identity(move |identity: Identity| {
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            if identity.subject() == "eve" {
                return Err(TokenFault::UnknownSubject.into());
            }
            Ok(identity)
        }
    });
    let node = Node::new(&server, introspection);
    for _ in 0..3 {
        assert!(node.is_let_in(TOKEN).await);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    pass(60).await;
    assert!(node.is_let_in(TOKEN).await);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let eve = node.present("a-token-of-eve-of-old").await;
    assert!(eve.is_ok());
    server.says(|_| ok(r#"{"active":true,"sub":"eve","aud":"api"}"#));
    let eve = node.present("some-token-of-eve").await;
    assert_eq!(fault(eve), TokenFault::UnknownSubject);
}

#[tokio::test(start_paused = true)]
async fn b20_a_token_refused_by_the_application_is_introspected_every_five_seconds() {
    let server = Server::new();
    let knows = Arc::new(AtomicBool::new(false));
    let introspection = introspection().map_identity({
        let knows = Arc::clone(&knows);
        move |identity| {
            let is_known = knows.load(Ordering::SeqCst);
            let result = if is_known {
                Ok(identity)
            } else {
                Err(TokenFault::UnknownSubject.into())
            };
            async { result }
        }
    });
    let node = Node::new(&server, introspection);
    for _ in 0..100 {
        let result = node.present(TOKEN).await;
        assert_eq!(fault(result), TokenFault::UnknownSubject);
    }
    assert_eq!(server.asked(), 1);
    knows.store(true, Ordering::SeqCst);
    pass(5).await;
    assert!(node.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn b20_an_outage_of_the_application_is_not_cached() {
    let server = Server::new();
    let introspection = introspection()
        .map_identity(|_| async { Err(AuthenticationError::unavailable("the database")) });
    let node = Node::new(&server, introspection);
    for _ in 0..3 {
        unavailable(node.present(TOKEN).await);
    }
    assert_eq!(server.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn i4_a_token_with_a_response_too_large_is_introspected_every_five_seconds() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    server.says(|_| ok("x".repeat(64 * 1024 + 1)));
    for _ in 0..100 {
        assert_eq!(unavailable(node.present(TOKEN).await), 5);
    }
    assert_eq!(server.asked(), 1);
    let other = Server::new();
    server.says(move |token| other.0.answer.lock().unwrap()(token));
    assert!(node.is_let_in("a-token-of-somebody-else").await);
    pass(5).await;
    assert!(node.is_let_in(TOKEN).await);
}

/// A list on which the session `gone` is revoked.
struct Sessions;

impl Revocation for Sessions {
    fn check(&self, token: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        assert_eq!(token.issuer, "https://issuer.example");
        assert_eq!(token.token_id, Some("17"));
        Ok(token.session_id == Some("gone"))
    }

    async fn revoke(&self, _: Revoked) -> Result<(), BoxError> {
        Ok(())
    }

    fn retention(&self) -> Duration {
        Duration::MAX
    }

    fn status(&self) -> RevocationStatus {
        RevocationStatus {
            entries: 0,
            behind_seconds: None,
            degraded: None,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn b18_introspected_tokens_are_checked_against_the_revocation_list() {
    let server = Server::saying(|token| {
        ok(format!(
            r#"{{"active":true,"sub":"alice","aud":"api","jti":"17","sid":"{token}"}}"#
        ))
    });
    let node = Node::with(
        &server,
        introspection().token_format(|_| true),
        TokenCache::new(),
        Vec::new(),
        Some(RevocationList::new(Sessions)),
    );
    assert!(node.is_let_in("here").await);
    assert_eq!(fault(node.present("gone").await), TokenFault::Revoked);
}

/// A list that a test changes.
#[derive(Clone, Default)]
struct Switched(Arc<AtomicU8>);

impl Switched {
    const REVOKED: u8 = 1;
    const DOWN: u8 = 2;

    fn to(&self, state: u8) {
        self.0.store(state, Ordering::SeqCst);
    }
}

impl Revocation for Switched {
    fn check(&self, _: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        match self.0.load(Ordering::SeqCst) {
            Self::DOWN => Err("the list is too old".into()),
            state => Ok(state == Self::REVOKED),
        }
    }

    async fn revoke(&self, _: Revoked) -> Result<(), BoxError> {
        Ok(())
    }

    fn retention(&self) -> Duration {
        Duration::MAX
    }

    fn status(&self) -> RevocationStatus {
        RevocationStatus::default()
    }
}

fn with_list(server: &Server, cache: TokenCache) -> (Node, Switched) {
    let list = Switched::default();
    let revocation = Some(RevocationList::new(list.clone()));
    let node = Node::with(server, introspection(), cache, Vec::new(), revocation);
    (node, list)
}

#[tokio::test(start_paused = true)]
async fn b18_a_revoked_token_is_not_introspected_again() {
    let caches = [
        TokenCache::new(),
        // The entry itself has expired.
        TokenCache::new().entry_ttl(Duration::from_secs(10)),
    ];
    for cache in caches {
        for seconds in [0, 60] {
            let server = Server::new();
            let (node, list) = with_list(&server, cache);
            assert!(node.is_let_in(TOKEN).await);
            pass(seconds).await;
            list.to(Switched::REVOKED);
            for _ in 0..3 {
                assert_eq!(fault(node.present(TOKEN).await), TokenFault::Revoked);
            }
            assert_eq!(server.asked(), 1, "{cache:?}, after {seconds} seconds");
            let status = Authenticator::status(&node.bearer).token_cache.unwrap();
            assert_eq!(status.entries, 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn i7_a_stale_token_is_not_introspected_while_the_revocation_list_is_unavailable() {
    let server = Server::new();
    let (node, list) = with_list(&server, TokenCache::new());
    assert!(node.is_let_in(TOKEN).await);
    pass(60).await;
    list.to(Switched::DOWN);
    assert_eq!(unavailable(node.present(TOKEN).await), 5);
    assert_eq!(server.asked(), 1);
    list.to(0);
    assert!(node.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn i5_an_introspection_error_is_cached_for_its_token_only() {
    let server = Server::saying(|token| match token {
        TOKEN => ok(r#"{"active":true,"sub":"alice","aud":"api"}"#),
        "the-server-knows-no-such-token" => {
            (400, Vec::new(), r#"{"error":"invalid_grant"}"#.into())
        }
        _ => (400, Vec::new(), r#"{"error":"invalid_request"}"#.into()),
    });
    let node = Node::new(&server, introspection());
    for _ in 0..10 {
        assert_eq!(
            unavailable(node.present("a-token-of-a-wrong-form").await),
            5
        );
        assert!(!node.is_let_in("the-server-knows-no-such-token").await);
    }
    assert_eq!(server.asked(), 2);
    // It does not affect other tokens.
    assert!(node.is_let_in(TOKEN).await);
    let status = node.introspection();
    assert_eq!((status.asked, status.over_budget), (3, 0));
    pass(5).await;
    assert_eq!(
        unavailable(node.present("a-token-of-a-wrong-form").await),
        5
    );
    assert_eq!(server.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn i5_a_known_good_token_is_accepted_again_after_an_introspection_error_ends() {
    let (server, good) = (Server::new(), Server::new());
    let node = Node::new(&server, introspection());
    assert!(node.is_let_in(TOKEN).await);
    pass(60).await;
    server.says(|_| (403, Vec::new(), r#"{"error":"access_denied"}"#.into()));
    assert_eq!(unavailable(node.present(TOKEN).await), 5);
    server.says(move |token| good.0.answer.lock().unwrap()(token));
    pass(5).await;
    assert!(node.is_let_in(TOKEN).await);
}

#[tokio::test(start_paused = true)]
async fn i5_refused_client_credentials_are_not_cached() {
    let (server, good) = (Server::new(), Server::new());
    let node = Node::new(&server, introspection());
    server.says(|_| (401, Vec::new(), r#"{"error":"invalid_client"}"#.into()));
    assert!(matches!(
        node.present(TOKEN).await,
        Err(AuthenticationError::Failed { .. })
    ));
    server.says(move |token| good.0.answer.lock().unwrap()(token));
    assert!(node.is_let_in(TOKEN).await);
}
