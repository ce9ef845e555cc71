//! API keys in `Authorization: Bearer`, beside JWTs and opaque tokens. The prefix of the key decides, before
//! any kind of credential is asked.

use std::sync::Mutex;
use std::time::Duration;

use auth_runtime::authenticator::Source;
use auth_runtime::fetch::Fetch;
use auth_runtime::testing::Issuer;
use auth_runtime::{AuthBuilder, BoxError, Introspection, Scheme};
use auth_tests::application::{AUDIENCE, ISSUER};
use auth_tests::expected::{Expected, Refused, refused};
use auth_tests::logs::Capture;
use axum::http;

use super::*;
use crate::kinds::Badge;

const BEARER: &str = r#"Bearer realm="api""#;
const BEARER_READ: &str = r#"Bearer realm="api", scope="read""#;

/// An authorization server that answers for every opaque token that Olga is its subject.
#[derive(Clone, Default)]
struct AuthorizationServer {
    requests: Arc<Mutex<Vec<String>>>,
}

impl Fetch for AuthorizationServer {
    async fn fetch(
        &self,
        request: http::Request<Vec<u8>>,
        _: usize,
    ) -> Result<http::Response<Vec<u8>>, BoxError> {
        let form = String::from_utf8(request.into_body())?;
        self.requests.lock().unwrap().push(form);
        let answer = br#"{"active": true, "token_type": "Bearer", "sub": "olga", "scope": "read"}"#;
        Ok(http::Response::new(answer.to_vec()))
    }
}

struct World {
    server: Server,
    auth: Auth,
    issuer: Issuer,
    keys: ApiKeys,
    store: MemoryApiKeys,
    authorization_server: AuthorizationServer,
}

impl World {
    async fn start(
        declare: fn(AuthBuilder, &Issuer, Introspection, ApiKeys) -> AuthBuilder,
    ) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let store = MemoryApiKeys::new();
        let keys = ApiKeys::new(store.clone())
            .label("shop")
            .authorization_prefix(Scheme::BEARER, "shop_");
        let authorization_server = AuthorizationServer::default();
        let introspection = Introspection::endpoint("https://issuer.example/introspect")
            .issuer("https://opaque.example")
            .client("api", "secret")
            .any_audience()
            .token_format(|token| {
                assert!(
                    !token.contains("shop_"),
                    "an API key must not reach this function"
                );
                token.len() >= 8
            });
        let builder = Auth::builder().fetch(authorization_server.clone());
        let auth = build(declare(builder, &issuer, introspection, keys.clone()));
        Self {
            server: Server::start(routes().layer(auth.layer())).await,
            auth,
            issuer,
            keys,
            store,
            authorization_server,
        }
    }

    async fn tokens_first() -> Self {
        Self::start(|auth, issuer, introspection, keys| {
            auth.bearer(issuer.jwt())
                .introspection(introspection)
                .api_keys(keys)
        })
        .await
    }

    async fn keys_first() -> Self {
        Self::start(|auth, issuer, introspection, keys| {
            auth.api_keys(keys)
                .bearer(issuer.jwt())
                .introspection(introspection)
        })
        .await
    }

    async fn create(&self, new: NewApiKey) -> ApiKey {
        self.keys.create(new).await.unwrap().1
    }

    async fn get(&self, path: &str, authorization: &str) -> Response {
        let request = Request::get(path).header("Authorization", authorization);
        self.server.send(&request).await
    }

    fn introspections(&self) -> usize {
        self.authorization_server.requests.lock().unwrap().len()
    }

    /// How many tokens were looked up in the token cache.
    fn token_look_ups(&self) -> u64 {
        let cache = self.auth.status().token_cache.unwrap();
        cache.hits + cache.misses
    }
}

#[track_caller]
fn assert_is(expected: impl Into<Expected>, response: &Response, what: &str) {
    if let Err(difference) = expected.into().compare(response) {
        panic!("{what}: {difference}\n{response:?}");
    }
}

fn unauthorized(challenge: &str) -> Refused {
    refused(401).challenge(challenge)
}

#[tokio::test]
async fn an_authorization_prefix_selects_the_credential_kind_that_rules_accept() {
    for world in [World::tokens_first().await, World::keys_first().await] {
        let key = world.create(NewApiKey::new("kim").scopes(["read"])).await;
        let key = format!("Bearer {}", key.reveal());
        let jwt = format!(
            "Bearer {}",
            world.issuer.token("alice").scope("read").sign()
        );
        let opaque = "Bearer opaque-token".to_owned();
        for path in ["/any", "/read", "/optional"] {
            for (credentials, owner) in [(&key, "kim"), (&jwt, "alice"), (&opaque, "olga")] {
                let answer = world.get(path, credentials).await;
                assert_is(Expected::Handler(owner.into()), &answer, path);
            }
        }
        // The scheme is compared without regard to case; any number of spaces may follow it.
        let other_case = key.replace("Bearer ", "bEARER   ");
        assert_eq!(world.get("/keys-only", &other_case).await.text(), "kim");
        // Row A4: a credential of a kind that the route does not accept.
        let key_for_tokens = world.get("/bearer-only", &key).await;
        assert_is(unauthorized(BEARER), &key_for_tokens, "a key for tokens");
        for token in [&jwt, &opaque] {
            let token_for_keys = world.get("/keys-only", token).await;
            assert_is(unauthorized(BEARER), &token_for_keys, "a token for keys");
            assert_eq!(world.get("/bearer-only", token).await.status, 200);
        }
        // The prefix is compared byte for byte, and with this scheme only.
        let upper = key.replace("shop_", "SHOP_");
        assert_eq!(world.get("/any", &upper).await.text(), "olga");
        let other_scheme = key.replace("Bearer", "ApiKey");
        let other_scheme = world.get("/any", &other_scheme).await;
        assert_is(unauthorized(BEARER), &other_scheme, "another scheme");
    }
}

#[tokio::test]
async fn a2_api_keys_and_tokens_in_authorization_share_one_challenge() {
    for world in [World::tokens_first().await, World::keys_first().await] {
        for (path, line) in [
            ("/any", BEARER),
            ("/read", BEARER_READ),
            ("/bearer-only", BEARER),
            ("/keys-only", BEARER),
        ] {
            let answer = world.server.send(&Request::get(path)).await;
            assert_is(unauthorized(line), &answer, path);
        }
    }
}

/// Row G2: the answer has the same bytes whatever is wrong with the key, and without a key.
#[tokio::test]
async fn g2_an_invalid_api_key_in_authorization_is_answered_like_no_credential() {
    let world = World::tokens_first().await;
    let good = world.create(NewApiKey::new("kim").scopes(["read"])).await;
    let revoked = world.create(NewApiKey::new("kim")).await;
    world.keys.revoke(revoked.prefix()).await.unwrap();
    let elsewhere = ApiKeys::new(MemoryApiKeys::new()).label("shop");
    let (_, unknown) = elsewhere.create(NewApiKey::new("eve")).await.unwrap();
    let (_, expired) = elsewhere.create(NewApiKey::new("kim")).await.unwrap();
    let mut record = ApiKeyRecord::new(
        expired.prefix(),
        expired.digest(),
        "kim",
        SystemTime::UNIX_EPOCH,
    );
    record.expires_at = Some(SystemTime::now() - Duration::from_secs(1));
    world.store.insert(&record).await.unwrap();
    for path in ["/any", "/read", "/keys-only"] {
        let nothing = world.server.send(&Request::get(path)).await.comparable();
        for (what, key) in [
            ("unknown", unknown.reveal()),
            ("revoked", revoked.reveal()),
            ("expired", expired.reveal()),
            ("a wrong secret", &wrong_secret(&good)),
            ("the prefix alone", "shop_"),
            ("cut", &good.reveal()[..good.reveal().len() - 1]),
            ("two words", &format!("{0} {0}", good.reveal())),
            ("a list", &format!("{0},{0}", good.reveal())),
            ("after a tab", &format!("\t{}", good.reveal())),
            ("like a JWT", "shop_eyJhbGciOiJIUzI1NiJ9.e30.x"),
            ("long", &format!("shop_{}", "a".repeat(7000))),
        ] {
            let answer = world.get(path, &format!("Bearer {key}")).await;
            assert_eq!(answer.comparable(), nothing, "{what}, {path}");
        }
    }
    let good = format!("Bearer {}", good.reveal());
    assert_eq!(world.get("/read", &good).await.text(), "kim");
}

/// Row C14.
#[tokio::test]
async fn c14_an_invalid_api_key_is_401_even_on_an_optional_route() {
    let world = World::tokens_first().await;
    let bad = world.get("/optional", "Bearer shop_x").await;
    assert_is(unauthorized(BEARER), &bad, "a bad key");
    assert_eq!(
        world.server.send(&Request::get("/optional")).await.text(),
        "anonymous"
    );
}

#[tokio::test]
async fn challenges_describe_faults_of_tokens_and_not_of_api_keys() {
    let world = World::tokens_first().await;
    let weak = world.create(NewApiKey::new("kim")).await;
    let weak = format!("Bearer {}", weak.reveal());
    for path in ["/read", "/admin"] {
        let forbidden = refused(403).code("forbidden");
        assert_is(forbidden, &world.get(path, &weak).await, path);
    }
    let weak = format!("Bearer {}", world.issuer.token("alice").sign());
    let insufficient = refused(403)
        .code("insufficient_scope")
        .required_scopes("read")
        .challenge(format!(
            r#"{BEARER}, error="insufficient_scope", error_description="The access token lacks a required scope", scope="read""#
        ));
    assert_is(insufficient, &world.get("/read", &weak).await, "a token");
    let bad = unauthorized(
        r#"Bearer realm="api", error="invalid_token", error_description="The access token is malformed", scope="read""#,
    );
    assert_is(
        bad.code("invalid_token"),
        &world.get("/read", "Bearer x").await,
        "a bad token",
    );
}

#[tokio::test]
async fn a8_g3_two_authorization_lines_or_two_api_keys_are_400() {
    let world = World::tokens_first().await;
    let key = world.create(NewApiKey::new("kim")).await;
    let line = format!("Bearer {}", key.reveal());
    let jwt = format!("Bearer {}", world.issuer.token("alice").sign());
    let error = r#"Bearer realm="api", error="invalid_request", error_description="Multiple methods used to include access token""#;
    for other in [&line, &jwt] {
        let two = |path| {
            let request = Request::get(path).header("Authorization", &line);
            request.header("Authorization", other)
        };
        for (path, challenge) in [
            ("/any", error),
            ("/bearer-only", error),
            ("/keys-only", BEARER),
        ] {
            let invalid = refused(400).code("invalid_request").challenge(challenge);
            assert_is(invalid, &world.server.send(&two(path)).await, path);
        }
    }
    // A key that is sent twice: the challenge has no error about a token.
    let twice = Request::get("/read").header("Authorization", &line);
    let twice = twice.header("X-API-Key", key.reveal());
    let invalid = refused(400).code("invalid_request").challenge(BEARER_READ);
    assert_is(invalid, &world.server.send(&twice).await, "a key twice");
}

/// Kinds are asked in declaration order. One field holds the credential of one kind only.
#[tokio::test]
async fn a15_the_kind_declared_first_decides_between_authorization_and_another_header() {
    for (world, both) in [
        (World::tokens_first().await, "alice"),
        (World::keys_first().await, "kim"),
    ] {
        let key = world.create(NewApiKey::new("kim")).await;
        let jwt = world.issuer.token("alice").sign();
        let request = Request::get("/any")
            .bearer(&jwt)
            .header("X-API-Key", key.reveal());
        assert_eq!(world.server.send(&request).await.text(), both);
        let narrowed = Request::get("/keys-only")
            .bearer(&jwt)
            .header("X-API-Key", key.reveal());
        assert_eq!(world.server.send(&narrowed).await.text(), "kim");
    }
}

/// No key reaches the token cache, the authorization server or the log, whether it is valid or not, and
/// whatever the route accepts.
#[tokio::test]
async fn an_api_key_reaches_neither_the_token_cache_nor_introspection_nor_the_log() {
    let capture = Capture::start();
    let world = World::tokens_first().await;
    let good = world.create(NewApiKey::new("kim")).await;
    let bad = wrong_secret(&good);
    for path in ["/any", "/read", "/keys-only", "/bearer-only", "/optional"] {
        for key in [good.reveal(), &bad, "shop_opaque-token-of-another"] {
            world.get(path, &format!("Bearer {key}")).await;
        }
    }
    assert_eq!((world.token_look_ups(), world.introspections()), (0, 0));
    assert_eq!(
        world.get("/any", "Bearer opaque-token").await.text(),
        "olga"
    );
    assert_eq!((world.token_look_ups(), world.introspections()), (1, 1));
    let logged = capture.take().everything();
    for key in [good.reveal(), &bad] {
        let (_, secret) = key.rsplit_once('_').unwrap();
        assert!(!logged.contains(&secret[..12]), "{secret}");
    }
    assert!(!logged.contains("opaque-token-of-another"));
}

/// Shared caches do not reuse answers to requests with `Authorization` (RFC 9111 section 3.5).
#[tokio::test]
async fn g5_a_response_to_an_api_key_in_authorization_needs_no_cache_control() {
    let world = World::tokens_first().await;
    let key = world.create(NewApiKey::new("kim")).await;
    let answer = world.get("/any", &format!("Bearer {}", key.reveal())).await;
    assert_eq!((answer.status, answer.one("cache-control")), (200, None));
}

/// A custom kind can have a prefix as well, and then sees only values with that prefix.
#[tokio::test]
async fn custom_credential_kinds_are_distinguished_by_their_prefix() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let keys = ApiKeys::new(MemoryApiKeys::new())
        .label("shop")
        .authorization_prefix(Scheme::BEARER, "shop_");
    let badge = Badge::from(Source::authorization_prefix(Scheme::BEARER, "pat_"));
    let curious = Badge::from(Source::authorization()).scheme(Scheme::new("Curious"));
    let asked = Arc::clone(&curious.asked);
    let builder = Auth::builder()
        .authenticator(curious)
        .authenticator(badge)
        .api_keys(keys.clone())
        .bearer(issuer.jwt());
    let server = Server::start(routes().layer(build(builder).layer())).await;
    let (_, key) = keys.create(NewApiKey::new("kim")).await.unwrap();
    let get =
        async |credentials: &str| server.send(&Request::get("/any").bearer(credentials)).await;
    assert_eq!(get("pat_bob").await.text(), "pat_bob");
    assert_eq!(get(key.reveal()).await.text(), "kim");
    // A kind that reads the whole field does not see values that belong to another kind.
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(get("a=b").await.text(), "Bearer");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
