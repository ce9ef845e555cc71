//! A logout revokes the credentials of the other kinds too that belong to the issuer.

use std::time::SystemTime;

use auth_runtime::ApiKeys;
use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::revocation::MemoryRevocation;
use auth_tests::application::{ISSUER, seconds};
use auth_tests::client::Request;

use super::{World, assert_logged_out, logout_token};
use crate::kinds::revocation::{Answer, Passes};

#[tokio::test]
async fn i13_a_logout_of_a_subject_revokes_its_api_keys_of_the_same_issuer() {
    let keys = [ISSUER, "api_key"].map(|issuer| ApiKeys::new(MemoryApiKeys::new()).issuer(issuer));
    for (keys, status) in keys.into_iter().zip([401, 200]) {
        let (record, key) = keys.create(NewApiKey::new("alice")).await.unwrap();
        let world = World::with(
            |jwt| jwt,
            |auth| auth.api_keys(keys).revocation(MemoryRevocation::new()),
        )
        .await;
        let hello = async || {
            let request = Request::get("/").header("x-api-key", key.reveal());
            world.server.send(&request).await.status
        };
        assert_eq!(hello().await, 200);
        let logout = logout_token(&world.issuer, "1")
            .claim("sub", "alice")
            .claim("iat", seconds(record.created_at));
        assert_logged_out(&world.log_out(&logout).await);
        assert_eq!(hello().await, status);
    }
}

#[tokio::test]
async fn a_logout_that_a_kind_cannot_carry_out_is_503_and_ends_the_tokens_nevertheless() {
    for answer in [Answer::Fails, Answer::Panics] {
        let kind = Passes::ticket(answer);
        let world = World::with(
            |jwt| jwt,
            |auth| {
                auth.authenticator(kind.clone())
                    .revocation(MemoryRevocation::new())
            },
        )
        .await;
        let token = world.issuer.token("alice");
        let token = token.claim("iat", seconds(SystemTime::now()) - 60).sign();
        assert_eq!(world.hello(&token).await, 200);
        let logout = logout_token(&world.issuer, "1").claim("sub", "alice");
        for _ in 0..2 {
            // The issuer sends the same logout token again.
            assert_eq!(world.log_out(&logout).await.status, 503);
        }
        assert_eq!(world.hello(&token).await, 401);
        assert!(kind.was_told("alice"));
    }
}
