//! Okta, with a custom authorization server.

use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MISSING, TYPE, with};

#[path = "../../../auth-runtime/src/guide/recipes/okta.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

async fn api() -> Api {
    Api::discovering(
        recipe::okta(),
        "https://shop.okta.com/oauth2/default/.well-known/openid-configuration",
        "https://shop.okta.com/oauth2/default",
        "https://shop.okta.com/oauth2/default/v1/keys",
    )
    .await
}

fn user() -> Value {
    json!({
        "ver": 1,
        "jti": "AT.MNAoEQ_jbKqoinrQo1D0XKjMX28U5d7ZszBceot7-Ts",
        "iss": "https://shop.okta.com/oauth2/default",
        "aud": "api://default",
        "cid": "0oabv6kx4qq6h1U5l0h7",
        "uid": "00uid4BxXw6I6TV4m0g3",
        "scp": ["openid", "orders:read"],
        "auth_time": 1_688_145_909,
        "sub": "alice@shop.example",
        "groups": ["Everyone", "Clerks"],
    })
}

#[tokio::test]
async fn okta_tokens_of_users_and_machines_are_accepted() {
    let api = api().await;
    let caller = json!({
        "subject": "alice@shop.example",
        "scopes": ["openid", "orders:read"],
        "roles": ["Everyone", "Clerks"],
    });
    api.accepts(&json!({}), &user(), caller).await;
    let machine = json!({
        "ver": 1,
        "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        "iss": "https://shop.okta.com/oauth2/default",
        "aud": "api://default",
        "cid": "0oabv6kx4qq6h1U5l0h7",
        "scp": ["orders:read"],
        "sub": "0oabv6kx4qq6h1U5l0h7",
    });
    let caller = json!({
        "subject": "0oabv6kx4qq6h1U5l0h7",
        "scopes": ["orders:read"],
        "roles": [],
    });
    api.accepts(&json!({}), &machine, caller).await;
}

#[tokio::test]
async fn okta_id_tokens_and_tokens_of_other_audiences_and_servers_are_refused() {
    let api = api().await;
    let id_token = json!({
        "sub": "00uid4BxXw6I6TV4m0g3",
        "ver": 1,
        "iss": "https://shop.okta.com/oauth2/default",
        "aud": "0oabv6kx4qq6h1U5l0h7",
        "jti": "ID.radCQMOQUmyvcTBmmIL0J6BaS60apUEiC7-vI7pOmkw",
        "amr": ["pwd"],
        "idp": "00oid4BxXw6I6TV4m0g3",
        "at_hash": "fPlsvVszI29LU2UhDyJ9vg",
    });
    api.refuses(&json!({}), &id_token, AUDIENCE).await;
    let confused = with(&id_token, &json!({ "aud": "api://default" }));
    api.refuses(&json!({}), &confused, MISSING).await;
    for (changes, description) in [
        (json!({ "aud": "https://shop.okta.com" }), AUDIENCE),
        (json!({ "iss": "https://shop.okta.com" }), ISSUER),
        (
            json!({ "iss": "https://other.okta.com/oauth2/default" }),
            ISSUER,
        ),
        (
            json!({ "iss": "https://shop.okta.com/oauth2/aus9o8wzkhckw9TLa0h7" }),
            ISSUER,
        ),
    ] {
        api.refuses(&json!({}), &with(&user(), &changes), description)
            .await;
    }
    let of_the_org = json!({ "typ": "application/okta-internal-at+jwt" });
    api.refuses(&of_the_org, &user(), TYPE).await;
}
