use auth_runtime::{Auth, Identity, Router, require_auth, routing::get, testing::Issuer};
use axum::{body::Body, http::Request};
use tower::ServiceExt;

#[require_auth(scope = "orders:read")]
async fn list_orders(caller: Identity) -> String {
    format!("orders for {}\n", caller.subject())
}

#[tokio::test]
async fn only_readers_may_list_orders() {
    let issuer = Issuer::new("https://issuer.example", "https://api.example");
    let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    let app = Router::new()
        .route("/orders", get(list_orders))
        .with_auth(auth);

    let reader = issuer.token("alice").scope("orders:read").sign();
    let writer = issuer.token("bob").scope("orders:write").sign();
    for (token, status) in [(reader.as_str(), 200), (&writer, 403), ("x", 401)] {
        let request = Request::get("/orders")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
    }
}
