//! Rows G: what a request with an API key gets, to the byte.

use std::time::{Duration, SystemTime};

use auth_runtime::Scheme;
use auth_tests::expected::{Expected, refused};

use super::*;

fn assert_is(expected: impl Into<Expected>, response: &Response, what: &str) {
    if let Err(difference) = expected.into().compare(response) {
        panic!("{what}: {difference}\n{response:?}");
    }
}

/// A node that takes a key from everywhere.
async fn everywhere() -> Node {
    let keys = ApiKeys::new(MemoryApiKeys::new());
    Node::start(keys.authorization().cookie("key").query("key")).await
}

#[tokio::test]
async fn g1_a_request_without_an_api_key_gets_a_challenge() {
    let node = Node::start(ApiKeys::new(MemoryApiKeys::new())).await;
    let asked = || refused(401).challenge(CHALLENGE);
    for path in ["/any", "/read", "/admin", "/keys-only", "/cacheable"] {
        assert_is(asked(), &node.send(&Request::get(path)).await, path);
    }
    let key = node.create(NewApiKey::new("alice")).await;
    for (what, request) in [
        ("empty", Request::get("/any").header("X-API-Key", "")),
        (
            "another field",
            Request::get("/any").header("X-Key", key.reveal()),
        ),
        (
            "the query",
            Request::get(&format!("/any?key={}", key.reveal())),
        ),
        (
            "a cookie",
            Request::get("/any").header("Cookie", format!("key={}", key.reveal())),
        ),
        (
            "Authorization",
            Request::get("/any").header("Authorization", format!("ApiKey {}", key.reveal())),
        ),
    ] {
        assert_is(asked(), &node.send(&request).await, what);
    }
}

#[tokio::test]
async fn g1_the_api_key_challenge_has_the_configured_scheme() {
    let keys = ApiKeys::new(MemoryApiKeys::new()).challenge_scheme(Scheme::new("Key"));
    let node = Node::start(keys.authorization()).await;
    let asked = || refused(401).challenge(r#"Key realm="api""#);
    let anonymous = Request::get("/keys-only");
    assert_is(asked(), &node.send(&anonymous).await, "nothing");
    let bad = anonymous.header("Authorization", "Key nothing");
    assert_is(asked(), &node.send(&bad).await, "a bad one");
    let key = node.create(NewApiKey::new("alice")).await;
    let good = format!("key {}", key.reveal());
    let good = Request::get("/keys-only").header("Authorization", good);
    assert_eq!(node.send(&good).await.text(), "alice");
}

#[tokio::test]
async fn g2_all_invalid_api_keys_get_the_same_bytes() {
    let store = MemoryApiKeys::new();
    let node = Node::start(ApiKeys::new(store.clone())).await;
    let good = node.create(NewApiKey::new("alice").scopes(["read"])).await;
    let revoked = node.create(NewApiKey::new("alice")).await;
    node.keys.revoke(revoked.prefix()).await.unwrap();
    let revoked_in_use = node.create(NewApiKey::new("alice")).await;
    assert_eq!(node.status(&revoked_in_use).await, 200);
    node.keys.revoke(revoked_in_use.prefix()).await.unwrap();
    let expired = strange_key().await;
    let mut record = ApiKeyRecord::new(
        expired.prefix(),
        expired.digest(),
        "alice",
        SystemTime::UNIX_EPOCH,
    );
    record.expires_at = Some(SystemTime::now() - Duration::from_secs(1));
    store.insert(&record).await.unwrap();
    let unknown = strange_key().await;
    // The secret of another key.
    let (_, secret) = unknown.reveal().rsplit_once('_').unwrap();
    let mixed = format!("{}_{secret}", good.prefix());

    let asked = refused(401).challenge(CHALLENGE);
    let mut answers = Vec::new();
    for (what, key) in [
        ("unknown", unknown.reveal()),
        ("revoked", revoked.reveal()),
        ("revoked in use", revoked_in_use.reveal()),
        ("expired", expired.reveal()),
        ("a wrong secret", &wrong_secret(&good)),
        ("the secret of another", &mixed),
        ("a prefix", good.prefix()),
        ("cut", &good.reveal()[..good.reveal().len() - 1]),
        ("longer", &format!("{}a", good.reveal())),
        ("in quotes", &format!("\"{}\"", good.reveal())),
        ("two in a line", &format!("{0}, {0}", good.reveal())),
        ("upper case", &good.reveal().to_ascii_uppercase()),
        ("a word", "x"),
        ("long", &"a".repeat(7000)),
        ("not ASCII", "ключ"),
    ] {
        for path in ["/any", "/read", "/optional"] {
            let request = Request::get(path).header("X-API-Key", key);
            let answer = node.send(&request).await;
            assert_is(asked.clone(), &answer, what);
            answers.push(answer.comparable());
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(node.status(&good).await, 200);
}

#[tokio::test]
async fn g3_an_api_key_sent_twice_is_400_whether_valid_or_not() {
    let node = everywhere().await;
    let key = node.create(NewApiKey::new("alice")).await;
    let key = key.reveal();
    let with = |name: &str, value: &str| Request::get("/any").header(name, value);
    let cookie = format!("key={key}");
    let authorization = format!("ApiKey {key}");
    let query = format!("/any?key={key}");
    for (what, request) in [
        (
            "header, header",
            with("X-API-Key", key).header("X-API-Key", key),
        ),
        (
            "header, a bad one",
            with("X-API-Key", key).header("X-API-Key", "bad"),
        ),
        (
            "header, cookie",
            with("X-API-Key", key).header("Cookie", &cookie),
        ),
        (
            "header, Authorization",
            with("X-API-Key", key).header("Authorization", &authorization),
        ),
        (
            "header, query",
            Request::get(&query).header("X-API-Key", key),
        ),
        ("query, query", Request::get(&format!("{query}&key={key}"))),
        (
            "query, cookie",
            Request::get(&query).header("Cookie", &cookie),
        ),
        (
            "cookie, cookie",
            with("Cookie", &format!("{cookie}; {cookie}")),
        ),
    ] {
        let twice = refused(400).code("invalid_request").challenge(CHALLENGE);
        assert_is(twice, &node.send(&request).await, what);
    }
    // Two `Authorization` lines are 400 (row A8).
    let two = with("Authorization", &authorization).header("Authorization", &authorization);
    let twice = refused(400).code("invalid_request").challenge(CHALLENGE);
    assert_is(
        twice,
        &node.send(&two).await,
        "Authorization, Authorization",
    );
}

#[tokio::test]
async fn g4_a_valid_api_key_without_the_scope_gets_403_without_a_challenge() {
    let node = everywhere().await;
    let key = node
        .create(NewApiKey::new("alice").scopes(["write"]).roles(["clerk"]))
        .await;
    let forbidden = || refused(403).code("forbidden");
    for path in ["/read", "/admin"] {
        let request = Request::get(path).header("X-API-Key", key.reveal());
        assert_is(forbidden(), &node.send(&request).await, path);
        let authorization = format!("ApiKey {}", key.reveal());
        let request = Request::get(path).header("Authorization", authorization);
        assert_is(forbidden(), &node.send(&request).await, path);
    }
    let key = node
        .create(NewApiKey::new("bob").scopes(["read"]).roles(["admin"]))
        .await;
    for path in ["/read", "/admin"] {
        let request = Request::get(path).header("X-API-Key", key.reveal());
        assert_eq!(node.send(&request).await.text(), "bob", "{path}");
    }
}

/// `Authorization` is what shared caches keep apart by themselves (RFC 9111 section 3.5).
#[tokio::test]
async fn g5_the_cache_control_of_a_response_depends_on_the_api_key_source() {
    let node = everywhere().await;
    let key = node.create(NewApiKey::new("alice")).await;
    let key = key.reveal();
    let get = Request::get;
    for (what, request, expected) in [
        (
            "header",
            get("/any").header("X-API-Key", key),
            "cache-control: private",
        ),
        (
            "cookie",
            get("/any").header("Cookie", format!("key={key}")),
            "cache-control: private",
        ),
        (
            "Authorization",
            get("/any").header("Authorization", format!("ApiKey {key}")),
            "",
        ),
        (
            "query",
            get(&format!("/any?key={key}")),
            "cache-control: private, referrer-policy: no-referrer",
        ),
        (
            "the handler's own",
            get("/cacheable").header("X-API-Key", key),
            "cache-control: max-age=60",
        ),
        ("anonymous", get("/optional"), ""),
    ] {
        let response = node.send(&request).await;
        assert_eq!(response.status, 200, "{what}: {response:?}");
        let lines: Vec<_> = ["cache-control", "referrer-policy"]
            .into_iter()
            .filter_map(|name| Some(format!("{name}: {}", response.one(name)?)))
            .collect();
        assert_eq!(lines.join(", "), expected, "{what}");
    }
}

/// The key is in the address, whatever the answer.
#[tokio::test]
async fn g5_a_refusal_of_a_key_in_the_query_has_referrer_policy_no_referrer() {
    let node = everywhere().await;
    let key = node.create(NewApiKey::new("alice")).await;
    let request = Request::get(&format!("/read?key={}", key.reveal()));
    let response = node.send(&request).await;
    assert_eq!(response.status, 403);
    assert_eq!(response.challenges(), [""; 0]);
    assert_eq!(
        response.one("referrer-policy").as_deref(),
        Some("no-referrer")
    );
    assert_eq!(response.one("cache-control").as_deref(), Some("no-store"));
}

#[tokio::test]
async fn a_handler_sees_which_api_key_was_used() {
    let node = Node::start(ApiKeys::new(MemoryApiKeys::new())).await;
    for _ in 0..2 {
        let key = node.create(NewApiKey::new("alice")).await;
        let request = Request::get("/which").header("X-API-Key", key.reveal());
        assert_eq!(node.send(&request).await.text(), key.prefix());
    }
}

#[tokio::test]
async fn neither_an_api_key_nor_its_digest_is_logged() {
    let logs = auth_tests::logs::Capture::start();
    let store = Store::default();
    let node = Node::start(ApiKeys::new(store.clone())).await;
    let (good, unknown) = (
        node.create(NewApiKey::new("alice")).await,
        strange_key().await,
    );
    assert_eq!(node.status(&good).await, 200);
    assert_eq!(node.status(&unknown).await, 401);
    store.down.store(true, Ordering::SeqCst);
    assert_eq!(node.status(&unknown).await, 503);
    let events = logs.take();
    let all = events.everything();
    assert!(
        all.contains(unknown.prefix()),
        "a refused key is named: {events:?}"
    );
    for key in [&good, &unknown] {
        let (_, secret) = key.reveal().rsplit_once('_').unwrap();
        let digest = key.digest();
        let hex = digest
            .as_bytes()
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        for hidden in [&secret[..12], &hex[..12]] {
            assert!(!all.contains(hidden), "{hidden}");
        }
    }
}
