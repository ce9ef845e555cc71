//! Auth0, with its access token profiles.

use auth_runtime::Jwt;
use auth_runtime::bearer::TypeRule;
use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MALFORMED, TYPE, with};

#[path = "../../../auth-runtime/src/guide/recipes/auth0.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

async fn trusting(jwt: Jwt) -> Api {
    Api::discovering(
        jwt,
        "https://shop.eu.auth0.com/.well-known/openid-configuration",
        "https://shop.eu.auth0.com/",
        "https://shop.eu.auth0.com/.well-known/jwks.json",
    )
    .await
}

fn user() -> Value {
    json!({
        "iss": "https://shop.eu.auth0.com/",
        "sub": "auth0|6553da60a54af58e29493993",
        "aud": ["https://orders.example", "https://shop.eu.auth0.com/userinfo"],
        "client_id": "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja",
        "jti": "73WakrfVbNJBaAmhQtEeDv",
        "scope": "openid profile orders:read",
        "permissions": ["orders:read", "orders:write"],
        "https://orders.example/roles": ["clerk"],
    })
}

fn machine() -> Value {
    json!({
        "iss": "https://shop.eu.auth0.com/",
        "sub": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients",
        "aud": "https://orders.example",
        "client_id": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx",
        "jti": "9LVBnwYNYZVMFcq1SVqfBy",
        "scope": "orders:read",
    })
}

fn id_token() -> Value {
    json!({
        "iss": "https://shop.eu.auth0.com/",
        "sub": "auth0|6553da60a54af58e29493993",
        "aud": "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja",
        "nickname": "alice",
        "sid": "h4xZ0BqM5aTn4dKjWm5Uq0fLkzH2aQ1R",
        "nonce": "n-0S6_WzA2Mj",
    })
}

#[tokio::test]
async fn auth0_tokens_of_users_and_machines_with_the_rfc_9068_profile_are_accepted() {
    let api = trusting(recipe::auth0()).await;
    let header = json!({ "typ": "at+jwt" });
    let caller = json!({
        "subject": "auth0|6553da60a54af58e29493993",
        "scopes": ["openid", "profile", "orders:read"],
        "roles": ["clerk"],
    });
    api.accepts(&header, &user(), caller).await;
    let caller = json!({
        "subject": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients",
        "scopes": ["orders:read"],
        "roles": [],
    });
    api.accepts(&header, &machine(), caller).await;

    api.refuses(&json!({ "typ": "JWT" }), &user(), TYPE).await;
    api.refuses(&json!({ "typ": "JWT" }), &id_token(), TYPE)
        .await;
    for (changes, description) in [
        (
            json!({ "aud": "https://shop.eu.auth0.com/api/v2/" }),
            AUDIENCE,
        ),
        (json!({ "iss": "https://shop.eu.auth0.com" }), ISSUER),
        (json!({ "iss": "https://other.eu.auth0.com/" }), ISSUER),
    ] {
        api.refuses(&header, &with(&user(), &changes), description)
            .await;
    }
}

#[tokio::test]
async fn auth0_tokens_with_the_auth0_profile_are_accepted_with_permissions() {
    let api = trusting(recipe::auth0().typ(TypeRule::Off).scopes("permissions")).await;
    let header = json!({ "typ": "JWT" });
    let token = with(
        &user(),
        &json!({ "client_id": null, "jti": null, "azp": "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja" }),
    );
    let caller = json!({
        "subject": "auth0|6553da60a54af58e29493993",
        "scopes": ["orders:read", "orders:write"],
        "roles": ["clerk"],
    });
    api.accepts(&header, &token, caller).await;
    api.refuses(&header, &id_token(), AUDIENCE).await;
}

#[tokio::test]
async fn an_encrypted_auth0_token_is_refused_as_malformed() {
    let api = trusting(recipe::auth0()).await;
    // Five parts, of which the second is empty.
    let header =
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiaXNzIjoiaHR0cHM6Ly9zaG9wLmV1LmF1dGgwLmNvbS8ifQ";
    api.refuses_text(&format!("{header}..aaaa.bbbb.cccc"), MALFORMED)
        .await;
}
