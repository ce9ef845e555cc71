//! Firebase Authentication.

use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MISSING, with};

#[path = "../../../auth-runtime/src/guide/recipes/firebase.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

const SUBJECT: &str = "Xk893y23H9SI893xY2b1cD4eF5g6";

async fn api() -> Api {
    let keys =
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
    Api::start(recipe::firebase(), keys, Vec::new()).await
}

fn header() -> Value {
    json!({ "typ": "JWT" })
}

fn user() -> Value {
    json!({
        "name": "Alice",
        "roles": ["clerk"],
        "iss": "https://securetoken.google.com/shop-project",
        "aud": "shop-project",
        "auth_time": 1_729_000_000,
        "user_id": SUBJECT,
        "sub": SUBJECT,
        "email": "alice@shop.example",
        "email_verified": true,
        "firebase": {
            "identities": { "google.com": ["110169484474386276334"], "email": ["alice@shop.example"] },
            "sign_in_provider": "google.com",
        },
    })
}

fn logged_in_by(provider: &str) -> Value {
    let firebase = json!({ "identities": {}, "sign_in_provider": provider });
    with(&user(), &json!({ "firebase": firebase }))
}

#[tokio::test]
async fn firebase_users_have_the_roles_of_their_custom_claims() {
    let api = api().await;
    let caller = json!({ "subject": SUBJECT, "scopes": [], "roles": ["clerk"] });
    api.accepts(&header(), &user(), caller.clone()).await;
    api.accepts(&header(), &logged_in_by("password"), caller)
        .await;
    let without = with(&user(), &json!({ "roles": null }));
    let caller = json!({ "subject": SUBJECT, "scopes": [], "roles": [] });
    api.accepts(&header(), &without, caller).await;
}

#[tokio::test]
async fn anonymous_firebase_users_and_other_sign_in_providers_are_refused() {
    let api = api().await;
    for provider in ["anonymous", "custom", "phone", "github.com", ""] {
        api.refuses(&header(), &logged_in_by(provider), MISSING)
            .await;
    }
    for firebase in [json!(null), json!({}), json!("google.com")] {
        let token = with(&user(), &json!({ "firebase": firebase }));
        api.refuses(&header(), &token, MISSING).await;
    }
}

/// All projects share the keys.
#[tokio::test]
async fn tokens_of_other_firebase_projects_are_refused() {
    let api = api().await;
    let elsewhere = json!({
        "iss": "https://securetoken.google.com/evil-project",
        "aud": "evil-project",
    });
    api.refuses(&header(), &with(&user(), &elsewhere), ISSUER)
        .await;
    for (changes, description) in [
        (json!({ "aud": "evil-project" }), AUDIENCE),
        (json!({ "aud": null }), AUDIENCE),
        (
            json!({ "iss": "https://securetoken.google.com/shop-project/" }),
            ISSUER,
        ),
        (
            json!({ "iss": "https://session.firebase.google.com/shop-project" }),
            ISSUER,
        ),
        (json!({ "iss": "https://accounts.google.com" }), ISSUER),
        (json!({ "sub": null }), MISSING),
    ] {
        api.refuses(&header(), &with(&user(), &changes), description)
            .await;
    }
}
