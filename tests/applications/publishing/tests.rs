//! Who reads, changes and deletes what.

use std::time::{Duration, SystemTime};

use auth_runtime::TokenIssuer;
use auth_runtime::keys::SigningKey;
use auth_runtime::users::PasswordHashing;
use auth_tests::client::Response;
use auth_tests::clock::StoppedClock;
use auth_tests::keys::{ED25519_PRIVATE, P384_PRIVATE};
use serde_json::{Value, json};

use super::auth::{Passwords, auth, tokens};
use super::database::Database;
use super::{App, routes};
use crate::client::{Client, bearer, json};

const NAME: &str = "https://publishing.example";
const CHALLENGE: &str = r#"Token realm="api""#;
const ANONYMOUS: &str = "";

struct Api {
    client: Client,
    database: Database,
}

impl Api {
    async fn start() -> Self {
        let hashing = PasswordHashing::default().memory_kib(8).iterations(1);
        let database = Database::default();
        let app = App {
            database: database.clone(),
            passwords: Passwords::new(database.clone(), hashing).unwrap(),
            tokens: tokens(SigningKey::pem(P384_PRIVATE)).unwrap(),
        };
        let auth = auth(&app.tokens).unwrap();
        Self {
            client: Client::of(routes().with_state(app).with_auth(auth)).await,
            database,
        }
    }

    /// Sends a request with this value of `Authorization`.
    async fn send(&self, method: &str, path: &str, caller: &str, body: Value) -> Response {
        self.client.send(method, path, caller, body).await
    }

    async fn get(&self, path: &str, caller: &str) -> Value {
        let response = self.send("GET", path, caller, Value::Null).await;
        assert_eq!(response.status, 200, "{response:?}");
        json(&response)
    }

    async fn status(&self, method: &str, path: &str, caller: &str) -> u16 {
        self.client.status(method, path, caller).await
    }

    async fn post(&self, path: &str, caller: &str, body: Value) -> u16 {
        self.send("POST", path, caller, body).await.status
    }

    /// The value of `Authorization` of a new user.
    async fn register(&self, name: &str) -> String {
        let email = format!("{name}@example.com");
        let user = json!({ "username": name, "email": email, "password": "correct horse" });
        let body = json!({ "user": user });
        let response = self.send("POST", "/api/users", ANONYMOUS, body).await;
        assert_eq!(response.status, 201);
        authorization(&response)
    }

    async fn register_moderator(&self, name: &str) -> String {
        self.register(name).await;
        for user in self.database.tables().users.values_mut() {
            if user.username == name {
                user.roles = vec!["moderator".to_owned()];
            }
        }
        authorization(&self.log_in(name, "correct horse").await)
    }

    async fn log_in(&self, name: &str, password: &str) -> Response {
        let email = format!("{name}@example.com");
        let body = json!({ "user": { "email": email, "password": password } });
        self.send("POST", "/api/users/login", ANONYMOUS, body).await
    }

    /// Publishes an article with the slug `on-tea`.
    async fn publish(&self, author: &str) {
        let article =
            json!({ "title": "On tea", "description": "", "body": "", "tagList": ["tea"] });
        let body = json!({ "article": article });
        assert_eq!(self.post("/api/articles", author, body).await, 201);
    }

    /// Writes a comment on `on-tea` and returns its path.
    async fn comment(&self, author: &str) -> String {
        let path = "/api/articles/on-tea/comments";
        let body = json!({ "comment": { "body": "I prefer coffee" } });
        let response = self.send("POST", path, author, body).await;
        assert_eq!(response.status, 201);
        format!("{path}/{}", json(&response)["comment"]["id"])
    }
}

fn authorization(response: &Response) -> String {
    let body = json(response);
    format!("Token {}", body["user"]["token"].as_str().unwrap())
}

#[tokio::test]
async fn a_user_registers_logs_in_and_reads_the_own_account() {
    let api = Api::start().await;
    let registered = api.register("alice").await;
    let response = api.log_in("alice", "correct horse").await;
    assert_eq!(response.status, 200);
    let logged_in = authorization(&response);
    assert_ne!(registered, logged_in);
    for authorization in [&registered, &logged_in] {
        let user = api.get("/api/user", authorization).await;
        assert_eq!(user["user"]["email"], "alice@example.com");
        assert_eq!(
            format!("Token {}", user["user"]["token"].as_str().unwrap()),
            **authorization
        );
    }
    let again =
        json!({ "user": { "username": "alice", "email": "x@example.com", "password": "" } });
    assert_eq!(api.post("/api/users", ANONYMOUS, again).await, 422);
}

#[tokio::test]
async fn a_user_changes_the_own_account_and_keeps_it_under_another_name() {
    let api = Api::start().await;
    let alice = api.register("alice").await;
    api.register("bob").await;
    let rename = |name: &str| json!({ "user": { "username": name, "password": "battery staple" } });
    let taken = api.send("PUT", "/api/user", &alice, rename("bob")).await;
    assert_eq!(taken.status, 422);
    let changed = api.send("PUT", "/api/user", &alice, rename("carol")).await;
    assert_eq!(json(&changed)["user"]["username"], "carol");
    // The subject of the token is the number of the user.
    assert_eq!(
        api.get("/api/user", &alice).await["user"]["username"],
        "carol"
    );
    assert_eq!(api.log_in("alice", "correct horse").await.status, 422);
    assert_eq!(api.log_in("alice", "battery staple").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn repeated_failed_logins_have_to_wait_whether_the_user_exists_or_not() {
    let clock = StoppedClock::start();
    let api = Api::start().await;
    api.register("alice").await;
    for name in ["alice", "nobody"] {
        for _ in 0..10 {
            assert_eq!(api.log_in(name, "guessed").await.status, 422);
        }
        let delayed = api.log_in(name, "correct horse").await;
        assert_eq!(
            (delayed.status, delayed.all("retry-after")),
            (429, vec!["90".to_owned()])
        );
    }
    clock.advance(Duration::from_secs(90)).await;
    assert_eq!(api.log_in("alice", "correct horse").await.status, 200);
}

#[tokio::test]
async fn a_reader_with_a_token_sees_what_is_liked_and_followed_and_others_read_too() {
    let api = Api::start().await;
    let (alice, bob) = (api.register("alice").await, api.register("bob").await);
    api.publish(&alice).await;
    assert_eq!(
        api.post("/api/articles/on-tea/favorite", &bob, Value::Null)
            .await,
        200
    );
    assert_eq!(
        api.post("/api/profiles/alice/follow", &bob, Value::Null)
            .await,
        200
    );
    for (reader, expected) in [(&bob[..], true), (&alice, false), (ANONYMOUS, false)] {
        let shown = api.get("/api/articles/on-tea", reader).await;
        let listed = api
            .get("/api/articles?tag=tea&author=alice&favorited=bob", reader)
            .await;
        for article in [&shown["article"], &listed["articles"][0]] {
            assert_eq!(article["favorited"], expected);
            assert_eq!(article["favoritesCount"], 1);
            assert_eq!(article["author"]["following"], expected);
        }
        let profile = api.get("/api/profiles/alice", reader).await;
        assert_eq!(profile["profile"]["following"], expected);
    }
    for path in [
        "/api/articles/on-tea/favorite",
        "/api/profiles/alice/follow",
    ] {
        assert_eq!(api.status("DELETE", path, &bob).await, 200);
    }
    let shown = api.get("/api/articles/on-tea", &bob).await;
    assert_eq!(shown["article"]["favorited"], false);
    assert_eq!(shown["article"]["author"]["following"], false);
}

#[tokio::test]
async fn an_invalid_token_is_refused_where_none_is_needed() {
    let api = Api::start().await;
    api.publish(&api.register("alice").await).await;
    for path in [
        "/api/articles",
        "/api/articles/on-tea",
        "/api/articles/on-tea/comments",
        "/api/profiles/alice",
    ] {
        assert_eq!(api.status("GET", path, ANONYMOUS).await, 200, "{path}");
        let response = api.send("GET", path, "Token guessed", Value::Null).await;
        assert_eq!(response.status, 401, "{path}");
        let [challenge] = &response.challenges()[..] else {
            panic!("{response:?}");
        };
        assert!(challenge.starts_with(CHALLENGE), "{challenge}");
    }
    // Its handler does not ask who reads.
    assert_eq!(api.status("GET", "/api/tags", "Token guessed").await, 200);
}

#[tokio::test]
async fn the_feed_has_the_articles_of_those_whom_the_reader_follows() {
    let api = Api::start().await;
    let (alice, bob) = (api.register("alice").await, api.register("bob").await);
    api.publish(&alice).await;
    assert_eq!(
        api.get("/api/articles/feed", &bob).await["articlesCount"],
        0
    );
    api.post("/api/profiles/alice/follow", &bob, Value::Null)
        .await;
    let feed = api.get("/api/articles/feed", &bob).await;
    assert_eq!(
        (&feed["articlesCount"], &feed["articles"][0]["slug"]),
        (&json!(1), &json!("on-tea"))
    );
}

#[tokio::test]
async fn only_the_author_changes_an_article() {
    let api = Api::start().await;
    let (alice, bob) = (api.register("alice").await, api.register("bob").await);
    let moderator = api.register_moderator("mod").await;
    api.publish(&alice).await;
    let change = json!({ "article": { "title": "On coffee" } });
    for (caller, path, status) in [
        (ANONYMOUS, "/api/articles/on-tea", 401),
        (&bob, "/api/articles/on-tea", 403),
        (&moderator, "/api/articles/on-tea", 403),
        (&alice, "/api/articles/on-milk", 404),
        (&alice, "/api/articles/on-tea", 200),
    ] {
        let response = api.send("PUT", path, caller, change.clone()).await;
        assert_eq!(response.status, status, "{path}");
    }
    let changed = api.get("/api/articles/on-coffee", ANONYMOUS).await;
    assert_eq!(changed["article"]["author"]["username"], "alice");
}

#[tokio::test]
async fn the_author_and_a_moderator_delete_an_article() {
    let api = Api::start().await;
    let (alice, bob) = (api.register("alice").await, api.register("bob").await);
    let moderator = api.register_moderator("mod").await;
    let path = "/api/articles/on-tea";
    for allowed in [&alice, &moderator] {
        api.publish(&alice).await;
        assert_eq!(api.status("DELETE", path, ANONYMOUS).await, 401);
        assert_eq!(api.status("DELETE", path, &bob).await, 403);
        assert_eq!(api.status("DELETE", path, allowed).await, 204);
        assert_eq!(api.status("GET", path, allowed).await, 404);
        assert_eq!(api.status("DELETE", path, allowed).await, 404);
    }
}

#[tokio::test]
async fn a_comment_is_deleted_by_its_author_the_author_of_the_article_or_a_moderator() {
    let api = Api::start().await;
    let (alice, bob) = (api.register("alice").await, api.register("bob").await);
    let (carol, moderator) = (
        api.register("carol").await,
        api.register_moderator("mod").await,
    );
    api.publish(&alice).await;
    for allowed in [&bob, &alice, &moderator] {
        let comment = api.comment(&bob).await;
        assert_eq!(api.status("DELETE", &comment, ANONYMOUS).await, 401);
        assert_eq!(api.status("DELETE", &comment, &carol).await, 403);
        assert_eq!(api.status("DELETE", &comment, allowed).await, 204);
        assert_eq!(api.status("DELETE", &comment, allowed).await, 404);
    }
    let comments = api.get("/api/articles/on-tea/comments", ANONYMOUS).await;
    assert_eq!(comments, json!({ "comments": [] }));
}

#[tokio::test]
async fn each_route_that_is_not_public_answers_401_with_its_challenge() {
    let api = Api::start().await;
    let mut public = Vec::new();
    for route in routes().access_map().routes() {
        let (method, path) = (route.method(), route.path());
        if route.is_public() {
            public.push(format!("{method} {path}"));
            continue;
        }
        let path = path.replace("{slug}", "on-tea").replace("{id}", "1");
        let path = path.replace("{username}", "alice");
        let response = api.send(method, &path, ANONYMOUS, Value::Null).await;
        assert_eq!(response.status, 401, "{method} {path}");
        assert_eq!(response.challenges(), [CHALLENGE], "{method} {path}");
    }
    let expected = [
        "GET /api/articles",
        "GET /api/articles/{slug}",
        "GET /api/articles/{slug}/comments",
        "GET /api/profiles/{username}",
        "GET /api/tags",
        "POST /api/users",
        "POST /api/users/login",
    ];
    assert_eq!(public, expected);
}

#[tokio::test]
async fn expired_tokens_and_those_of_other_issuers_keys_and_schemes_are_refused() {
    let api = Api::start().await;
    let alice = api.register("alice").await;
    let id = api
        .database
        .tables()
        .user_by(|_| true)
        .unwrap()
        .id
        .to_string();
    let issuer =
        |name: &str, key: &str| TokenIssuer::builder(name, SigningKey::pem(key)).audience(NAME);
    let two_hours_ago = || SystemTime::now() - Duration::from_secs(2 * 60 * 60);
    for (issuer, status) in [
        (issuer(NAME, P384_PRIVATE), 200),
        (issuer(NAME, P384_PRIVATE).clock(two_hours_ago), 401),
        (issuer(NAME, ED25519_PRIVATE), 401),
        (issuer("https://other.example", P384_PRIVATE), 401),
    ] {
        let token = issuer.build().unwrap().token(id.clone()).sign().unwrap();
        let caller = format!("Token {token}");
        assert_eq!(api.status("GET", "/api/user", &caller).await, status);
    }
    let by_bearer = bearer(alice.strip_prefix("Token ").unwrap());
    assert_eq!(api.status("GET", "/api/user", &by_bearer).await, 401);
}

#[tokio::test]
async fn the_token_of_a_removed_user_opens_nothing() {
    let api = Api::start().await;
    let alice = api.register("alice").await;
    api.publish(&alice).await;
    api.database.tables().users.clear();
    for (method, path) in [
        ("GET", "/api/user"),
        ("GET", "/api/articles"),
        ("PUT", "/api/articles/on-tea"),
        ("DELETE", "/api/articles/on-tea"),
    ] {
        assert_eq!(api.status(method, path, &alice).await, 403, "{path}");
    }
}
