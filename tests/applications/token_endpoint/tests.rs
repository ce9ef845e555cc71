//! A client gets a token and uses it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use auth_runtime::TokenIssuer;
use auth_runtime::keys::HmacSecret;
use auth_runtime::users::PasswordHashing;
use auth_tests::client::Response;
use serde_json::Value;

use super::auth::{NAME, auth, issuer};
use super::{ClientRow, Clients, Service, routes};
use crate::client::{Client, basic, bearer, json};

const SECRET: &str = "the secret of the tests, which is 32 bytes or longer";

async fn start() -> Client {
    let hashing = PasswordHashing::default().memory_kib(8).iterations(1);
    let acme = ClientRow {
        secret_hash: hashing.hash("open sesame").unwrap(),
        company: "ACME".to_owned(),
    };
    let clients = Clients(Arc::new(HashMap::from([("reports".to_owned(), acme)])));
    let issuer = issuer(SECRET).unwrap();
    let auth = auth(&issuer, clients.clone(), hashing).unwrap();
    let service = Service { clients, issuer };
    Client::of(routes().with_state(service).with_auth(auth)).await
}

async fn authorize(client: &Client, id: &str, secret: &str) -> Response {
    let authorization = basic(id, secret);
    client
        .send("POST", "/authorize", &authorization, Value::Null)
        .await
}

async fn protected(client: &Client, authorization: &str) -> Response {
    client
        .send("GET", "/protected", authorization, Value::Null)
        .await
}

#[tokio::test]
async fn a_client_gets_a_token_for_its_secret_and_uses_it() {
    let client = start().await;
    let response = authorize(&client, "reports", "open sesame").await;
    assert_eq!(response.status, 200);
    assert_eq!(response.all("cache-control"), ["no-store"]);
    let tokens = json(&response);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 300);

    let token = tokens["access_token"].as_str().unwrap();
    let response = protected(&client, &bearer(token)).await;
    assert_eq!(response.text(), "Welcome, reports of ACME");
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_get_the_same_refusal() {
    let client = start().await;
    let wrong = authorize(&client, "reports", "guessed").await;
    assert_eq!(wrong.status, 401);
    assert_eq!(
        wrong.challenges(),
        [r#"Basic realm="api", charset="UTF-8""#]
    );
    let unknown = authorize(&client, "nobody", "guessed").await;
    assert_eq!(unknown.comparable(), wrong.comparable());
    assert_eq!(client.status("POST", "/authorize", "").await, 401);
}

#[tokio::test]
async fn a_secret_does_not_open_the_protected_route() {
    let client = start().await;
    for authorization in ["", &basic("reports", "open sesame")] {
        let response = protected(&client, authorization).await;
        assert_eq!(response.status, 401);
        assert_eq!(response.challenges(), [r#"Bearer realm="api""#]);
    }
}

#[tokio::test]
async fn an_expired_token_and_tokens_of_another_issuer_or_secret_are_refused() {
    let client = start().await;
    let builder = |name: &str, secret: &str| {
        TokenIssuer::builder(name, HmacSecret::new(secret)).audience(NAME)
    };
    let an_hour_ago = || SystemTime::now() - Duration::from_secs(60 * 60);
    let other_secret = SECRET.to_uppercase();
    for (issuer, reason) in [
        (
            builder(NAME, SECRET).clock(an_hour_ago),
            "The access token expired",
        ),
        (
            builder("https://other.example", SECRET),
            "The access token issuer is not trusted",
        ),
        (
            builder(NAME, &other_secret),
            "The access token was signed with an unknown key",
        ),
    ] {
        let issuer = issuer.build().unwrap();
        let token = issuer.token("reports").claim("company", "ACME");
        let response = protected(&client, &bearer(&token.sign().unwrap())).await;
        assert_eq!(response.status, 401, "{reason}");
        let challenge =
            format!(r#"Bearer realm="api", error="invalid_token", error_description="{reason}""#);
        assert_eq!(response.challenges(), [challenge]);
    }
    let current = builder(NAME, SECRET).build().unwrap();
    let token = current.token("reports").claim("company", "ACME").sign();
    assert_eq!(
        protected(&client, &bearer(&token.unwrap())).await.status,
        200
    );
}
