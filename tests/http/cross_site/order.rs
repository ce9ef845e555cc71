//! Row H8: a credential that a caller adds decides before those that browsers send by themselves.

use super::*;

#[tokio::test]
async fn h8_a_token_decides_over_planted_cookies_whatever_the_order_of_declaration() {
    let world = World::start().await;
    let token = world.issuer.token("tina").sign();
    let key = &world.key;
    for cookies in [
        "badge=mallory".to_owned(),
        "badge=forged".to_owned(),
        // Two cookies of one name are an error only where the cookie would decide.
        "badge=ann; badge=mallory".to_owned(),
        format!("key={key}"),
        format!("key={key}; badge=mallory"),
    ] {
        // Even for a page of another site: it had to ask for permission to add the token (CORS).
        for origin in [SHOP, EVIL] {
            let both = post_to("/guarded")
                .header("Cookie", &cookies)
                .header("Origin", origin);
            let by_token = world.send(&both.clone().bearer(&token)).await;
            assert_eq!(by_token.text(), "tina by Bearer", "{cookies}");
            let bad_token = world.send(&both.bearer("x")).await;
            assert_eq!(bad_token.status, 401, "{cookies}");
        }
    }
    assert_eq!(world.asked(), [0; 3]);
}

#[tokio::test]
async fn h8_a_key_in_a_header_field_decides_over_cookies_and_passwords_of_other_kinds() {
    let world = World::start().await;
    for (name, value) in [
        ("Cookie", "badge=mallory".to_owned()),
        ("Authorization", password("bob:secret")),
    ] {
        for origin in [SHOP, EVIL] {
            let request = || {
                post_to("/guarded")
                    .header(name, &value)
                    .header("Origin", origin)
            };
            let by_key = world.send(&request().header("X-API-Key", &world.key)).await;
            assert_eq!(by_key.text(), "kim by ApiKey", "{name}");
            let bad_key = world.send(&request().header("X-API-Key", "x")).await;
            assert_eq!(bad_key.status, 401, "{name}");
        }
    }
}

#[tokio::test]
async fn h8_among_cookies_and_passwords_the_order_of_declaration_counts() {
    let world = World::start().await;
    let request = || post_to("/guarded").header("Authorization", password("bob:secret"));
    let badge = request().header("Cookie", "badge=ann");
    assert_eq!(world.send(&badge).await.text(), "ann by Badge");
    let key = request().header("Cookie", format!("key={}", world.key));
    assert_eq!(world.send(&key).await.text(), "bob by Basic");
}

/// A cross-site form sends a remembered password too.
#[tokio::test]
async fn h5_a_password_beside_a_cookie_does_not_exempt_it() {
    let world = World::start().await;
    for pair in ["bob:secret", "x:y"] {
        let request = post_to("/guarded")
            .header("Authorization", password(pair))
            .header("Cookie", "badge=ann")
            .header("Origin", EVIL);
        assert_answer(&world.send(&request).await, csrf());
    }
    assert_eq!(world.asked(), [0; 3]);
}

/// The key in the cookie might decide, and a form can add a parameter to the query.
#[tokio::test]
async fn h5_a_key_in_the_query_or_in_a_header_field_does_not_exempt_a_cookie_of_its_kind() {
    let world = World::start().await;
    let cookie = |request: Request| request.header("Cookie", format!("key={}", world.key));
    let in_query = cookie(post_to("/guarded?key=x"));
    let in_header = cookie(post_to("/guarded")).header("X-API-Key", "x");
    for both in [in_query, in_header] {
        // Row G3.
        let own = both.clone().header("Origin", SHOP);
        assert_eq!(world.send(&own).await.status, 400);
        assert_answer(&world.send(&both.header("Origin", EVIL)).await, csrf());
    }
    assert_eq!(world.key_store.finds(), 0);
}

#[tokio::test]
async fn h8_a_key_that_a_caller_adds_is_not_judged() {
    let world = World::start().await;
    let in_query = post_to(&format!("/guarded?key={}", world.key));
    let in_header = post_to("/guarded").header("X-API-Key", &world.key);
    for request in [in_query, in_header] {
        let request = request
            .header("Origin", EVIL)
            .header("Sec-Fetch-Site", "cross-site");
        assert_eq!(world.send(&request).await.text(), "kim by ApiKey");
    }
}
