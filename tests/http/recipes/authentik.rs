//! authentik 2025.

use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MALFORMED, MISSING, with};

#[path = "../../../auth-runtime/src/guide/recipes/authentik.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

const CLIENT: &str = "3kVZ1rVhJ9mXk0oZr8QmC7yPq2sT5uWx6AbCdEfG";
const SUBJECT: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

async fn api() -> Api {
    Api::discovering(
        recipe::authentik(),
        "https://authentik.example/application/o/orders/.well-known/openid-configuration",
        "https://authentik.example/application/o/orders/",
        "https://authentik.example/application/o/orders/jwks/",
    )
    .await
}

fn header() -> Value {
    json!({ "typ": "JWT" })
}

fn user() -> Value {
    json!({
        "iss": "https://authentik.example/application/o/orders/",
        "sub": SUBJECT,
        "aud": CLIENT,
        "auth_time": 1_729_000_000,
        "acr": "goauthentik.io/providers/oauth2/default",
        "amr": ["pwd", "mfa"],
        "sid": "d2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26",
        "scope": "openid profile",
        "name": "Alice",
        "given_name": "Alice",
        "preferred_username": "alice",
        "nickname": "alice",
        "groups": ["clerks"],
        "azp": CLIENT,
        "uid": "S8wbAm4q3XhQvD1tZ0cRjKfLpYnTgEsUiOoP7aBx",
    })
}

/// It has the audience of the access token, and the claims of its scopes.
fn id_token() -> Value {
    with(
        &user(),
        &json!({
            "azp": null, "uid": null,
            "at_hash": "fPlsvVszI29LU2UhDyJ9vg",
            "nonce": "n-0S6_WzA2Mj",
        }),
    )
}

#[tokio::test]
async fn authentik_users_have_their_groups_as_roles() {
    let api = api().await;
    let scopes = ["openid", "profile"];
    let caller = json!({ "subject": SUBJECT, "scopes": scopes, "roles": ["clerks"] });
    api.accepts(&header(), &user(), caller).await;
    let in_no_group = with(&user(), &json!({ "groups": [] }));
    let caller = json!({ "subject": SUBJECT, "scopes": scopes, "roles": [] });
    api.accepts(&header(), &in_no_group, caller).await;
}

#[tokio::test]
async fn authentik_groups_are_unknown_if_the_client_did_not_request_them() {
    let without_profile = with(
        &user(),
        &json!({ "scope": "openid", "groups": null, "name": null, "given_name": null }),
    );
    let caller = json!({ "subject": SUBJECT, "scopes": ["openid"], "roles": [] });
    api()
        .await
        .accepts_with_unknown_roles(&header(), &without_profile, caller)
        .await;
}

#[tokio::test]
async fn authentik_id_tokens_and_tokens_of_other_applications_are_refused() {
    let api = api().await;
    api.refuses(&header(), &id_token(), MISSING).await;
    for (changes, description) in [
        (json!({ "aud": "another client" }), AUDIENCE),
        (json!({ "aud": null }), AUDIENCE),
        (json!({ "azp": null }), MISSING),
        (json!({ "uid": null }), MISSING),
        (json!({ "sub": null }), MISSING),
        (
            json!({ "iss": "https://authentik.example/application/o/orders" }),
            ISSUER,
        ),
        (
            json!({ "iss": "https://authentik.example/application/o/billing/" }),
            ISSUER,
        ),
        // The issuer mode "global".
        (json!({ "iss": "https://authentik.example/" }), ISSUER),
    ] {
        api.refuses(&header(), &with(&user(), &changes), description)
            .await;
    }
    // With an encryption key: five parts.
    api.refuses_text("eyJhbGciOiJSU0EtT0FFUC0yNTYifQ.a.b.c.d", MALFORMED)
        .await;
}
