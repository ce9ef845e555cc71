//! Creating, listing and rotating keys.

use super::*;
use crate::box_error::BoxError;

#[tokio::test]
async fn a_new_api_key_is_stored_as_requested_and_without_its_secret() {
    let (node, store) = node();
    let before = SystemTime::now() - Duration::from_secs(1);
    let new = NewApiKey::new("alice")
        .description("nightly export")
        .scopes(["orders:read"])
        .roles(["machine"])
        .expires_in(Duration::from_millis(89_001));
    let (record, key) = node.keys.create(new).await.unwrap();
    assert_eq!(record.owner, "alice");
    assert_eq!(record.description, "nightly export");
    assert_eq!(record.scopes, ["orders:read"]);
    assert_eq!(record.roles, ["machine"]);
    assert!(before < record.created_at && record.created_at <= SystemTime::now());
    let lifetime = record.expires_at.unwrap().duration_since(record.created_at);
    assert_eq!(lifetime.unwrap(), Duration::from_secs(90));
    let whole = record.created_at.duration_since(UNIX_EPOCH).unwrap();
    assert_eq!(whole.subsec_nanos(), 0);
    assert_eq!((record.revoked_at, &record.replaces), (None, &None));
    assert_eq!(record.prefix, key.prefix());
    assert_eq!(record.digest, key.digest());
    assert_eq!(store.keys.find(&key.digest()).await.unwrap(), Some(record));
    let (_, secret) = key.reveal().rsplit_once('_').unwrap();
    let listed = format!("{:?}", node.keys.list(None).await.unwrap());
    assert!(!listed.contains(secret));
}

#[tokio::test]
async fn an_api_key_begins_with_the_configured_label() {
    let (node, _) = node();
    let keys = node.keys.label("acme2");
    let (record, key) = keys.create(NewApiKey::new("alice")).await.unwrap();
    assert!(record.prefix.starts_with("acme2_"));
    assert!(key.reveal().starts_with("acme2_"));
    for invalid in ["", "Acme", "a-b", "a_b", "ä", "seventeen17seven1"] {
        let keys = keys.clone().label(invalid);
        let refused = keys.create(NewApiKey::new("alice")).await.unwrap_err();
        assert!(refused.to_string().contains("lower-case"), "{refused}");
        let refused = keys.rotate(&record.prefix, Duration::ZERO).await;
        assert!(refused.is_err(), "{invalid}");
    }
}

#[tokio::test]
async fn an_api_key_with_an_invalid_scope_or_role_is_not_created() {
    let (node, _) = node();
    for word in ["", "orders read", "a\"b", "a\\b", "ä", "a\n"] {
        let alice = || NewApiKey::new("alice");
        for (what, new) in [
            ("scope", alice().scopes(["ok", word])),
            ("role", alice().roles([word])),
        ] {
            let error = node.keys.create(new).await.unwrap_err().to_string();
            assert!(error.contains(&format!("{what} {word:?}")), "{error}");
        }
    }
    assert!(node.keys.create(NewApiKey::new("")).await.is_err());
    let for_ever = NewApiKey::new("alice").expires_in(Duration::MAX);
    assert!(node.keys.create(for_ever).await.is_err());
    assert_eq!(node.keys.list(None).await.unwrap(), []);
}

#[tokio::test]
async fn an_api_key_lifetime_is_rounded_up_to_at_least_one_second() {
    let (node, _) = node();
    let create = async |lifetime| {
        let new = NewApiKey::new("alice").expires_in(lifetime);
        let (record, _) = node.keys.create(new).await?;
        let lifetime = record.expires_at.unwrap().duration_since(record.created_at);
        Ok::<_, BoxError>(lifetime.unwrap())
    };
    for (given, seconds) in [(1, 1), (900, 1), (1000, 1), (1001, 2)] {
        let lifetime = create(Duration::from_millis(given)).await.unwrap();
        assert_eq!(lifetime, Duration::from_secs(seconds), "{given}");
    }
    let refused = create(Duration::ZERO).await.unwrap_err().to_string();
    assert!(
        refused.contains("lifetime of the API key is zero"),
        "{refused}"
    );
}

#[tokio::test]
async fn api_keys_are_listed_for_one_owner_or_for_all_owners() {
    let (node, _) = node();
    for owner in ["alice", "bob", "alice"] {
        node.keys.create(NewApiKey::new(owner)).await.unwrap();
    }
    assert_eq!(node.keys.list(None).await.unwrap().len(), 3);
    assert_eq!(node.keys.list(Some("alice")).await.unwrap().len(), 2);
    assert_eq!(node.keys.list(Some("eve")).await.unwrap(), []);
}

#[tokio::test]
async fn a_rotated_api_key_keeps_the_properties_of_the_old_one() {
    let (node, store) = node();
    let new = NewApiKey::new("alice")
        .description("nightly export")
        .scopes(["orders:read"])
        .roles(["machine"])
        .expires_in(Duration::from_secs(7200));
    let (old, old_key) = node.keys.create(new).await.unwrap();
    let overlap = Duration::from_secs(600);
    let (record, key) = node.keys.rotate(&old.prefix, overlap).await.unwrap();
    assert_ne!(key.prefix(), old_key.prefix());
    let lifetime = record.expires_at.unwrap().duration_since(record.created_at);
    assert_eq!(lifetime.unwrap(), Duration::from_secs(7200));
    let mut expected = old.clone();
    expected.prefix = key.prefix().to_owned();
    expected.digest = key.digest();
    expected.created_at = record.created_at;
    expected.expires_at = record.expires_at;
    expected.replaces = Some(old.prefix.clone());
    assert_eq!(record, expected);
    assert_eq!(
        store.keys.find(&key.digest()).await.unwrap(),
        Some(record.clone())
    );
    let left = store.keys.find(&old.digest).await.unwrap().unwrap();
    assert_eq!(left.expires_at, Some(record.created_at + overlap));
}

#[tokio::test]
async fn an_ended_or_unknown_api_key_cannot_be_rotated() {
    let (node, store) = node();
    let revoked = node.create().await;
    node.keys.revoke(revoked.prefix()).await.unwrap();
    let key = ApiKey::generate("ak").unwrap();
    let mut expired = ApiKeyRecord::new(key.prefix(), key.digest(), "alice", UNIX_EPOCH);
    expired.expires_at = Some(UNIX_EPOCH + Duration::from_secs(1));
    store.insert(&expired).await.unwrap();
    let rotate = |prefix: &str| {
        let (keys, prefix) = (node.keys.clone(), prefix.to_owned());
        async move { keys.rotate(&prefix, Duration::ZERO).await.unwrap_err() }
    };
    for prefix in [revoked.prefix(), key.prefix()] {
        let refused = rotate(prefix).await;
        assert!(matches!(refused, RotateError::Ended), "{refused:?}");
    }
    let refused = rotate("ak_000000000000").await;
    assert!(matches!(refused, RotateError::Unknown), "{refused:?}");
    assert_eq!(node.keys.list(None).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_api_key_has_only_one_successor_even_if_rotated_repeatedly() {
    let (node, _) = node();
    let new = NewApiKey::new("alice").expires_in(Duration::from_secs(7200));
    let (old, _) = node.keys.create(new).await.unwrap();
    let rotate = || node.keys.rotate(&old.prefix, Duration::from_secs(60));
    let (one, two, three) = tokio::join!(rotate(), rotate(), rotate());
    let (good, refused): (Vec<_>, Vec<_>) = [one, two, three, rotate().await]
        .into_iter()
        .partition(Result::is_ok);
    assert_eq!(good.len(), 1);
    let (successor, _) = good.into_iter().next().unwrap().unwrap();
    for refused in refused {
        let refused = refused.unwrap_err();
        let by = &successor.prefix;
        assert_eq!(
            refused.to_string(),
            format!("the API key is already replaced by {by}")
        );
    }
    assert_eq!(node.keys.list(None).await.unwrap().len(), 2);
    // The successor can be rotated, and its successor has the same lifetime.
    let (next, _) = node
        .keys
        .rotate(&successor.prefix, Duration::ZERO)
        .await
        .unwrap();
    let lifetime = next.expires_at.unwrap().duration_since(next.created_at);
    assert_eq!(lifetime.unwrap(), Duration::from_secs(7200));
}

#[tokio::test]
async fn a_failure_of_the_store_is_returned_to_the_administrator() {
    let (node, store) = node();
    let key = node.create().await;
    store.fail(true);
    assert!(node.keys.create(NewApiKey::new("alice")).await.is_err());
    assert!(node.keys.list(None).await.is_err());
    let rotated = node.keys.rotate(key.prefix(), Duration::ZERO).await;
    assert_eq!(rotated.unwrap_err().to_string(), "the disk is full");
}

#[tokio::test]
async fn an_api_key_is_revoked_for_its_owner_only() {
    let (node, _) = node();
    let (record, _) = node.keys.create(NewApiKey::new("alice")).await.unwrap();
    let revoked = async || {
        let listed = node.keys.list(Some("alice")).await.unwrap();
        listed[0].revoked_at.is_some()
    };
    assert!(!node.keys.revoke_of("bob", &record.prefix).await.unwrap());
    assert!(!node.keys.revoke_of("alice", "ak_unknown").await.unwrap());
    assert!(!revoked().await);
    assert!(node.keys.revoke_of("alice", &record.prefix).await.unwrap());
    assert!(revoked().await);
}
