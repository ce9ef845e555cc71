//! How long keys are valid, and when they become invalid.

use super::*;

/// Five minutes until keys have to be fetched again, and an hour more.
const END: u64 = 300 + 3_600;

#[tokio::test(start_paused = true)]
async fn keys_stay_valid_for_one_hour_of_an_issuer_outage() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[&key]);
    let keys = provider.keys();
    keys.ready().await;
    provider.goes_down();
    pass(END - 1).await;
    assert!(key.is_accepted(&keys) && keys.is_current(0));
    assert!(keys.status().usable);
    pass(1).await;
    assert!(keys.current().is_none());
    // A token that was verified with them is no longer valid either.
    assert!(!keys.is_current(0));
    let status = keys.status();
    assert_eq!((status.keys, status.usable), (1, false));
    // Once ready, it stays ready.
    assert!(keys.is_ready());
    keys.ready().await;
}

#[tokio::test(start_paused = true)]
async fn the_same_keys_after_an_outage_keep_known_tokens_valid() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[&key]);
    let keys = provider.keys();
    keys.ready().await;
    provider.goes_down();
    pass(END + 1_000).await;
    provider.publish(&[&key]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert!(key.is_accepted(&keys) && keys.is_current(0));
}

#[tokio::test(start_paused = true)]
async fn the_validity_of_stale_keys_is_configurable() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys_with(KeyRefresh::new().stale_for(Duration::ZERO));
    keys.ready().await;
    // They are fetched before the interval ends.
    pass(299).await;
    assert_eq!(provider.request_count(), 2);
    assert!(keys.is_current(0));
    provider.goes_down();
    pass(300).await;
    assert!(!keys.is_current(0));
}

#[tokio::test(start_paused = true)]
async fn an_added_key_invalidates_no_known_token() {
    let (old, new) = (TestKey::new("old"), TestKey::new("new"));
    let provider = Provider::with(&[&old]);
    let keys = provider.keys();
    keys.ready().await;
    provider.publish(&[&new, &old]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert!(old.is_accepted(&keys) && new.is_accepted(&keys));
    assert!(keys.is_current(0));
    assert_eq!(keys.current().unwrap().key_generation, 0);
}

#[tokio::test(start_paused = true)]
async fn a_removed_key_invalidates_known_tokens() {
    let (old, new) = (TestKey::new("old"), TestKey::new("new"));
    let provider = Provider::with(&[&old, &new]);
    let keys = provider.keys();
    keys.ready().await;
    provider.publish(&[&new]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert_eq!(
        old.verify_with(&keys),
        Some(Err(SignatureError::UnknownKey))
    );
    assert!(new.is_accepted(&keys));
    assert!(!keys.is_current(0));
    assert!(keys.is_current(1));
    assert_eq!(keys.current().unwrap().key_generation, 1);

    // A key that comes back is not a removal.
    provider.publish(&[&old, &new]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert!(old.is_accepted(&keys) && keys.is_current(1));
}

#[tokio::test(start_paused = true)]
async fn a_key_replaced_under_its_kid_invalidates_known_tokens() {
    let (one, other) = (TestKey::new("a"), TestKey::new("a"));
    let provider = Provider::with(&[&one]);
    let keys = provider.keys();
    keys.ready().await;
    provider.publish(&[&other]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert_eq!(
        one.verify_with(&keys),
        Some(Err(SignatureError::BadSignature))
    );
    assert!(other.is_accepted(&keys));
    assert!(keys.is_current(1) && !keys.is_current(0));
}

#[tokio::test(start_paused = true)]
async fn a_key_restricted_to_fewer_algorithms_invalidates_known_tokens() {
    let rsa = KeySigner::pem(include_str!("../../tests/keys/rsa_private.pem")).unwrap();
    let jwk = rsa.public_jwk().unwrap();
    let with = |name: &str, value: &str| {
        let mut jwk = jwk.clone();
        jwk["kid"] = json!("a");
        jwk[name] = json!(value);
        set([jwk])
    };
    let provider = Provider::default();
    provider.put(KEYS, Page::new(with("use", "sig")));
    let keys = provider.keys();
    keys.ready().await;
    provider.put(KEYS, Page::new(with("alg", "PS256")));
    pass(10).await;
    keys.refresh().await.unwrap();
    assert!(keys.is_current(1) && !keys.is_current(0));
}

#[tokio::test(start_paused = true)]
async fn an_invalid_jwk_set_leaves_the_known_keys_in_use() {
    let key = TestKey::new("a");
    let mut encryption = key.jwk();
    encryption["use"] = json!("enc");
    let bad = [
        (Page::new("{"), "this is not a JWK set: it is not JSON"),
        (Page::new("<html>"), "this is not a JWK set: it is not JSON"),
        (Page::new(""), "this is not a JWK set: it is not JSON"),
        (Page::new(json!({}).to_string()), "it has no `keys` array"),
        (
            Page::new(json!({ "keys": {} }).to_string()),
            "it has no `keys` array",
        ),
        (Page::new(json!([]).to_string()), "it has no `keys` array"),
        (Page::new(set([])), "the key set has no keys"),
        (
            Page::new(set([encryption])),
            "the key set has no key that can verify tokens; skipped: key 1 (kid \"a\"): `use` is",
        ),
        (
            Page::new(" ".repeat(512 * 1024 + 1)),
            "the response has more than 524288 bytes",
        ),
        (Page::status(500), "the response has status 500"),
        (Page::status(404), "the response has status 404"),
        (
            Page::status(302).header("location", "https://evil.example/keys"),
            "a redirect to another origin, https://evil.example",
        ),
    ];
    for (page, expected) in bad {
        let provider = Provider::with(&[&key]);
        let keys = provider.keys();
        keys.ready().await;
        provider.put(KEYS, page);
        pass(10).await;
        let reason = reason(keys.refresh().await);
        assert!(reason.contains(expected), "{reason}");
        assert!(key.is_accepted(&keys) && keys.is_current(0), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_jwks_redirect_within_the_origin_is_followed() {
    let key = TestKey::new("a");
    let provider = Provider::default();
    provider.put(KEYS, Page::status(307).header("location", "/moved"));
    provider.put("https://issuer.example/moved", Page::new(set([key.jwk()])));
    let keys = provider.keys();
    keys.refresh().await.unwrap();
    assert!(key.is_accepted(&keys));
}
