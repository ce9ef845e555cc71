//! The parts of a request that keys are read from.

use super::*;
use crate::credential::Source;
use crate::scheme::Scheme;

/// The outcome of a request: absent, the owner, or an error.
async fn outcome(keys: &ApiKeys, target: &str, lines: &[(&str, &str)]) -> String {
    let request = parts(target, lines);
    match authenticate(keys, &request, None, &ManualClock::new()).await {
        None => "absent".to_owned(),
        Some(Ok(identity)) => identity.subject().to_owned(),
        Some(Err(error)) => format!("{error:?}"),
    }
}

#[tokio::test]
async fn an_api_key_is_read_from_the_configured_sources_only() {
    let keys = ApiKeys::new(MemoryApiKeys::new());
    let (_, key) = keys.create(NewApiKey::new("alice")).await.unwrap();
    let key = key.reveal();
    let in_query = format!("/?key={key}");
    let in_cookie = format!("a=b; key={key}");
    let in_authorization = format!("apikey {key}");
    let everywhere = keys
        .clone()
        .header("X-Key")
        .cookie("key")
        .query("key")
        .authorization();
    for (target, line, by_default, asked_for) in [
        ("/", ("x-api-key", key), "alice", "absent"),
        ("/", ("x-key", key), "absent", "alice"),
        ("/", ("x-key", ""), "absent", "absent"),
        ("/", ("x-key", "bad"), "absent", "Credentials"),
        ("/", ("authorization", &in_authorization), "absent", "alice"),
        ("/", ("authorization", "ApiKey"), "absent", "Credentials"),
        ("/", ("authorization", key), "absent", "absent"),
        ("/", ("authorization", "Bearer x"), "absent", "absent"),
        ("/", ("cookie", &in_cookie), "absent", "alice"),
        ("/", ("cookie", "keys=bad"), "absent", "absent"),
        (&in_query, ("accept", "*/*"), "absent", "alice"),
        ("/?key=bad", ("accept", "*/*"), "absent", "Credentials"),
    ] {
        let found = outcome(&keys, target, &[line]).await;
        assert_eq!(found, by_default, "{target} {line:?}");
        let found = outcome(&everywhere, target, &[line]).await;
        assert_eq!(found, asked_for, "{target} {line:?}");
    }
}

#[tokio::test]
async fn g3_an_api_key_sent_twice_is_refused_by_the_authenticator() {
    let keys = ApiKeys::new(MemoryApiKeys::new())
        .cookie("key")
        .query("key")
        .authorization();
    let (_, key) = keys.create(NewApiKey::new("alice")).await.unwrap();
    let key = key.reveal();
    let in_query = format!("/?key={key}");
    let twice_in_query = format!("/?key={key}&key={key}");
    let cookie = format!("key={key}");
    let twice_in_cookie = format!("key={key}; key={key}");
    let authorization = format!("ApiKey {key}");
    let header = ("x-api-key", key);
    let cookie = ("cookie", cookie.as_str());
    let authorization = ("authorization", authorization.as_str());
    for (target, lines) in [
        ("/", &[header, header][..]),
        ("/", &[header, cookie]),
        ("/", &[header, authorization]),
        ("/", &[cookie, authorization]),
        ("/", &[("cookie", &twice_in_cookie)]),
        ("/", &[cookie, cookie]),
        ("/", &[header, ("x-api-key", "bad")]),
        ("/", &[("x-api-key", ""), header]),
        ("/", &[("authorization", "ApiKey"), header]),
        (&in_query, &[header]),
        (&in_query, &[cookie]),
        (&in_query, &[authorization]),
        (&twice_in_query, &[]),
    ] {
        let found = outcome(&keys, target, lines).await;
        assert_eq!(found, "Repeated", "{target} {lines:?}");
    }
}

#[tokio::test]
async fn an_api_key_in_authorization_uses_the_challenge_scheme() {
    let keys = ApiKeys::new(MemoryApiKeys::new())
        .challenge_scheme(Scheme::new("Key"))
        .authorization();
    let (_, key) = keys.create(NewApiKey::new("alice")).await.unwrap();
    let named = |scheme: &str| format!("{scheme} {}", key.reveal());
    for (scheme, expected) in [("Key", "alice"), ("kEY", "alice"), ("ApiKey", "absent")] {
        let line = named(scheme);
        let found = outcome(&keys, "/", &[("authorization", &line)]).await;
        assert_eq!(found, expected, "{scheme}");
    }
    // The scheme that rules name does not change.
    assert_eq!(keys.scheme(), Scheme::API_KEY);
    let identity = Node::new(keys).present(key.reveal()).await.unwrap();
    assert_eq!(identity.scheme(), Scheme::API_KEY);
}

#[tokio::test]
async fn the_declared_api_key_sources_are_the_configured_ones() {
    let keys = ApiKeys::new(MemoryApiKeys::new());
    assert_eq!(keys.sources(), [Source::header("x-api-key")]);
    let keys = keys.header("X-Key").cookie("a").query("b").authorization();
    assert_eq!(
        keys.sources(),
        [
            Source::header("x-key"),
            Source::Cookie("a".to_owned()),
            Source::Query("b".to_owned()),
            Source::authorization(),
        ]
    );
}

#[tokio::test]
async fn invalid_api_key_settings_are_refused() {
    let keys = || ApiKeys::new(MemoryApiKeys::new());
    assert!(keys().faults().is_empty());
    for (keys, says) in [
        (
            keys().header("X API Key"),
            "\"X API Key\" can't be the header field",
        ),
        (keys().header(""), "\"\" can't be the header field"),
        (keys().header("Authorization"), "use `.authorization()`"),
        (keys().header("cookie"), "`.cookie(..)`"),
        (keys().header("Host"), "\"Host\" can't be the header field"),
        (keys().last_used_every(Duration::ZERO), "without a pause"),
        (keys().without_header(), "have no source"),
        (keys().cookie("a b"), "\"a b\" is not a valid cookie name"),
        (keys().cookie(""), "\"\" is not a valid cookie name"),
        (keys().query(""), "query parameter for API keys is empty"),
        (keys().label("AK"), "\"AK\" is not a valid label"),
        (
            keys().store_timeout(Duration::ZERO),
            "`.store_timeout(..)` is zero",
        ),
        (
            keys().concurrent_lookups(0),
            "`.concurrent_lookups(..)` is zero",
        ),
    ] {
        let faults = keys.faults();
        assert_eq!(faults.len(), 1, "{says}");
        let said = faults[0].to_string();
        assert!(said.contains(says), "{said}");
    }
    for taken in [
        "Proxy-Authorization",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "X-Forwarded-For",
        "Forwarded",
    ] {
        assert_eq!(keys().header(taken).faults().len(), 1, "{taken}");
    }
}

#[tokio::test]
async fn without_header_an_api_key_is_read_from_other_sources_only() {
    let keys = ApiKeys::new(MemoryApiKeys::new())
        .without_header()
        .cookie("key");
    assert!(keys.faults().is_empty());
    assert_eq!(keys.sources(), [Source::Cookie("key".to_owned())]);
    let (_, key) = keys.create(NewApiKey::new("alice")).await.unwrap();
    let cookie = format!("key={}", key.reveal());
    assert_eq!(outcome(&keys, "/", &[("cookie", &cookie)]).await, "alice");
    let found = outcome(&keys, "/", &[("x-api-key", key.reveal())]).await;
    assert_eq!(found, "absent");
}
