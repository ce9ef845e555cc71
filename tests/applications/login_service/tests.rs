//! Registration, login, refresh, logout, roles.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use auth_runtime::TokenIssuer;
use auth_runtime::keys::SigningKey;
use auth_runtime::users::PasswordHashing;
use auth_tests::client::Response;
use auth_tests::clock::StoppedClock;
use auth_tests::keys::{ED25519_PRIVATE, P384_PRIVATE};
use serde_json::{Value, json};

use super::accounts::{Account, Accounts};
use super::auth::Service;
use super::{app, password_routes, routes};
use crate::client::{Client, basic, bearer, json};

const NAME: &str = "https://login.example";
const PASSWORD: &str = "correct horse";
const BASIC: &str = r#"Basic realm="api", charset="UTF-8""#;
const BEARER: &str = r#"Bearer realm="api""#;

struct App {
    client: Client,
    accounts: Accounts,
    seconds: Arc<AtomicU64>,
}

struct Login {
    access: String,
    refresh: String,
}

fn hashing() -> PasswordHashing {
    PasswordHashing::default().memory_kib(8).iterations(1)
}

fn service(accounts: Accounts, seconds: Arc<AtomicU64>) -> Service {
    let key = SigningKey::pem(ED25519_PRIVATE);
    let secret = "the secret of the refresh tokens of these tests";
    let clock = move || UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::SeqCst));
    Service::new(accounts, hashing(), key, secret, clock).unwrap()
}

impl App {
    /// With the users `alice` and `bob`, and with `root`, who is an administrator.
    async fn start() -> Self {
        let accounts = Accounts::default();
        for (name, roles) in [("alice", vec![]), ("bob", vec![]), ("root", vec!["admin"])] {
            let account = Account {
                password_hash: hashing().hash(PASSWORD).unwrap(),
                roles: roles.into_iter().map(str::to_owned).collect(),
            };
            assert!(accounts.add(name, account));
        }
        let seconds = Arc::new(AtomicU64::new(1_700_000_000));
        let service = service(accounts.clone(), Arc::clone(&seconds));
        Self {
            client: Client::of(app(service)).await,
            accounts,
            seconds,
        }
    }

    fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn try_to_log_in(&self, name: &str, password: &str) -> Response {
        let credentials = basic(name, password);
        self.client
            .send("POST", "/login", &credentials, Value::Null)
            .await
    }

    async fn log_in(&self, name: &str) -> Login {
        Login::of(&self.try_to_log_in(name, PASSWORD).await)
    }

    async fn refresh(&self, token: &str) -> Response {
        let body = json!({ "refresh_token": token });
        self.client.send("POST", "/refresh", "", body).await
    }

    async fn status(&self, method: &str, path: &str, login: &Login) -> u16 {
        self.client
            .status(method, path, &bearer(&login.access))
            .await
    }

    async fn send(&self, method: &str, path: &str, login: &Login, body: Value) -> Response {
        let authorization = bearer(&login.access);
        self.client.send(method, path, &authorization, body).await
    }

    /// Whether the access token and the refresh token are accepted. Uses the refresh token.
    async fn accepts(&self, login: &Login) -> (bool, bool) {
        let me = self.status("GET", "/me", login).await;
        let refreshed = self.refresh(&login.refresh).await.status;
        assert!([200, 401].contains(&me) && [200, 400].contains(&refreshed));
        (me == 200, refreshed == 200)
    }
}

impl Login {
    fn of(response: &Response) -> Self {
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.all("cache-control"), ["no-store"]);
        let body = json(response);
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}

#[tokio::test]
async fn a_user_registers_logs_in_and_reads_the_own_account() {
    let app = App::start().await;
    let carol = json!({ "name": "carol", "password": PASSWORD });
    let registered = app.client.send("POST", "/users", "", carol).await;
    assert_eq!(registered.status, 201);

    let response = app.try_to_log_in("carol", PASSWORD).await;
    let body = json(&response);
    assert_eq!(
        (&body["token_type"], &body["expires_in"]),
        (&json!("Bearer"), &json!(300))
    );
    let carol = Login::of(&response);
    let me = app.send("GET", "/me", &carol, Value::Null).await;
    assert_eq!(json(&me), json!({ "name": "carol", "roles": [] }));
}

#[tokio::test]
async fn a_registration_does_not_replace_a_user_and_refuses_names_that_could_not_log_in() {
    let app = App::start().await;
    for (name, status) in [("alice", 409), ("", 422), ("a:b", 422)] {
        let body = json!({ "name": name, "password": "another password" });
        let response = app.client.send("POST", "/users", "", body).await;
        assert_eq!(response.status, status, "{name}");
    }
    app.log_in("alice").await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_refusal() {
    let app = App::start().await;
    let wrong = app.try_to_log_in("alice", "guessed").await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.challenges(), [BASIC]);
    let unknown = app.try_to_log_in("nobody", "guessed").await;
    assert_eq!(unknown.comparable(), wrong.comparable());
}

#[tokio::test(start_paused = true)]
async fn repeated_failures_delay_the_login_and_not_the_access_tokens() {
    let clock = StoppedClock::start();
    let app = App::start().await;
    let alice = app.log_in("alice").await;
    for _ in 0..10 {
        assert_eq!(app.try_to_log_in("alice", "guessed").await.status, 401);
    }
    let delayed = app.try_to_log_in("alice", PASSWORD).await;
    assert_eq!(
        (delayed.status, delayed.all("retry-after")),
        (429, vec!["90".to_owned()])
    );
    assert_eq!(app.status("GET", "/me", &alice).await, 200);
    clock.advance(Duration::from_secs(90)).await;
    app.log_in("alice").await;
}

#[tokio::test]
async fn an_access_token_expires_after_five_minutes_and_a_refresh_gives_the_next_one() {
    let app = App::start().await;
    let alice = app.log_in("alice").await;
    // With the leeway of a minute.
    app.advance(5 * 60 + 59);
    assert_eq!(app.status("GET", "/me", &alice).await, 200);
    app.advance(1);
    let response = app.send("GET", "/me", &alice, Value::Null).await;
    assert_eq!(response.status, 401);
    let expired =
        format!(r#"{BEARER}, error="invalid_token", error_description="The access token expired""#);
    assert_eq!(response.challenges(), [expired]);
    let next = Login::of(&app.refresh(&alice.refresh).await);
    assert_eq!(app.status("GET", "/me", &next).await, 200);
}

#[tokio::test]
async fn two_tabs_that_refresh_together_get_the_same_refresh_token() {
    let app = App::start().await;
    let alice = app.log_in("alice").await;
    let (one, two) = tokio::join!(app.refresh(&alice.refresh), app.refresh(&alice.refresh));
    let (one, two) = (Login::of(&one), Login::of(&two));
    assert_eq!(one.refresh, two.refresh);
    assert_eq!(app.accepts(&two).await, (true, true));
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_later_ends_its_login_and_no_other() {
    let app = App::start().await;
    let other = app.log_in("alice").await;
    let alice = app.log_in("alice").await;
    let next = Login::of(&app.refresh(&alice.refresh).await);
    app.advance(11);
    let reused = app.refresh(&alice.refresh).await;
    assert_eq!(reused.status, 400);
    assert_eq!(json(&reused), json!({ "error": "invalid_grant" }));
    assert_eq!(app.accepts(&next).await, (false, false));
    assert_eq!(app.accepts(&other).await, (true, true));
}

#[tokio::test]
async fn a_logout_ends_both_tokens_of_this_login() {
    let app = App::start().await;
    let phone = app.log_in("alice").await;
    let laptop = app.log_in("alice").await;
    assert_eq!(app.status("POST", "/logout", &phone).await, 204);
    assert_eq!(app.accepts(&phone).await, (false, false));
    assert_eq!(app.accepts(&laptop).await, (true, true));
}

#[tokio::test]
async fn the_user_and_an_administrator_end_all_logins_of_the_user() {
    let app = App::start().await;
    let bob = app.log_in("bob").await;
    for who in ["alice", "root"] {
        let logins = [app.log_in("alice").await, app.log_in("alice").await];
        assert_eq!(app.status("DELETE", "/users/alice/logins", &bob).await, 403);
        let ended_by = app.log_in(who).await;
        assert_eq!(
            app.status("DELETE", "/users/alice/logins", &ended_by).await,
            204
        );
        for login in logins {
            assert_eq!(app.accepts(&login).await, (false, false));
        }
        // Tokens of the same second are refused.
        app.advance(1);
        let next = app.log_in("alice").await;
        assert_eq!(app.accepts(&next).await, (true, true));
    }
    assert_eq!(app.accepts(&bob).await, (true, true));
}

#[tokio::test]
async fn a_new_password_needs_the_current_one_and_ends_all_logins() {
    let app = App::start().await;
    let alice = app.log_in("alice").await;
    let new = json!({ "password": "battery staple" });
    let by_token = app.send("PUT", "/me/password", &alice, new.clone()).await;
    assert_eq!(
        (by_token.status, by_token.challenges()),
        (401, vec![BASIC.to_owned()])
    );
    assert_eq!(app.accepts(&alice).await, (true, true));

    let alice = app.log_in("alice").await;
    let credentials = basic("alice", PASSWORD);
    let changed = app
        .client
        .send("PUT", "/me/password", &credentials, new)
        .await;
    assert_eq!(changed.status, 204);
    assert_eq!(app.accepts(&alice).await, (false, false));
    assert_eq!(app.try_to_log_in("alice", PASSWORD).await.status, 401);
    app.advance(1);
    let next = Login::of(&app.try_to_log_in("alice", "battery staple").await);
    assert_eq!(app.accepts(&next).await, (true, true));
}

#[tokio::test]
async fn only_an_administrator_lists_users_and_sets_roles() {
    let app = App::start().await;
    let (alice, root) = (app.log_in("alice").await, app.log_in("root").await);
    assert_eq!(app.status("GET", "/users", &alice).await, 403);
    let users = json(&app.send("GET", "/users", &root, Value::Null).await);
    let names: Vec<_> = users
        .as_array()
        .unwrap()
        .iter()
        .map(|user| &user["name"])
        .collect();
    assert_eq!(names, ["alice", "bob", "root"]);

    for (login, status) in [(&alice, 403), (&root, 204)] {
        let set = app
            .send("PUT", "/users/alice/roles", login, json!(["admin"]))
            .await;
        assert_eq!(set.status, status);
    }
    let unknown = app
        .send("PUT", "/users/nobody/roles", &root, json!([]))
        .await;
    assert_eq!(unknown.status, 404);
    // From the next access token on.
    assert_eq!(app.status("GET", "/users", &alice).await, 403);
    let alice = Login::of(&app.refresh(&alice.refresh).await);
    assert_eq!(app.status("GET", "/users", &alice).await, 200);
}

#[tokio::test]
async fn users_see_their_own_account_and_administrators_all() {
    let app = App::start().await;
    let (alice, root) = (app.log_in("alice").await, app.log_in("root").await);
    for (login, path, status) in [
        (&alice, "/users/alice", 200),
        (&alice, "/users/bob", 403),
        (&alice, "/users/nobody", 403),
        (&root, "/users/bob", 200),
        (&root, "/users/nobody", 404),
    ] {
        assert_eq!(app.status("GET", path, login).await, status, "{path}");
    }
}

#[tokio::test]
async fn another_service_asks_whether_a_token_is_active() {
    let app = App::start().await;
    app.accounts
        .update("bob", |bob| bob.roles = vec!["service".to_owned()]);
    let (alice, bob) = (app.log_in("alice").await, app.log_in("bob").await);
    let verify = async |login: &Login, token: &str| {
        app.send("POST", "/verify", login, json!({ "token": token }))
            .await
    };
    assert_eq!(verify(&alice, &alice.access).await.status, 403);
    let active = json!({ "active": true, "sub": "alice", "roles": [] });
    assert_eq!(json(&verify(&bob, &alice.access).await), active);
    app.status("POST", "/logout", &alice).await;
    for token in [&alice.access, &alice.refresh, "guessed"] {
        assert_eq!(json(&verify(&bob, token).await), json!({ "active": false }));
    }
}

#[tokio::test]
async fn each_route_that_is_not_public_answers_401_with_its_challenge() {
    let app = App::start().await;
    let mut public = Vec::new();
    for (routes, challenge) in [(password_routes(), BASIC), (routes(), BEARER)] {
        for route in routes.access_map().routes() {
            let (method, path) = (route.method(), route.path());
            if route.is_public() {
                public.push(format!("{method} {path}"));
                continue;
            }
            let path = path.replace("{name}", "alice");
            let response = app.client.send(method, &path, "", Value::Null).await;
            assert_eq!(response.status, 401, "{method} {path}");
            assert_eq!(response.challenges(), [challenge], "{method} {path}");
        }
    }
    assert_eq!(public, ["POST /refresh", "POST /users"]);
}

#[tokio::test]
async fn passwords_and_tokens_of_other_issuers_and_keys_open_nothing() {
    let app = App::start().await;
    let sign = |name: &str, key: &str| {
        let seconds = app.seconds.load(Ordering::SeqCst);
        let issuer = TokenIssuer::builder(name, SigningKey::pem(key))
            .audience(NAME)
            .clock(move || UNIX_EPOCH + Duration::from_secs(seconds))
            .build();
        bearer(
            &issuer
                .unwrap()
                .token("root")
                .roles(["admin"])
                .sign()
                .unwrap(),
        )
    };
    for authorization in [
        sign("https://other.example", ED25519_PRIVATE),
        sign(NAME, P384_PRIVATE),
        basic("root", PASSWORD),
    ] {
        assert_eq!(
            app.client.status("GET", "/users", &authorization).await,
            401
        );
    }
    let own = sign(NAME, ED25519_PRIVATE);
    assert_eq!(app.client.status("GET", "/users", &own).await, 200);
}
