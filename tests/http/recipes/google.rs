//! Google's ID tokens, of people and of service accounts.

use auth_runtime::Jwt;
use auth_runtime::bearer::ClaimSource;
use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MALFORMED, MISSING, with};

#[path = "../../../auth-runtime/src/guide/recipes/google.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

/// The keys are on another host than the issuer. Tokens have no roles.
async fn trusting(jwt: Jwt) -> Api {
    let known = jwt.roles(ClaimSource::from("roles").missing_is_empty());
    Api::discovering(
        known,
        "https://accounts.google.com/.well-known/openid-configuration",
        "https://accounts.google.com",
        "https://www.googleapis.com/oauth2/v3/certs",
    )
    .await
}

fn header() -> Value {
    json!({ "typ": "JWT" })
}

fn user() -> Value {
    json!({
        "iss": "https://accounts.google.com",
        "azp": "407408718192.apps.googleusercontent.com",
        "aud": "407408718192.apps.googleusercontent.com",
        "sub": "110169484474386276334",
        "hd": "shop.example",
        "email": "alice@shop.example",
        "email_verified": true,
        "at_hash": "X_B3Z3Fi4udZ2mf75RWo3w",
        "name": "Alice",
    })
}

#[tokio::test]
async fn google_workspace_users_have_neither_scopes_nor_roles() {
    let api = trusting(recipe::google()).await;
    let caller = json!({ "subject": "110169484474386276334", "scopes": [], "roles": [] });
    api.accepts(&header(), &user(), caller).await;
    for (changes, description) in [
        // Any Google account, and another Workspace.
        (json!({ "hd": null }), MISSING),
        (json!({ "hd": "other.example" }), MISSING),
        (
            json!({ "aud": "812741506391.apps.googleusercontent.com" }),
            AUDIENCE,
        ),
        (json!({ "iss": "accounts.google.com" }), ISSUER),
        (
            json!({ "iss": "https://securetoken.google.com/shop-project" }),
            ISSUER,
        ),
    ] {
        api.refuses(&header(), &with(&user(), &changes), description)
            .await;
    }
    api.refuses_text("ya29.a0AfH6SMBmI4T0example", MALFORMED)
        .await;
}

#[tokio::test]
async fn google_service_accounts_are_accepted_one_by_one() {
    let api = trusting(recipe::google_service_accounts()).await;
    let service_account = json!({
        "iss": "https://accounts.google.com",
        "azp": "reports@shop-project.iam.gserviceaccount.com",
        "aud": "https://orders.example",
        "sub": "103547991597142817347",
        "email": "reports@shop-project.iam.gserviceaccount.com",
        "email_verified": true,
    });
    let caller = json!({ "subject": "103547991597142817347", "scopes": [], "roles": [] });
    api.accepts(&header(), &service_account, caller).await;
    for (changes, description) in [
        (
            json!({ "email": "x@evil-project.iam.gserviceaccount.com" }),
            MISSING,
        ),
        (json!({ "email": null }), MISSING),
        (json!({ "aud": "https://billing.example" }), AUDIENCE),
    ] {
        api.refuses(&header(), &with(&service_account, &changes), description)
            .await;
    }
    api.refuses(&header(), &user(), AUDIENCE).await;
}
