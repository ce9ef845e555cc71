//! Bearer tokens, Basic and API keys side by side: rows A2, A4, A8, A15, C1 to C5, C13b, F and G on
//! routes that accept all or some of these kinds.

use std::fmt::Write;

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::testing::Issuer;
use auth_runtime::users::{PasswordHashing, User, Users};
use auth_runtime::{ApiKeys, Auth, Basic, Identity, optional_auth, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::expected::{Expected, Refused, refused};
use auth_tests::server::Server;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BEARER: &str = r#"Bearer realm="api""#;
const BEARER_READ: &str = r#"Bearer realm="api", scope="read""#;
const BASIC: &str = r#"Basic realm="api", charset="UTF-8""#;
const API_KEY: &str = r#"ApiKey realm="api""#;

fn who(caller: &Identity) -> String {
    let mut text = format!("{} by {}", caller.subject(), caller.scheme());
    for scope in caller.scopes().iter() {
        let _ = write!(text, " {scope}");
    }
    text
}

#[require_auth]
async fn any(caller: Identity) -> String {
    who(&caller)
}

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    who(&caller)
}

#[require_auth(role = "admin")]
async fn admin(caller: Identity) -> String {
    who(&caller)
}

#[require_auth(scheme = "basic")]
async fn basic(caller: Identity) -> String {
    who(&caller)
}

#[require_auth(scheme = ["api_key", "basic"])]
async fn no_tokens(caller: Identity) -> String {
    who(&caller)
}

#[require_auth(acr = "gold", scope = "read")]
async fn gold() {}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    caller.as_ref().map_or("anonymous".to_owned(), who)
}

#[optional_auth(scheme = "bearer")]
async fn optional_token(caller: Option<Identity>) -> String {
    caller.as_ref().map_or("anonymous".to_owned(), who)
}

/// Bearer tokens, then Basic, then API keys, and below `/turned` the other way round. Tina's token,
/// Bob's password and Kim's key all grant `read`; none grants `admin`.
struct World {
    server: Server,
    /// The same in `auth_runtime::Router`.
    ours: Server,
    token: String,
    weak_token: String,
    key: String,
    weak_key: String,
}

const BOB: &str = "bob:secret";
const WEAK_BOB: &str = "weak:secret";

macro_rules! routes {
    () => {
        Router::new()
            .route("/any", get(any))
            .route("/read", get(read))
            .route("/admin", get(admin))
            .route("/basic", get(basic))
            .route("/no-tokens", get(no_tokens))
            .route("/gold", get(gold))
            .route("/optional", get(optional))
            .route("/optional-token", get(optional_token))
    };
}

fn in_a_router_of_axum(auth: &Auth, turned: &Auth) -> axum::Router {
    use axum::Router;
    use axum::routing::get;
    Router::new()
        .merge(routes!().layer(auth.layer()))
        .nest("/turned", routes!().layer(turned.layer()))
}

fn in_a_router_of_ours(auth: Auth, turned: Auth) -> axum::Router {
    use auth_runtime::Router;
    use auth_runtime::routing::get;
    Router::new()
        .merge(routes!())
        .nest("/turned", routes!().bind(turned))
        .with_auth(auth)
}

impl World {
    async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let hashing = PasswordHashing::default().memory_kib(64).iterations(1);
        let hash = hashing.hash("secret").unwrap();
        let users = Users::new()
            .add("bob", User::new(&hash).scopes(["read"]).roles(["user"]))
            .add("weak", User::new(&hash));
        let basic = || Basic::users(users.clone()).hashing(hashing.clone());
        let keys = ApiKeys::new(MemoryApiKeys::new());
        let key = NewApiKey::new("kim").scopes(["read"]).roles(["user"]);
        let (_, key) = keys.create(key).await.unwrap();
        let (_, weak_key) = keys.create(NewApiKey::new("weak")).await.unwrap();

        let auth = Auth::builder()
            .bearer(issuer.jwt())
            .basic(basic())
            .api_keys(keys.clone());
        let turned = Auth::builder()
            .api_keys(keys)
            .basic(basic())
            .bearer(issuer.jwt());
        let (auth, turned) = (build(auth), build(turned));
        Self {
            server: Server::start(in_a_router_of_axum(&auth, &turned)).await,
            ours: Server::start(in_a_router_of_ours(auth, turned)).await,
            token: issuer.token("tina").scope("read").role("user").sign(),
            weak_token: issuer.token("weak").role("user").sign(),
            key: key.reveal().to_owned(),
            weak_key: weak_key.reveal().to_owned(),
        }
    }

    fn bearer(&self, request: Request) -> Request {
        request.bearer(&self.token)
    }

    async fn get(&self, path: &str, change: impl FnOnce(Request) -> Request) -> Response {
        let request = change(Request::get(path));
        let response = self.server.send(&request).await;
        let ours = self.ours.send(&request).await;
        assert_eq!(ours.comparable(), response.comparable(), "{request:?}");
        response
    }
}

fn with_basic(request: Request, pair: &str) -> Request {
    let value = format!("Basic {}", STANDARD.encode(pair));
    request.header("Authorization", value)
}

fn all(lines: [&str; 3]) -> Refused {
    lines.into_iter().fold(refused(401), Refused::challenge)
}

fn assert_answer(response: &Response, expected: impl Into<Expected>) {
    let expected: Expected = expected.into();
    if let Err(difference) = expected.compare(response) {
        panic!("{difference}\n{response:?}");
    }
}

#[tokio::test]
async fn a2_challenges_of_all_kinds_have_a_fixed_order() {
    let world = World::start().await;
    for prefix in ["", "/turned"] {
        let get = async |path: &str| {
            world
                .get(&format!("{prefix}{path}"), |request| request)
                .await
        };
        assert_answer(&get("/any").await, all([BEARER, BASIC, API_KEY]));
        assert_answer(&get("/read").await, all([BEARER_READ, BASIC, API_KEY]));
        assert_answer(&get("/admin").await, all([BEARER, BASIC, API_KEY]));
        assert_answer(&get("/basic").await, refused(401).challenge(BASIC));
        let no_tokens = refused(401).challenge(BASIC).challenge(API_KEY);
        assert_answer(&get("/no-tokens").await, no_tokens);
        assert_eq!(get("/optional").await.text(), "anonymous");
    }
}

#[tokio::test]
async fn every_built_in_kind_is_accepted_on_the_routes_that_name_it() {
    let world = World::start().await;
    for prefix in ["", "/turned"] {
        let path = |path: &str| format!("{prefix}{path}");
        let by_token = world
            .get(&path("/read"), |request| world.bearer(request))
            .await;
        assert_answer(&by_token, Expected::Handler("tina by Bearer read".into()));
        let by_password = world
            .get(&path("/read"), |request| with_basic(request, BOB))
            .await;
        assert_answer(&by_password, Expected::Handler("bob by Basic read".into()));
        for route in ["/read", "/no-tokens", "/optional"] {
            let key = |request: Request| request.header("X-API-Key", &world.key);
            let by_key = world.get(&path(route), key).await;
            assert_answer(
                &by_key,
                Expected::PrivateHandler("kim by ApiKey read".into()),
            );
        }
    }
}

#[tokio::test]
async fn a4_a_built_in_kind_that_the_route_does_not_accept_is_no_credential() {
    let world = World::start().await;
    let key = |request: Request| request.header("X-API-Key", &world.key);
    let asks_for_basic = refused(401).challenge(BASIC);
    assert_answer(&world.get("/basic", key).await, asks_for_basic.clone());
    let token = |request| world.bearer(request);
    assert_answer(&world.get("/basic", token).await, asks_for_basic);
    // Row C13b.
    let asks_for_a_token = refused(401).challenge(BEARER);
    let by_key = world.get("/optional-token", key).await;
    assert_answer(&by_key, asks_for_a_token.clone());
    let by_password = world
        .get("/optional-token", |request| with_basic(request, BOB))
        .await;
    assert_answer(&by_password, asks_for_a_token);
    let by_token = world.get("/optional-token", token).await;
    assert_answer(&by_token, Expected::Handler("tina by Bearer read".into()));
}

#[tokio::test]
async fn a8_a_token_and_a_password_in_two_authorization_fields_are_400() {
    let world = World::start().await;
    let two = |request| with_basic(world.bearer(request), BOB);
    let error = r#", error="invalid_request", error_description="Multiple methods used to include access token""#;
    let invalid = || refused(400).code("invalid_request");
    assert_answer(
        &world.get("/read", two).await,
        invalid()
            .challenge(format!("{BEARER}{error}"))
            .challenge(BASIC)
            .challenge(API_KEY),
    );
    let plain = invalid().challenge(BASIC).challenge(API_KEY);
    assert_answer(&world.get("/no-tokens", two).await, plain);
}

#[tokio::test]
async fn a15_the_first_built_in_kind_present_decides_whether_valid_or_not() {
    let world = World::start().await;
    let key = |request: Request| request.header("X-API-Key", &world.key);
    let bad_key = |request: Request| request.header("X-API-Key", "ak_made_up");

    // Tokens come before keys: the key is not read.
    for with_key in [&key as &dyn Fn(Request) -> Request, &bad_key] {
        let both = world
            .get("/read", |request| world.bearer(with_key(request)))
            .await;
        assert_answer(&both, Expected::Handler("tina by Bearer read".into()));
    }
    // A valid key does not replace an invalid token, and its scopes are not added.
    let malformed = format!(
        r#"{BEARER}, error="invalid_token", error_description="The access token is malformed", scope="read""#
    );
    let bad_token = world.get("/read", |request| key(request.bearer("x"))).await;
    let invalid = all([&malformed, BASIC, API_KEY]).code("invalid_token");
    assert_answer(&bad_token, invalid);
    let weak = world
        .get("/read", |request| key(request.bearer(&world.weak_token)))
        .await;
    assert_eq!(weak.status, 403);

    // And the other way round.
    let both = world
        .get("/turned/read", |request| world.bearer(key(request)))
        .await;
    assert_answer(&both, Expected::PrivateHandler("kim by ApiKey read".into()));
    let bad = world
        .get("/turned/read", |request| world.bearer(bad_key(request)))
        .await;
    assert_answer(&bad, all([BEARER_READ, BASIC, API_KEY]));
    // A kind that the route does not accept does not count as present.
    let both = world
        .get("/turned/basic", |request| key(with_basic(request, BOB)))
        .await;
    assert_answer(&both, Expected::Handler("bob by Basic read".into()));
}

/// Browsers remember passwords and send them by themselves.
#[tokio::test]
async fn h8_an_api_key_decides_before_basic_whatever_the_order_of_declaration() {
    let world = World::start().await;
    let key = |request: Request| request.header("X-API-Key", &world.key);
    let bad_key = |request: Request| request.header("X-API-Key", "ak_made_up");
    for prefix in ["", "/turned"] {
        for path in ["/read", "/no-tokens"] {
            let path = format!("{prefix}{path}");
            for pair in [BOB, "bob:x"] {
                let both = |request| key(with_basic(request, pair));
                let by_key = Expected::PrivateHandler("kim by ApiKey read".into());
                assert_answer(&world.get(&path, both).await, by_key);
            }
            let both = |request| bad_key(with_basic(request, BOB));
            assert_eq!(world.get(&path, both).await.status, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn challenges_do_not_explain_malformed_basic_credentials() {
    let world = World::start().await;
    let plain = || all([BEARER_READ, BASIC, API_KEY]);
    for bad in ["Basic", "Basic !", "Basic YWxpY2U=", "Unknown x"] {
        let request = |request: Request| request.header("Authorization", bad);
        assert_answer(&world.get("/read", request).await, plain());
    }
    let unknown_key = |request: Request| request.header("X-API-Key", "ak_made_up");
    assert_answer(&world.get("/read", unknown_key).await, plain());
    let key_twice = |request: Request| {
        let request = request.header("X-API-Key", &world.key);
        request.header("X-API-Key", &world.key)
    };
    let repeated = refused(400)
        .code("invalid_request")
        .challenge(BEARER_READ)
        .challenge(BASIC)
        .challenge(API_KEY);
    assert_answer(&world.get("/read", key_twice).await, repeated);
}

#[tokio::test]
async fn c1_c5_only_tokens_get_a_challenge_with_the_missing_scope() {
    let world = World::start().await;
    let weak_key = |request: Request| request.header("X-API-Key", &world.weak_key);
    for path in ["/read", "/admin"] {
        let forbidden = || refused(403).code("forbidden");
        let by_password = world
            .get(path, |request| with_basic(request, WEAK_BOB))
            .await;
        assert_answer(&by_password, forbidden());
        assert_answer(&world.get(path, weak_key).await, forbidden());
    }
    let by_token = world
        .get("/read", |request| request.bearer(&world.weak_token))
        .await;
    let insufficient = refused(403)
        .code("insufficient_scope")
        .required_scopes("read")
        .challenge(format!(
            r#"{BEARER}, error="insufficient_scope", error_description="The access token lacks a required scope", scope="read""#
        ));
    assert_answer(&by_token, insufficient);
    let by_token = world.get("/admin", |request| world.bearer(request)).await;
    let forbidden = refused(403).code("forbidden").challenge(BEARER);
    assert_answer(&by_token, forbidden);
}

#[tokio::test]
async fn c8_step_up_is_not_requested_from_a_basic_caller() {
    let world = World::start().await;
    let by_password = world.get("/gold", |request| with_basic(request, BOB)).await;
    assert_answer(&by_password, refused(403).code("forbidden"));
    let by_token = world.get("/gold", |request| world.bearer(request)).await;
    assert_eq!(by_token.status, 401);
}
