//! The table of responses in the README.

use std::time::Duration;

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Router, require_auth, routing::get};
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt;

use super::document::table;

#[require_auth(scope = "orders:read")]
async fn list_orders() {}

#[require_auth(role = "admin")]
async fn list_accounts() {}

#[tokio::test]
async fn the_challenges_in_the_readme_are_what_callers_get() {
    let issuer = Issuer::new("https://id.example", "https://api.example");
    let app = Router::new()
        .route("/orders", get(list_orders))
        .route("/accounts", get(list_accounts))
        .with_auth(Auth::builder().bearer(issuer.jwt()).build().unwrap());
    let alice = issuer.token("alice").scope("orders:read");
    let (valid, expired) = (
        alice.sign(),
        alice.expired_for(Duration::from_secs(3600)).sign(),
    );

    let rows = table("the request has");
    let requests: [(&str, &[&str]); 4] = [
        ("/orders", &[]),
        ("/orders", &[&expired]),
        ("/accounts", &[&valid]),
        ("/orders", &[&valid, &valid]),
    ];
    for (row, (path, tokens)) in rows.iter().zip(requests) {
        let mut request = Request::get(path);
        for token in tokens {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        let sent = [
            response.status().as_u16().to_string(),
            format!("`{challenge}`"),
        ];
        assert_eq!(row[1..], sent, "{}", row[0]);
    }
    // Too many failures, and keys that cannot be fetched: tests of `http` and `servers`.
    assert_eq!(rows.len(), requests.len() + 2);
}
