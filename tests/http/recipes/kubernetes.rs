//! Service accounts of Kubernetes 1.30 and later.

use std::fs;
use std::path::PathBuf;

use auth_runtime::bearer::ClaimSource;
use auth_runtime::fetch::Fetch;
use auth_runtime::keys::Algorithm;
use auth_runtime::{BoxError, Jwt};
use auth_tests::client::Request;
use axum::http::{self, Response, StatusCode};
use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MISSING, Published, key_set, rsa_keys, with};

#[path = "../../../auth-runtime/src/guide/recipes/kubernetes.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

use recipe::WithPodToken;

const KEYS: &str = "https://kubernetes.default.svc/openid/v1/jwks";
const SUBJECT: &str = "system:serviceaccount:shop:reports";
const POD_TOKEN: &str = "the-token-of-this-pod";

/// Tokens have no roles.
fn without_roles(jwt: Jwt) -> Jwt {
    jwt.roles(ClaimSource::from("roles").missing_is_empty())
}

async fn in_the_cluster() -> Api {
    Api::start(without_roles(recipe::kubernetes()), KEYS, Vec::new()).await
}

async fn with_public_keys() -> Api {
    Api::discovering(
        without_roles(recipe::kubernetes_with_public_keys()),
        "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE/.well-known/openid-configuration",
        "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
        "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE/keys",
    )
    .await
}

fn header() -> Value {
    json!({})
}

fn pod() -> Value {
    json!({
        "aud": ["https://orders.example"],
        "iss": "https://kubernetes.default.svc.cluster.local",
        "jti": "aed34954-b33a-4142-b1ec-389d6bbb4936",
        "kubernetes.io": {
            "namespace": "shop",
            "node": { "name": "my-node", "uid": "646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1" },
            "pod": { "name": "my-pod", "uid": "5e0bd49b-f040-43b0-99b7-22765a53f7f3" },
            "serviceaccount": {
                "name": "reports",
                "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798",
            },
        },
        "nbf": 1_729_000_000,
        "sub": SUBJECT,
    })
}

fn of_account(namespace: &str, name: &str) -> Value {
    let account = json!({ "name": name, "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3799" });
    let place = json!({ "namespace": namespace, "serviceaccount": account });
    let subject = format!("system:serviceaccount:{namespace}:{name}");
    with(&pod(), &json!({ "sub": subject, "kubernetes.io": place }))
}

fn on_eks(claims: &Value) -> Value {
    let issuer = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
    with(claims, &json!({ "iss": issuer }))
}

fn caller(subject: &str) -> Value {
    json!({ "subject": subject, "scopes": [], "roles": [] })
}

#[tokio::test]
async fn only_the_named_kubernetes_service_account_is_accepted() {
    let api = in_the_cluster().await;
    api.accepts(&header(), &pod(), caller(SUBJECT)).await;
    for (namespace, name) in [
        ("evil", "reports"),
        ("shop", "default"),
        ("shop", "reports-2"),
        ("default", "default"),
    ] {
        api.refuses(&header(), &of_account(namespace, name), MISSING)
            .await;
    }
    api.refuses(&header(), &with(&pod(), &json!({ "sub": null })), MISSING)
        .await;
}

#[tokio::test]
async fn only_service_accounts_of_the_kubernetes_namespace_are_accepted() {
    let api = with_public_keys().await;
    for name in ["reports", "default"] {
        let subject = format!("system:serviceaccount:shop:{name}");
        api.accepts(
            &header(),
            &on_eks(&of_account("shop", name)),
            caller(&subject),
        )
        .await;
    }
    for namespace in ["evil", "shop-2", "Shop", ""] {
        api.refuses(
            &header(),
            &on_eks(&of_account(namespace, "reports")),
            MISSING,
        )
        .await;
    }
    for place in [json!(null), json!({}), json!({ "namespace": ["shop"] })] {
        let token = with(&pod(), &json!({ "kubernetes.io": place }));
        api.refuses(&header(), &on_eks(&token), MISSING).await;
    }
}

#[tokio::test]
async fn kubernetes_tokens_for_the_api_server_and_of_other_clusters_are_refused() {
    let api = in_the_cluster().await;
    for (changes, description) in [
        // The default token of every pod.
        (
            json!({ "aud": ["https://kubernetes.default.svc.cluster.local"] }),
            AUDIENCE,
        ),
        (json!({ "aud": ["https://billing.example"] }), AUDIENCE),
        (json!({ "aud": [] }), AUDIENCE),
        (json!({ "aud": null }), AUDIENCE),
        (
            json!({ "iss": "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE" }),
            ISSUER,
        ),
    ] {
        api.refuses(&header(), &with(&pod(), &changes), description)
            .await;
    }
    // Stored in a Secret, for ever and for anyone.
    let old = json!({
        "iss": "kubernetes/serviceaccount",
        "kubernetes.io/serviceaccount/namespace": "shop",
        "kubernetes.io/serviceaccount/service-account.name": "reports",
        "sub": SUBJECT,
        "exp": null,
    });
    api.refuses(&header(), &old, ISSUER).await;
}

/// The API server: it shows its keys to service accounts only.
struct Authenticating(Published);

impl Fetch for Authenticating {
    async fn fetch(
        &self,
        request: http::Request<Vec<u8>>,
        limit: usize,
    ) -> Result<Response<Vec<u8>>, BoxError> {
        let expected = format!("Bearer {POD_TOKEN}");
        let shown = request.headers().get("authorization");
        if shown.is_some_and(|shown| *shown == *expected) {
            return self.0.fetch(request, limit).await;
        }
        let refused = Response::builder().status(StatusCode::UNAUTHORIZED);
        Ok(refused.body(Vec::new())?)
    }
}

/// A file with the token of this pod, with a line end.
fn token_file(test: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pod-token-of-{test}"));
    fs::write(&file, format!("{POD_TOKEN}\n")).unwrap();
    file
}

#[tokio::test]
async fn kubernetes_keys_are_fetched_with_the_token_of_this_pod() {
    for (token_file, status) in [
        (token_file("the-fetch"), 200),
        (PathBuf::from("/nonexistent/token"), 503),
    ] {
        let keys = rsa_keys();
        let server = Authenticating(Published(vec![(KEYS, key_set(&keys))]));
        let fetch = WithPodToken {
            client: server,
            token_file,
        };
        let jwt = without_roles(recipe::kubernetes());
        let api = Api::fetching(jwt, keys, Algorithm::RS256, fetch).await;
        let token = api.token(&header(), &pod());
        let response = api.server.send(&Request::get("/").bearer(&token)).await;
        assert_eq!(response.status, status, "{response:?}");
    }
}

#[tokio::test]
async fn the_kubernetes_pod_token_is_sent_to_the_api_server_only() {
    let fetch = WithPodToken {
        client: Authenticating(Published(Vec::new())),
        token_file: token_file("the-hosts"),
    };
    for (address, status) in [
        // 404 is the answer to a caller that is known.
        ("https://kubernetes.default.svc/openid/v1/jwks", 404),
        ("http://kubernetes.default.svc/openid/v1/jwks", 401),
        ("https://kubernetes.default.svc.evil.example/keys", 401),
        ("https://issuer.example/kubernetes.default.svc", 401),
    ] {
        let request = http::Request::get(address).body(Vec::new()).unwrap();
        let response = fetch.fetch(request, 1000).await.unwrap();
        assert_eq!(response.status(), status, "{address}");
    }
}
