//! Each user has a list.

use auth_runtime::testing::Issuer;
use auth_tests::client::Response;
use serde_json::{Value, json};

use super::{Todos, auth, routes};
use crate::client::{Client, bearer, json};

struct Service {
    client: Client,
    issuer: Issuer,
}

impl Service {
    async fn start() -> Self {
        let issuer = Issuer::new("https://id.example", "https://todos.example");
        let auth = auth::auth(issuer.clone()).unwrap();
        let app = routes().with_state(Todos::default()).with_auth(auth);
        Self {
            client: Client::of(app).await,
            issuer,
        }
    }

    async fn send(&self, user: &str, method: &str, path: &str, body: Value) -> Response {
        let token = self.issuer.token(user).sign();
        self.client.send(method, path, &bearer(&token), body).await
    }

    async fn list(&self, user: &str) -> Value {
        json(&self.send(user, "GET", "/todos", Value::Null).await)
    }
}

#[tokio::test]
async fn a_user_creates_changes_and_deletes_a_todo() {
    let service = Service::start().await;
    let new = json!({ "text": "buy tea" });
    let created = service.send("7", "POST", "/todos", new).await;
    assert_eq!(created.status, 201);
    let todo = json!({ "id": 1, "text": "buy tea", "completed": false });
    assert_eq!(json(&created), todo);

    let done = json!({ "completed": true });
    let changed = service.send("7", "PATCH", "/todos/1", done).await;
    assert_eq!(changed.status, 200);
    let todo = json!({ "id": 1, "text": "buy tea", "completed": true });
    assert_eq!(service.list("7").await, json!([todo]));

    let deleted = service.send("7", "DELETE", "/todos/1", Value::Null);
    assert_eq!(deleted.await.status, 204);
    assert_eq!(service.list("7").await, json!([]));
}

#[tokio::test]
async fn a_user_sees_only_own_todos() {
    let service = Service::start().await;
    for (user, text) in [("7", "buy tea"), ("8", "buy milk")] {
        let new = json!({ "text": text });
        assert_eq!(service.send(user, "POST", "/todos", new).await.status, 201);
    }
    let own = json!([{ "id": 2, "text": "buy milk", "completed": false }]);
    assert_eq!(service.list("8").await, own);
}

#[tokio::test]
async fn the_todo_of_another_user_is_not_found_and_stays() {
    let service = Service::start().await;
    let new = json!({ "text": "buy tea" });
    service.send("7", "POST", "/todos", new).await;
    let before = service.list("7").await;
    for path in ["/todos/1", "/todos/2"] {
        let done = json!({ "completed": true });
        assert_eq!(service.send("8", "PATCH", path, done).await.status, 404);
        let deleted = service.send("8", "DELETE", path, Value::Null).await;
        assert_eq!(deleted.status, 404);
    }
    assert_eq!(service.list("7").await, before);
}

#[tokio::test]
async fn a_token_is_required_on_all_routes() {
    let service = Service::start().await;
    for (method, path) in [
        ("GET", "/todos"),
        ("POST", "/todos"),
        ("PATCH", "/todos/1"),
        ("DELETE", "/todos/1"),
    ] {
        let response = service.client.send(method, path, "", Value::Null).await;
        assert_eq!(response.status, 401, "{method} {path}");
        assert_eq!(response.challenges(), [r#"Bearer realm="api""#]);
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_and_one_without_a_user_number_are_refused() {
    let service = Service::start().await;
    let forged = Issuer::new("https://id.example", "https://todos.example").token("7");
    let other = service
        .issuer
        .token("7")
        .claim("iss", "https://other.example");
    let audience = service
        .issuer
        .token("7")
        .claim("aud", "https://other.example");
    let expired = service.issuer.token("7").claim("exp", 1);
    let not_a_number = service.issuer.token("alice");
    for token in [forged, other, audience, expired, not_a_number] {
        let authorization = bearer(&token.sign());
        let response = service
            .client
            .send("GET", "/todos", &authorization, Value::Null)
            .await;
        assert_eq!(response.status, 401);
        let [challenge] = &response.challenges()[..] else {
            panic!("{response:?}");
        };
        assert!(
            challenge.contains(r#"error="invalid_token""#),
            "{challenge}"
        );
    }
}
