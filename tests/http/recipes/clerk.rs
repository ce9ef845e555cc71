//! Clerk, version 2 of its session tokens.

use auth_runtime::Jwt;
use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MALFORMED, MISSING, with};

#[path = "../../../auth-runtime/src/guide/recipes/clerk.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

const SUBJECT: &str = "user_3DIXtSzhIs4Hj7mhfMvABoE2E40";

async fn trusting(jwt: Jwt) -> Api {
    let keys = "https://clerk.shop.example/.well-known/jwks.json";
    Api::start(jwt, keys, Vec::new()).await
}

fn header() -> Value {
    json!({ "cat": "cl_B7d4PD111AAA", "typ": "JWT" })
}

fn user() -> Value {
    json!({
        "azp": "https://shop.example",
        "fva": [0, -1],
        "iss": "https://clerk.shop.example",
        "jti": "10db7f531a90cb2faea4",
        "nbf": 1_729_000_000,
        "pla": "u:free",
        "roles": ["clerk"],
        "sid": "sess_3DIdzHWMcbIyptbOTiTw70i8JCq",
        "sts": "active",
        "sub": SUBJECT,
        "v": 2,
    })
}

fn member() -> Value {
    let organization = json!({
        "id": "org_2shop9EXAMPLE", "slg": "shop", "rol": "admin", "per": "read,manage", "fpm": "3",
    });
    with(&user(), &json!({ "roles": null, "o": organization }))
}

/// A token of a JWT template.
fn custom() -> Value {
    with(
        &user(),
        &json!({ "sid": null, "sts": null, "v": null, "fva": null, "pla": null }),
    )
}

#[tokio::test]
async fn clerk_users_have_the_roles_of_the_customized_session_token() {
    let api = trusting(recipe::clerk()).await;
    let caller = json!({ "subject": SUBJECT, "scopes": [], "roles": ["clerk"] });
    api.accepts(&header(), &user(), caller).await;
    // The user may have created this organization: its `admin` is not an administrator of the application.
    let caller = json!({ "subject": SUBJECT, "scopes": [], "roles": [] });
    api.accepts(&header(), &member(), caller).await;
}

#[tokio::test]
async fn clerk_organization_members_have_their_organization_role() {
    let api = trusting(recipe::clerk_organization()).await;
    let caller = json!({ "subject": SUBJECT, "scopes": [], "roles": ["admin"] });
    api.accepts(&header(), &member(), caller).await;
    api.refuses(&header(), &user(), MISSING).await;
    let of_another = json!({ "o": { "id": "org_2evil9EXAMPLE", "slg": "shop", "rol": "admin" } });
    api.refuses(&header(), &with(&member(), &of_another), MISSING)
        .await;
}

#[tokio::test]
async fn clerk_sessions_of_other_origins_and_pending_sessions_are_refused() {
    for jwt in [recipe::clerk(), recipe::clerk_organization()] {
        let api = trusting(jwt).await;
        for (changes, description) in [
            (json!({ "azp": "https://evil.example" }), AUDIENCE),
            (json!({ "azp": "https://shop.example/" }), AUDIENCE),
            (json!({ "azp": null }), AUDIENCE),
            // For another API.
            (json!({ "aud": "convex" }), AUDIENCE),
            (json!({ "sts": "pending" }), MISSING),
            (json!({ "sts": null }), MISSING),
            (json!({ "sid": null }), MISSING),
            (json!({ "sub": null }), MISSING),
            (json!({ "iss": "https://clerk.other.example" }), ISSUER),
            (json!({ "iss": "https://clerk.shop.example/" }), ISSUER),
        ] {
            api.refuses(&header(), &with(&member(), &changes), description)
                .await;
        }
    }
}

#[tokio::test]
async fn clerk_template_oauth_id_and_machine_tokens_are_refused() {
    let api = trusting(recipe::clerk()).await;
    let template = json!({ "cat": "cl_B7d4PD222AAA", "typ": "JWT" });
    api.refuses(&template, &custom(), MISSING).await;
    let oauth = json!({
        "iss": "https://clerk.shop.example",
        "sub": SUBJECT,
        "client_id": "client_2VTWUzvGC5UhdJCNx6xG1D98edc",
        "scope": "openid email",
        "jti": "oat_2VTWUzvGC5UhdJCNx6xG1D98edc",
    });
    api.refuses(&json!({ "typ": "at+jwt" }), &oauth, AUDIENCE)
        .await;
    let id_token = with(
        &oauth,
        &json!({ "aud": "client_2VTWUzvGC5UhdJCNx6xG1D98edc", "scope": null }),
    );
    api.refuses(&json!({ "typ": "JWT" }), &id_token, AUDIENCE)
        .await;
    let machine = json!({
        "iss": "https://clerk.shop.example",
        "sub": "mch_2vYVtestTESTtestTESTtestTESTtest",
        "jti": "mt_2xKa9Bgv7NxMRDFyQw8LpZ3cTmU1vHjE",
        "scopes": "mch_2vYVtestTESTtestTESTtestTESTtesu",
    });
    let category = json!({ "cat": "cl_B7d4PD333AAA", "typ": "JWT" });
    api.refuses(&category, &machine, AUDIENCE).await;
    api.refuses_text("oat_8XOIucKvqHVr5tYP123456789abcdefghij", MALFORMED)
        .await;
}
