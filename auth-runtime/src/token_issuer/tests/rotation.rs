//! Keys that are replaced while the service runs.

use super::*;

#[tokio::test]
async fn a_replaced_key_signs_at_once_and_the_previous_one_verifies_until_it_is_removed() {
    let key = |number: u8| {
        // The same key twice, because a key can't be cloned.
        HmacSecret::new([number; 32])
    };
    let issuer = shop(key(1)).build().unwrap();
    let app = app(issuer.jwt());
    let first = reader(issuer.token("alice"));
    assert_eq!(status(&app, &first).await, 200);

    issuer.replace_keys(key(2), [key(1)]).unwrap();
    let second = reader(issuer.token("alice"));
    assert_ne!(decoded(&first).0["kid"], decoded(&second).0["kid"]);
    for token in [&first, &second] {
        assert_eq!(status(&app, token).await, 200);
    }

    issuer.replace_keys(key(2), []).unwrap();
    // Also where it was cached.
    assert_eq!(status(&app, &first).await, 401);
    assert_eq!(status(&app, &second).await, 200);
}

#[tokio::test]
async fn a_next_key_is_known_before_it_signs() {
    let pem = include_str!("../../keys/tests/keys/p256_private.pem");
    let next = || SigningKey::pem(pem).with_id("next");
    let here = shop(SigningKey::generate()).verification_key(next());
    let here = here.build().unwrap();
    let another_node = shop(next()).build().unwrap();
    let app = app(here.jwt());
    assert_eq!(
        status(&app, &reader(another_node.token("alice"))).await,
        200
    );
    assert_ne!(decoded(&reader(here.token("alice"))).0["kid"], "next");
}

#[tokio::test]
async fn a_clone_of_an_issuer_sees_replaced_keys() {
    let issuer = issuer();
    let clone = issuer.clone();
    let before = clone.jwks();
    issuer.replace_keys(SigningKey::generate(), []).unwrap();
    assert_ne!(clone.jwks(), before);
    assert_eq!(clone.jwks(), issuer.jwks());
}

#[tokio::test]
async fn keys_that_cannot_be_used_change_nothing() {
    let issuer = issuer();
    let app = app(issuer.jwt());
    let token = reader(issuer.token("alice"));
    let before = issuer.jwks();
    let error = issuer
        .replace_keys(SigningKey::generate(), [SigningKey::pem("")])
        .unwrap_err();
    assert_eq!(error.faults().len(), 1);
    assert!(error.to_string().contains("signing key 2 (PEM)"), "{error}");
    assert_eq!(issuer.jwks(), before);
    assert_eq!(status(&app, &token).await, 200);
}

#[test]
fn tokens_that_are_signed_during_replacements_are_accepted() {
    use crate::clock::Timestamp;
    use crate::fetch::Clients;

    let issuer = shop(HmacSecret::new([0; 32])).build().unwrap();
    let jwt = issuer.jwt().build(&Clients::new(None)).unwrap();
    let bearer =
        crate::bearer::Bearer::new(vec![jwt], usize::MAX, crate::bearer::TokenCache::OFF, false);
    std::thread::scope(|scope| {
        let replacing = scope.spawn(|| {
            for number in 1..=200_u8 {
                let (next, last) = (
                    HmacSecret::new([number; 32]),
                    HmacSecret::new([number - 1; 32]),
                );
                issuer.replace_keys(next, [last]).unwrap();
                std::thread::yield_now();
            }
        });
        let mut verified = 0;
        while !replacing.is_finished() || verified == 0 {
            let token = reader(issuer.token("alice"));
            let now = Timestamp::of(SystemTime::now());
            // A token is only refused if two replacements happened since it was signed.
            verified += u32::from(bearer.identity_of(&token, now).is_ok());
        }
        assert!(verified > 0);
    });
    let token = reader(issuer.token("alice"));
    let now = Timestamp::of(SystemTime::now());
    assert!(bearer.identity_of(&token, now).is_ok());
}
