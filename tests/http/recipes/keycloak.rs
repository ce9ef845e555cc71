//! Keycloak 26.

use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MISSING, with};

#[path = "../../../auth-runtime/src/guide/recipes/keycloak.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

async fn api() -> Api {
    Api::discovering(
        recipe::keycloak(),
        "https://keycloak.example/realms/shop/.well-known/openid-configuration",
        "https://keycloak.example/realms/shop",
        "https://keycloak.example/realms/shop/protocol/openid-connect/certs",
    )
    .await
}

fn header() -> Value {
    json!({ "typ": "JWT" })
}

fn user() -> Value {
    json!({
        "jti": "onrtac:d58f5dc8-fd8f-462b-8a19-716f8f83985b",
        "iss": "https://keycloak.example/realms/shop",
        "aud": ["orders-api", "account"],
        "sub": "36fa0f91-f94d-4a0c-afed-6b7d952e47da",
        "typ": "Bearer",
        "azp": "shop-web",
        "sid": "2a88c258-f73a-4103-b862-e1fbd8f4e04e",
        "acr": "1",
        "allowed-origins": ["https://shop.example"],
        "realm_access": { "roles": ["offline_access", "default-roles-shop", "uma_authorization"] },
        "resource_access": {
            "orders-api": { "roles": ["order-clerk"] },
            "account": { "roles": ["manage-account", "view-profile"] },
        },
        "scope": "orders:read email profile",
        "email_verified": true,
        "preferred_username": "alice",
    })
}

#[tokio::test]
async fn keycloak_users_have_the_roles_of_the_realm_and_of_this_client() {
    let api = api().await;
    let scopes = ["orders:read", "email", "profile"];
    let realm = ["offline_access", "default-roles-shop", "uma_authorization"];
    let roles = [&realm[..], &["order-clerk"]].concat();
    let subject = "36fa0f91-f94d-4a0c-afed-6b7d952e47da";
    let caller = json!({ "subject": subject, "scopes": scopes, "roles": roles });
    api.accepts(&header(), &user(), caller).await;

    // A role of another client never counts.
    let elsewhere = with(
        &user(),
        &json!({ "resource_access": { "billing-api": { "roles": ["admin"] } } }),
    );
    let caller = json!({ "subject": subject, "scopes": scopes, "roles": realm });
    api.accepts(&header(), &elsewhere, caller).await;
}

#[tokio::test]
async fn keycloak_service_accounts_are_separate_callers() {
    let service_account = json!({
        "jti": "trrtcc:312ee6d7-0b1c-4ee5-a0b5-f6b3a1a4fcd3",
        "iss": "https://keycloak.example/realms/shop",
        "aud": ["orders-api", "account"],
        "sub": "5b9f1f5e-6b2c-4bb4-8e0c-4f8e9a3f1d2a",
        "typ": "Bearer",
        "azp": "reports",
        "acr": "1",
        "realm_access": { "roles": ["default-roles-shop"] },
        "scope": "orders:read",
        "clientHost": "192.0.2.7",
        "preferred_username": "service-account-reports",
        "clientAddress": "192.0.2.7",
        "client_id": "reports",
    });
    let caller = json!({
        "subject": "5b9f1f5e-6b2c-4bb4-8e0c-4f8e9a3f1d2a",
        "scopes": ["orders:read"],
        "roles": ["default-roles-shop"],
    });
    api()
        .await
        .accepts(&header(), &service_account, caller)
        .await;
}

#[tokio::test]
async fn keycloak_id_and_refresh_tokens_and_tokens_of_other_realms_are_refused() {
    let api = api().await;
    for (changes, description) in [
        // As it is without a mapper.
        (json!({ "aud": "account" }), AUDIENCE),
        (json!({ "aud": null }), AUDIENCE),
        // An ID token is for the client; one for a client with the API's own name is still none.
        (json!({ "aud": "shop-web", "typ": "ID" }), AUDIENCE),
        (json!({ "aud": "orders-api", "typ": "ID" }), MISSING),
        (json!({ "typ": "Refresh" }), MISSING),
        (json!({ "typ": "Logout" }), MISSING),
        (json!({ "typ": null }), MISSING),
        (json!({ "sub": null }), MISSING),
        (
            json!({ "iss": "https://keycloak.example/realms/other" }),
            ISSUER,
        ),
        (
            json!({ "iss": "https://keycloak.example/realms/shop/" }),
            ISSUER,
        ),
        (
            json!({ "iss": "http://keycloak.example/realms/shop" }),
            ISSUER,
        ),
    ] {
        api.refuses(&header(), &with(&user(), &changes), description)
            .await;
    }
}
