//! API keys beside bearer tokens.

use auth_runtime::AuthBuilder;
use auth_runtime::testing::Issuer;
use auth_tests::application::{AUDIENCE, ISSUER};
use auth_tests::expected::refused;

use super::*;

struct World {
    server: Server,
    issuer: Issuer,
    key: ApiKey,
}

async fn world(order: fn(AuthBuilder, &Issuer, ApiKeys) -> AuthBuilder) -> World {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let keys = ApiKeys::new(MemoryApiKeys::new());
    let (_, key) = keys.create(NewApiKey::new("bob")).await.unwrap();
    let auth = build(order(Auth::builder(), &issuer, keys));
    World {
        server: Server::start(routes().layer(auth.layer())).await,
        issuer,
        key,
    }
}

#[tokio::test]
async fn a2_each_kind_has_its_challenge_and_that_of_api_keys_comes_last() {
    for world in [
        world(|auth, issuer, keys| auth.bearer(issuer.jwt()).api_keys(keys)).await,
        world(|auth, issuer, keys| auth.api_keys(keys).bearer(issuer.jwt())).await,
    ] {
        let answer = world.server.send(&Request::get("/read")).await;
        let bearer = r#"Bearer realm="api", scope="read""#;
        assert_eq!(answer.challenges(), [bearer, CHALLENGE]);
        let narrowed = world.server.send(&Request::get("/keys-only")).await;
        assert_eq!(narrowed.challenges(), [CHALLENGE]);
        let narrowed = world.server.send(&Request::get("/bearer-only")).await;
        assert_eq!(narrowed.challenges(), [r#"Bearer realm="api""#]);
    }
}

#[tokio::test]
async fn a15_the_kind_declared_first_decides_between_token_and_api_key() {
    let bearer_first = world(|auth, issuer, keys| auth.bearer(issuer.jwt()).api_keys(keys)).await;
    let keys_first = world(|auth, issuer, keys| auth.api_keys(keys).bearer(issuer.jwt())).await;
    for (world, both, bad_key, bad_token) in [
        (&bearer_first, "alice", "alice", "401"),
        (&keys_first, "bob", "401", "bob"),
    ] {
        let token = world.issuer.token("alice").sign();
        let key = world.key.reveal();
        let ask = async |token: &str, key: &str| {
            let request = Request::get("/any").bearer(token).header("X-API-Key", key);
            let answer = world.server.send(&request).await;
            match answer.status {
                200 => answer.text(),
                status => status.to_string(),
            }
        };
        assert_eq!(ask(&token, key).await, both);
        assert_eq!(ask(&token, "bad").await, bad_key);
        assert_eq!(ask("bad", key).await, bad_token);
    }
}

#[tokio::test]
async fn an_api_key_on_a_bearer_only_route_gets_the_plain_bearer_challenge() {
    let world = world(|auth, issuer, keys| auth.bearer(issuer.jwt()).api_keys(keys)).await;
    let request = Request::get("/bearer-only").header("X-API-Key", world.key.reveal());
    let expected = refused(401).challenge(r#"Bearer realm="api""#);
    let answer = world.server.send(&request).await;
    auth_tests::expected::Expected::from(expected)
        .compare(&answer)
        .unwrap();
}
