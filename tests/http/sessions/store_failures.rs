//! Sessions while their store does not work.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn starting_and_ending_sessions_gets_503_while_the_store_is_down() {
    let store = Store::default();
    let node = Node::start(Sessions::new(store.clone())).await;
    let alice = node.log_in("alice").await;
    store.down.store(true, Ordering::SeqCst);
    for path in ["/login?name=bob", "/logout", "/renew"] {
        let request = with_cookie(Request::new("POST", path), &alice);
        let response = node.send(&request).await;
        assert_eq!(response.status, 503, "{path}");
        assert_eq!(response.one("retry-after").as_deref(), Some("5"));
        assert_eq!(response.one("set-cookie"), None, "{path}");
        assert!(!response.text().contains("db.internal"));
    }
    store.down.store(false, Ordering::SeqCst);
    let response = node.send(&with_cookie(Request::get("/any"), &alice)).await;
    assert_eq!(response.text(), "alice");
}

#[tokio::test]
async fn a_store_that_does_not_answer_gets_503() {
    let store = Store::default();
    let sessions = Sessions::new(store.clone()).store_timeout(Duration::from_millis(50));
    let node = Node::start(sessions.cache_ttl(Duration::ZERO)).await;
    let alice = node.log_in("alice").await;
    store.slow.store(true, Ordering::SeqCst);
    for request in [
        Request::get("/any"),
        Request::new("POST", "/logout"),
        Request::new("POST", "/renew"),
        log_in_as("bob"),
    ] {
        let response = node.send(&with_cookie(request.clone(), &alice)).await;
        assert_eq!(response.status, 503, "{request:?}");
    }
}
