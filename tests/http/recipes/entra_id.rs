//! Microsoft Entra ID, both versions of its tokens.

use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MISSING, with};

#[path = "../../../auth-runtime/src/guide/recipes/entra_id.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

const API: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
const OBJECT: &str = "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb";

async fn second() -> Api {
    Api::discovering(
        recipe::entra_id(),
        "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/.well-known/openid-configuration",
        "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0",
        "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/discovery/v2.0/keys",
    )
    .await
}

fn header() -> Value {
    json!({ "typ": "JWT" })
}

fn user() -> Value {
    json!({
        "aud": API,
        "iss": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0",
        "aio": "AXQAi/8TAAAA",
        "azp": "11112222-bbbb-3333-cccc-4444dddd5555",
        "azpacr": "1",
        "name": "Alice",
        "oid": OBJECT,
        "preferred_username": "alice@shop.example",
        "rh": "I",
        "roles": ["Orders.Clerk"],
        "scp": "Orders.Read Orders.Write",
        "sid": "004a5c1e-0f2b-4f0c-9d6e-2e5b7a0d6c1f",
        "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
        "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee",
        "uti": "fqiBqXLPj0eQa82S-IYFAA",
        "ver": "2.0",
    })
}

/// There is a role in place of a scope.
fn machine() -> Value {
    with(
        &user(),
        &json!({
            "name": null, "preferred_username": null, "scp": null, "sid": null,
            "roles": ["Orders.Read.All"],
            "idtyp": "app",
            "sub": OBJECT,
        }),
    )
}

fn id_token() -> Value {
    with(
        &user(),
        &json!({ "azp": null, "azpacr": null, "scp": null, "roles": null, "nonce": "12345" }),
    )
}

#[tokio::test]
async fn entra_id_users_have_scopes_and_roles_and_machines_have_roles() {
    let api = second().await;
    let scopes = ["Orders.Read", "Orders.Write"];
    let caller = json!({ "subject": OBJECT, "scopes": scopes, "roles": ["Orders.Clerk"] });
    api.accepts(&header(), &user(), caller).await;
    let without_roles = with(&user(), &json!({ "roles": null }));
    let caller = json!({ "subject": OBJECT, "scopes": scopes, "roles": [] });
    api.accepts(&header(), &without_roles, caller).await;
    let caller = json!({ "subject": OBJECT, "scopes": [], "roles": ["Orders.Read.All"] });
    api.accepts(&header(), &machine(), caller).await;
}

#[tokio::test]
async fn any_application_of_an_entra_id_tenant_is_a_caller_without_scopes_and_roles() {
    let unassigned = with(&machine(), &json!({ "roles": null }));
    let caller = json!({ "subject": OBJECT, "scopes": [], "roles": [] });
    second().await.accepts(&header(), &unassigned, caller).await;
}

#[tokio::test]
async fn entra_tokens_of_other_apis_and_tenants_and_id_tokens_are_refused() {
    let api = second().await;
    // An ID token of a web application that shares the registration of the API.
    api.refuses(&header(), &id_token(), MISSING).await;
    for (changes, description) in [
        (
            json!({ "aud": "11112222-bbbb-3333-cccc-4444dddd5555" }),
            AUDIENCE,
        ),
        (
            json!({ "aud": "00000003-0000-0000-c000-000000000000" }),
            AUDIENCE,
        ),
        (json!({ "aud": "api://orders-api" }), AUDIENCE),
        (json!({ "oid": null }), MISSING),
        (
            json!({ "iss": "https://login.microsoftonline.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0" }),
            ISSUER,
        ),
        (
            json!({ "iss": "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/" }),
            ISSUER,
        ),
        (
            json!({ "iss": "https://login.microsoftonline.com/{tenantid}/v2.0" }),
            ISSUER,
        ),
    ] {
        api.refuses(&header(), &with(&user(), &changes), description)
            .await;
    }
}

#[tokio::test]
async fn entra_id_tokens_of_version_1_are_accepted() {
    let keys =
        "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/discovery/keys";
    let api = Api::start(recipe::entra_id_v1(), keys, Vec::new()).await;
    let header = json!({ "typ": "JWT", "x5t": "i6lGk3FZzxRcUb2C3nEQ7syHJlY" });
    let token = with(
        &user(),
        &json!({
            "aud": "api://orders-api",
            "iss": "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/",
            "azp": null, "azpacr": null, "preferred_username": null,
            "acr": "1",
            "amr": ["pwd", "mfa"],
            "appid": "11112222-bbbb-3333-cccc-4444dddd5555",
            "appidacr": "0",
            "unique_name": "alice@shop.example",
            "ver": "1.0",
        }),
    );
    let scopes = ["Orders.Read", "Orders.Write"];
    let caller = json!({ "subject": OBJECT, "scopes": scopes, "roles": ["Orders.Clerk"] });
    api.accepts(&header, &token, caller).await;
    api.refuses(&header, &user(), ISSUER).await;
    let changes = json!({ "aud": "https://graph.microsoft.com" });
    api.refuses(&header, &with(&token, &changes), AUDIENCE)
        .await;
    let changes = json!({ "appid": null });
    api.refuses(&header, &with(&token, &changes), MISSING).await;
    let changes = json!({ "iss": "https://sts.windows.net/bbbbcccc-1111-dddd-2222-eeee3333ffff/" });
    api.refuses(&header, &with(&token, &changes), ISSUER).await;
}
