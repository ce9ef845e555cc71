//! Zitadel 4.

use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MALFORMED, MISSING, with};

#[path = "../../../auth-runtime/src/guide/recipes/zitadel.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

const ROLES: &str = "urn:zitadel:iam:org:project:271828182845904523:roles";

async fn api() -> Api {
    Api::discovering(
        recipe::zitadel(),
        "https://id.shop.example/.well-known/openid-configuration",
        "https://id.shop.example",
        "https://id.shop.example/oauth/v2/keys",
    )
    .await
}

fn header() -> Value {
    json!({ "typ": "JWT" })
}

fn user() -> Value {
    json!({
        "iss": "https://id.shop.example",
        "sub": "314159265358979323",
        "aud": ["271828182845904590", "271828182845904591", "271828182845904523"],
        "nbf": 1_729_000_000,
        "client_id": "271828182845904590",
        "jti": "V2_314159265358979324-at_314159265358979325",
        ROLES: { "clerk": { "161803398874989484": "shop.id.shop.example" } },
        "urn:zitadel:iam:org:project:roles": {
            "clerk": { "161803398874989484": "shop.id.shop.example" },
        },
    })
}

/// It has the audience of the access token.
fn id_token() -> Value {
    with(
        &user(),
        &json!({
            "jti": null,
            "azp": "271828182845904590",
            "amr": ["pwd", "mfa"],
            "auth_time": 1_729_000_000,
            "at_hash": "fPlsvVszI29LU2UhDyJ9vg",
            "sid": "V1_314159265358979326",
            "nonce": "n-0S6_WzA2Mj",
        }),
    )
}

#[tokio::test]
async fn zitadel_users_and_machines_have_the_roles_of_the_project_of_this_api() {
    let api = api().await;
    let caller = json!({ "subject": "314159265358979323", "scopes": [], "roles": ["clerk"] });
    api.accepts(&header(), &user(), caller).await;
    // Clients that belong to no project get the claim with the project's id only.
    let machine = with(
        &user(),
        &json!({
            "sub": "314159265358979400",
            "client_id": "reports",
            "aud": ["reports", "271828182845904523"],
            "urn:zitadel:iam:org:project:roles": null,
        }),
    );
    let caller = json!({ "subject": "314159265358979400", "scopes": [], "roles": ["clerk"] });
    api.accepts(&header(), &machine, caller).await;
}

#[tokio::test]
async fn zitadel_roles_of_the_project_of_the_client_do_not_count() {
    let token = with(
        &user(),
        &json!({
            ROLES: null,
            "urn:zitadel:iam:org:project:roles": { "admin": { "161803398874989484": "shop" } },
            "urn:zitadel:iam:org:project:577215664901532860:roles": {
                "admin": { "161803398874989484": "shop" },
            },
        }),
    );
    let caller = json!({ "subject": "314159265358979323", "scopes": [], "roles": [] });
    api()
        .await
        .accepts_with_unknown_roles(&header(), &token, caller)
        .await;
}

#[tokio::test]
async fn zitadel_id_tokens_and_tokens_for_other_audiences_are_refused() {
    let api = api().await;
    api.refuses(&header(), &id_token(), MISSING).await;
    for (changes, description) in [
        // Without the scope for the audience.
        (
            json!({ "aud": ["577215664901532861", "577215664901532860"] }),
            AUDIENCE,
        ),
        (json!({ "aud": null }), AUDIENCE),
        (json!({ "iss": "https://id.shop.example/" }), ISSUER),
        (json!({ "iss": "https://other.zitadel.example" }), ISSUER),
        (json!({ "jti": null }), MISSING),
        (json!({ "sub": null }), MISSING),
    ] {
        api.refuses(&header(), &with(&user(), &changes), description)
            .await;
    }
    // The default, until JWT is chosen.
    api.refuses_text("dGhpcyBpcyBhbiBvcGFxdWUgdG9rZW4", MALFORMED)
        .await;
}
