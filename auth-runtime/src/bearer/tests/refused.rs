//! The cache of tokens that were refused although their signature is valid.

use std::sync::Mutex;

use http::{Request, Response};

use super::*;
use crate::box_error::BoxError;
use crate::fetch::{Client, Fetch};

fn issuer_and_bearer() -> (Issuer, Bearer) {
    let issuer = issuer();
    let bearer = bearer([issuer.jwt()], TokenCache::new());
    (issuer, bearer)
}

#[test]
fn a_refused_token_with_a_valid_signature_is_refused_again_for_the_same_fault() {
    let (issuer, bearer) = issuer_and_bearer();
    let other_audience = token(&issuer).claim("aud", "https://other.example");
    let no_subject = token(&issuer).without("sub");
    let bound = token(&issuer).claim("cnf", serde_json::json!({ "jkt": "x" }));
    for (token, seconds, expected) in [
        (token(&issuer), NOW + 1_000, TokenFault::Expired),
        (other_audience, NOW, TokenFault::WrongAudience),
        (no_subject, NOW, TokenFault::MissingClaim),
        (bound, NOW, TokenFault::DpopBound),
    ] {
        let token = token.sign();
        assert_eq!(recalled_fault(&bearer, &token, seconds), None);
        assert_eq!(fault(&bearer, &token, seconds), Some(expected));
        for _ in 0..2 {
            assert_eq!(recalled_fault(&bearer, &token, seconds), Some(expected));
        }
    }
}

#[test]
fn a_token_that_differs_in_one_character_from_a_refused_one_is_verified() {
    let (issuer, bearer) = issuer_and_bearer();
    let token = token(&issuer).sign();
    fault(&bearer, &token, NOW + 1_000);
    let shorter = &token[..token.len() - 1];
    for other in [
        format!("{token}A"),
        shorter.to_owned(),
        token.replace("ey", "fy"),
    ] {
        assert_eq!(recalled_fault(&bearer, &other, NOW + 1_000), None);
    }
}

#[test]
fn a_token_that_may_become_valid_is_not_remembered_as_refused() {
    let (issuer, bearer) = issuer_and_bearer();
    let early = token(&issuer).claim("nbf", NOW + 200).sign();
    assert_eq!(fault(&bearer, &early, NOW), Some(TokenFault::NotYetValid));
    assert_eq!(recalled_fault(&bearer, &early, NOW), None);
    assert_eq!(fault(&bearer, &early, NOW + 200), None);
}

#[test]
fn a_token_without_a_valid_signature_is_not_remembered_as_refused() {
    let (issuer, bearer) = issuer_and_bearer();
    let forger = Issuer::with_secret(ISSUER, AUDIENCE, "another secret of 32 bytes or more");
    let foreign = token(&forger).claim("aud", "https://other.example").sign();
    let untyped = token(&issuer).without_header("typ").sign();
    for token in [&*foreign, &untyped, "a.b.c", ""] {
        assert!(fault(&bearer, token, NOW + 1_000).is_some());
        assert_eq!(recalled_fault(&bearer, token, NOW + 1_000), None);
    }
}

#[test]
fn an_expired_token_is_valid_again_if_the_clock_is_set_back() {
    let (issuer, bearer) = issuer_and_bearer();
    let token = token(&issuer).sign();
    assert_eq!(
        fault(&bearer, &token, NOW + 1_000),
        Some(TokenFault::Expired)
    );
    assert_eq!(
        recalled_fault(&bearer, &token, NOW + 1_000),
        Some(TokenFault::Expired)
    );
    assert_eq!(recalled_fault(&bearer, &token, NOW), None);
    assert_eq!(fault(&bearer, &token, NOW), None);
}

#[test]
fn a_remembered_token_is_refused_for_the_fault_that_comes_first_at_that_time() {
    let (issuer, bearer) = issuer_and_bearer();
    let token = token(&issuer).claim("aud", "https://other.example").sign();
    for (seconds, expected) in [
        (NOW, TokenFault::WrongAudience),
        (NOW + 1_000, TokenFault::Expired),
        (NOW - 1_000, TokenFault::NotYetValid),
    ] {
        assert_eq!(fault(&bearer, &token, seconds), Some(expected));
    }
    // The token is remembered with the fault of its audience.
    fault(&bearer, &token, NOW);
    for (seconds, expected) in [
        (NOW + 1_000, TokenFault::Expired),
        (NOW - 1_000, TokenFault::NotYetValid),
        (NOW, TokenFault::WrongAudience),
    ] {
        assert_eq!(recalled_fault(&bearer, &token, seconds), Some(expected));
    }
}

#[test]
fn without_a_token_cache_no_refused_token_is_remembered() {
    let issuer = issuer();
    let bearer = bearer([issuer.jwt()], TokenCache::OFF);
    let token = token(&issuer).sign();
    assert_eq!(
        fault(&bearer, &token, NOW + 1_000),
        Some(TokenFault::Expired)
    );
    assert_eq!(recalled_fault(&bearer, &token, NOW + 1_000), None);
}

#[test]
fn refused_tokens_do_not_evict_valid_ones_and_their_number_is_bounded() {
    let (issuer, bearer) = issuer_and_bearer();
    let good = token(&issuer).sign();
    let good = hashed(&bearer, &good);
    let verified = bearer.verify(good, Timestamp::of(time(NOW))).ok().unwrap();
    bearer.known.insert(good, verified);
    let expired = |number: usize| {
        token(&issuer)
            .claim("exp", NOW - 1_000)
            .claim("jti", number)
            .sign()
    };
    let tokens: Vec<_> = (0..3_000).map(expired).collect();
    for token in &tokens {
        assert_eq!(fault(&bearer, token, NOW), Some(TokenFault::Expired));
    }
    assert!(matches!(bearer.recall(good, time(NOW)), Some(Ok(_))));
    assert_eq!(bearer.known.status().unwrap().entries, 1);
    let kept = tokens
        .iter()
        .filter(|token| bearer.refused.get(hashed(&bearer, token)).is_some());
    assert!((500..=1_000).contains(&kept.count()));
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_kept_for_ten_minutes_at_most() {
    let (issuer, bearer) = issuer_and_bearer();
    let token = token(&issuer).sign();
    fault(&bearer, &token, NOW + 1_000);
    tokio::time::advance(Duration::from_secs(599)).await;
    assert!(recalled_fault(&bearer, &token, NOW + 1_000).is_some());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(recalled_fault(&bearer, &token, NOW + 1_000), None);
}

/// Publishes the keys of an issuer, which can be replaced.
#[derive(Clone)]
struct Publisher(Arc<Mutex<String>>);

impl Fetch for Publisher {
    async fn fetch(&self, _: Request<Vec<u8>>, _: usize) -> Result<Response<Vec<u8>>, BoxError> {
        let keys = self.0.lock().unwrap().clone();
        Ok(Response::new(keys.into_bytes()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_forgotten_once_a_key_of_its_issuer_is_removed() {
    let (old, new) = (
        Issuer::new(ISSUER, AUDIENCE),
        Issuer::new(ISSUER, AUDIENCE).key_id("new"),
    );
    let publisher = Publisher(Arc::new(Mutex::new(old.jwks())));
    let jwt = Jwt::issuer(ISSUER)
        .audience(AUDIENCE)
        .jwks_url("https://issuer.example/keys");
    let clients = Clients::new(Some(Client::new(publisher.clone())));
    let verifier = jwt.build(&clients).ok().unwrap();
    let bearer = Bearer::new(vec![verifier], usize::MAX, TokenCache::new(), false);
    let keys = bearer.issuers.first().unwrap().keys();
    keys.ready().await;

    let token = token(&old).sign();
    assert_eq!(
        fault(&bearer, &token, NOW + 1_000),
        Some(TokenFault::Expired)
    );
    assert_eq!(
        recalled_fault(&bearer, &token, NOW + 1_000),
        Some(TokenFault::Expired)
    );

    *publisher.0.lock().unwrap() = new.jwks();
    tokio::time::sleep(Duration::from_secs(400)).await;
    keys.refresh().await.unwrap();
    assert!(bearer.refused.get(hashed(&bearer, &token)).is_some());
    assert_eq!(recalled_fault(&bearer, &token, NOW + 1_000), None);
    assert_eq!(
        fault(&bearer, &token, NOW + 1_000),
        Some(TokenFault::UnknownKey)
    );
    assert_eq!(recalled_fault(&bearer, &token, NOW + 1_000), None);
}
