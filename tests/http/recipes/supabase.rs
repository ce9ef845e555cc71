//! Supabase Auth, with an asymmetric signing key.

use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Issuer;
use auth_tests::client::Request;
use serde_json::{Value, json};

use super::{
    ALGORITHM, AUDIENCE, Api, INVALID, ISSUER, MALFORMED, MISSING, Published, key_set, with,
};

#[path = "../../../auth-runtime/src/guide/recipes/supabase.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

const KEYS: &str = "https://abcdefghijklmnopqrst.supabase.co/auth/v1/.well-known/jwks.json";
const SUBJECT: &str = "123e4567-e89b-12d3-a456-426614174000";

async fn api() -> Api {
    let keys = Issuer::new("of no matter", "of no matter");
    let published = Published(vec![(KEYS, key_set(&keys))]);
    Api::fetching(recipe::supabase(), keys, Algorithm::ES256, published).await
}

fn header() -> Value {
    json!({ "typ": "JWT" })
}

fn user() -> Value {
    json!({
        "aal": "aal1",
        "amr": [{ "method": "password", "timestamp": 1_729_000_000 }],
        "app_metadata": { "provider": "email", "providers": ["email"], "roles": ["clerk"] },
        "aud": "authenticated",
        "email": "alice@shop.example",
        "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
        "phone": "",
        "role": "authenticated",
        "session_id": "123e4567-e89b-12d3-a456-426614174001",
        "sub": SUBJECT,
        "user_metadata": { "name": "Alice", "roles": ["admin"] },
        "is_anonymous": false,
    })
}

#[tokio::test]
async fn supabase_users_have_the_roles_assigned_by_the_server() {
    let api = api().await;
    let caller = json!({ "subject": SUBJECT, "scopes": [], "roles": ["clerk"] });
    api.accepts(&header(), &user(), caller).await;
    let without = with(
        &user(),
        &json!({ "app_metadata": { "provider": "email" }, "aud": ["authenticated"] }),
    );
    let caller = json!({ "subject": SUBJECT, "scopes": [], "roles": [] });
    api.accepts(&header(), &without, caller).await;
}

#[tokio::test]
async fn anonymous_supabase_users_and_third_party_applications_are_refused() {
    let api = api().await;
    for changes in [
        json!({ "is_anonymous": true, "email": "", "app_metadata": {} }),
        json!({ "is_anonymous": null }),
        json!({ "is_anonymous": "false" }),
        json!({ "client_id": "9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d", "scope": "openid email" }),
    ] {
        api.refuses(&header(), &with(&user(), &changes), INVALID)
            .await;
    }
}

#[tokio::test]
async fn supabase_api_keys_are_not_accepted_as_users() {
    let api = api().await;
    let legacy =
        |role: &str| json!({ "iss": "supabase", "ref": "abcdefghijklmnopqrst", "role": role });
    for role in ["anon", "service_role"] {
        api.refuses(&header(), &legacy(role), ISSUER).await;
        let issuer = json!({ "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1" });
        let of_this_issuer = with(&legacy(role), &issuer);
        api.refuses(&header(), &of_this_issuer, AUDIENCE).await;
        let audience = json!({ "aud": "authenticated" });
        let for_users = with(&of_this_issuer, &audience);
        api.refuses(&header(), &for_users, MISSING).await;
    }
    for key in [
        "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH",
        "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
    ] {
        api.refuses_text(key, MALFORMED).await;
    }
}

#[tokio::test]
async fn supabase_id_tokens_and_tokens_of_other_projects_are_refused() {
    let api = api().await;
    let id_token = json!({
        "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
        "sub": SUBJECT,
        "aud": "9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d",
        "auth_time": 1_729_000_000,
        "nonce": "n-0S6_WzA2Mj",
        "email": "alice@shop.example",
        "email_verified": true,
        "client_id": "9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d",
    });
    api.refuses(&header(), &id_token, AUDIENCE).await;
    for (changes, description) in [
        (json!({ "role": "anon" }), MISSING),
        (json!({ "role": "service_role" }), MISSING),
        (json!({ "role": null }), MISSING),
        (json!({ "sub": null }), MISSING),
        (json!({ "aud": "anon" }), AUDIENCE),
        (json!({ "aud": null }), AUDIENCE),
        (
            json!({ "iss": "https://tsrqponmlkjihgfedcba.supabase.co/auth/v1" }),
            ISSUER,
        ),
    ] {
        api.refuses(&header(), &with(&user(), &changes), description)
            .await;
    }
}

#[tokio::test]
async fn supabase_tokens_signed_with_the_legacy_secret_are_refused() {
    let secret = "super-secret-jwt-token-with-at-least-32-characters-long";
    let signed = |api: &Api| {
        let token = api.token(&header(), &user());
        let claims = token.split('.').nth(1).unwrap();
        let claims =
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims);
        let header = json!({ "typ": "JWT", "alg": "HS256" }).to_string();
        let claims = String::from_utf8(claims.unwrap()).unwrap();
        Issuer::with_secret("of no matter", "of no matter", secret).sign(&header, &claims)
    };
    let asymmetric = api().await;
    asymmetric
        .refuses_text(&signed(&asymmetric), ALGORITHM)
        .await;

    // Without an asymmetric key there is nothing to verify with.
    let keys = Issuer::new("of no matter", "of no matter");
    let published = Published(vec![(KEYS, json!({ "keys": [] }))]);
    let legacy = Api::fetching(recipe::supabase(), keys, Algorithm::ES256, published).await;
    legacy.refuses_text(&signed(&legacy), ALGORITHM).await;
    let token = legacy.token(&header(), &user());
    let response = legacy.server.send(&Request::get("/").bearer(&token)).await;
    assert_eq!(response.status, 503, "{response:?}");
}
