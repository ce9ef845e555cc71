//! Sessions that are found.

use std::time::{Duration, UNIX_EPOCH};

use auth_runtime::session::{SessionDigest, SessionRecord, SessionStore};
use serde_json::{Value, json};

use super::{DAY, HOUR, add, digest, session, stored};

/// All fields, with texts that need care in SQL, in Lua, in JSON and in keys.
fn full(number: u16, mut session: SessionRecord) -> SessionRecord {
    session.digest = digest(number);
    session.issuer = "https://issuer.example/ä?a=1&b='\";--".to_owned();
    session.subject = "日本語 'x' \"y\" \\ %s {0} $1\n\t\u{7f}\u{10ffff}".to_owned();
    session.provider_session_id = Some("s:1*?[a]\r\n".to_owned());
    session.authenticated_at = session.created_at - HOUR;
    session.acr = Some("urn:example:gold".to_owned());
    session.amr = vec!["pwd".to_owned(), "otp".to_owned()];
    session.scopes = vec!["orders:read".to_owned(), String::new()];
    session.scopes_are_complete = true;
    session.roles_are_complete = true;
    session.claims = claims(json!({
        "text": "a\u{0}b",
        "number": -1.5,
        "large": u64::MAX,
        "nested": {"list": [null, true, {"": []}]},
    }));
    session.last_seen_at = session.created_at + Duration::from_millis(1);
    session.is_persistent = true;
    session.sealed = Some((0..=255).collect());
    session
}

fn claims(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(claims) => claims,
        _ => panic!("not an object"),
    }
}

pub(crate) async fn an_inserted_session_is_found_unchanged(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let mut endless = session(3, "", now);
    endless.idle_timeout = Duration::from_secs(u64::MAX);
    endless.ends_at = UNIX_EPOCH + 3_000_000 * DAY;
    endless.sealed = Some(Vec::new());
    let sessions = [
        session(1, "alice", now),
        full(2, session(2, "alice", now)),
        endless,
    ];
    add(&store, &sessions).await;
    for (number, session) in (1..).zip(sessions) {
        assert_eq!(stored(&store, number).await, Some(session));
    }
}

pub(crate) async fn a_session_with_large_claims_is_found_unchanged(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let mut session = session(1, "alice", now);
    let groups: Vec<_> = (0..10_000)
        .map(|number| format!("group {number}"))
        .collect();
    session.claims = claims(json!({ "groups": groups }));
    assert!(serde_json::to_string(&session).unwrap().len() > 100_000);
    session.sealed = Some(vec![0; 100_000]);
    add(&store, std::slice::from_ref(&session)).await;
    assert_eq!(stored(&store, 1).await, Some(session));
}

pub(crate) async fn an_unknown_session_is_not_found(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    let mut near = *digest(1).as_bytes();
    near[31] ^= 1;
    for unknown in [digest(2), SessionDigest::from_bytes(near)] {
        assert_eq!(store.find(&unknown).await.unwrap(), None);
    }
}

pub(crate) async fn a_found_session_has_the_time_of_the_store(store: impl SessionStore) {
    let before = store.now().await.unwrap();
    add(&store, &[session(1, "alice", before)]).await;
    let found = store.find(&digest(1)).await.unwrap().unwrap();
    let after = store.now().await.unwrap();
    assert!(before <= found.now && found.now <= after);
    for time in [before, found.now, after] {
        let since = time.duration_since(UNIX_EPOCH).unwrap();
        assert_eq!(since.subsec_nanos() % 1_000_000, 0, "whole milliseconds");
    }
}
