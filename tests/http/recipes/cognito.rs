//! Amazon Cognito user pools.

use auth_runtime::Jwt;
use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MISSING, with};

#[path = "../../../auth-runtime/src/guide/recipes/cognito.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

const SUBJECT: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

async fn trusting(jwt: Jwt) -> Api {
    Api::discovering(
        jwt,
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE/.well-known/openid-configuration",
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE",
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE/.well-known/jwks.json",
    )
    .await
}

fn user() -> Value {
    json!({
        "sub": SUBJECT,
        "device_key": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "cognito:groups": ["clerks"],
        "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE",
        "version": 2,
        "client_id": "1example23456789",
        "origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "event_id": "64f513be-32db-42b0-b78e-b02127b4f463",
        "token_use": "access",
        "scope": "openid orders/read",
        "auth_time": 1_676_312_777,
        "jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "username": "alice",
    })
}

fn id_token() -> Value {
    with(
        &user(),
        &json!({
            "client_id": null, "scope": null, "version": null, "username": null,
            "aud": "1example23456789",
            "token_use": "id",
            "cognito:username": "alice",
            "email": "alice@shop.example",
        }),
    )
}

#[tokio::test]
async fn cognito_tokens_of_the_configured_clients_are_accepted() {
    let api = trusting(recipe::cognito()).await;
    let scopes = ["openid", "orders/read"];
    let caller = json!({ "subject": SUBJECT, "scopes": scopes, "roles": ["clerks"] });
    api.accepts(&json!({}), &user(), caller).await;
    let machine = json!({
        "sub": "2example23456789",
        "token_use": "access",
        "scope": "orders/read",
        "auth_time": 1_676_312_777,
        "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE",
        "version": 2,
        "jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "client_id": "2example23456789",
    });
    let caller = json!({ "subject": "2example23456789", "scopes": ["orders/read"], "roles": [] });
    api.accepts(&json!({}), &machine, caller).await;
}

#[tokio::test]
async fn cognito_id_tokens_and_tokens_of_other_clients_and_user_pools_are_refused() {
    let api = trusting(recipe::cognito()).await;
    api.refuses(&json!({}), &id_token(), AUDIENCE).await;
    for (changes, description) in [
        (json!({ "client_id": "3example23456789" }), AUDIENCE),
        (json!({ "client_id": null }), AUDIENCE),
        // Asked for with a resource that is another API.
        (json!({ "aud": "https://billing.example" }), AUDIENCE),
        (json!({ "token_use": "id" }), MISSING),
        (json!({ "token_use": null }), MISSING),
        (
            json!({ "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_OTHER" }),
            ISSUER,
        ),
    ] {
        api.refuses(&json!({}), &with(&user(), &changes), description)
            .await;
    }
}

#[tokio::test]
async fn cognito_tokens_for_a_resource_are_accepted() {
    let api = trusting(recipe::cognito_with_resource()).await;
    let token = with(&user(), &json!({ "aud": "https://orders.example" }));
    let scopes = ["openid", "orders/read"];
    let caller = json!({ "subject": SUBJECT, "scopes": scopes, "roles": ["clerks"] });
    api.accepts(&json!({}), &token, caller).await;
    api.refuses(&json!({}), &user(), AUDIENCE).await;
    api.refuses(&json!({}), &id_token(), AUDIENCE).await;
    let disguised = with(&id_token(), &json!({ "aud": "https://orders.example" }));
    api.refuses(&json!({}), &disguised, MISSING).await;
}
