//! Login with tokens: refresh, logout and step-up.

use crate::client::{Playground, REFRESH_COOKIE, account, set_cookie};

#[test]
fn a_wrong_password_gets_400_and_no_cookie() {
    let playground = Playground::start();
    let body = r#"{"name":"alice","password":"guessed"}"#;
    let response = playground.send_json("POST /login", &[], body);
    assert_eq!(response.status, 400, "{response:?}");
    assert!(set_cookie(&response).is_empty(), "{response:?}");
}

#[test]
fn the_refresh_token_is_in_a_cookie_for_one_path_that_scripts_cannot_read() {
    let playground = Playground::start();
    let response = playground.send_json("POST /login", &[], &account("alice"));
    let cookies = set_cookie(&response);
    let attributes = "; HttpOnly; Secure; SameSite=Strict; Path=/refresh; Max-Age=";
    assert!(cookies[0].contains(attributes), "{cookies:?}");
    assert!(
        response.head.contains("cache-control: no-store"),
        "{response:?}"
    );
}

#[test]
fn a_refresh_gives_a_new_pair_and_the_lost_response_can_be_asked_for_again() {
    let playground = Playground::start();
    let first = playground.log_in("alice");
    let second = playground.refreshed(&first.refresh);
    assert_ne!(second.refresh, first.refresh);
    assert_eq!(playground.status("GET /me", &second.field()), 200);
    let again = playground.refreshed(&first.refresh);
    assert_eq!(
        again.refresh, second.refresh,
        "the response was lost, the rotation was not"
    );
}

#[test]
fn a_refresh_token_that_was_replaced_twice_ends_the_login_of_the_thief_and_of_the_user() {
    let playground = Playground::start();
    let first = playground.log_in("alice");
    let second = playground.refreshed(&first.refresh);
    let third = playground.refreshed(&second.refresh);
    let reused = playground.refresh(&first.refresh);
    assert_eq!(reused.status, 400);
    assert!(
        reused.body.contains(r#""error":"invalid_grant""#),
        "{reused:?}"
    );
    assert!(
        set_cookie(&reused)[0].contains("Max-Age=0"),
        "the browser keeps the cookie"
    );
    assert_eq!(playground.refresh(&third.refresh).status, 400);
    for tokens in [first, second, third] {
        assert_eq!(playground.status("GET /me", &tokens.field()), 401);
    }
}

#[test]
fn a_refresh_token_that_is_not_known_leaves_the_cookie_which_may_be_of_another_tab() {
    let playground = Playground::start();
    let unknown = playground.refresh("no-refresh-token");
    assert_eq!(unknown.status, 400);
    assert!(set_cookie(&unknown).is_empty(), "{unknown:?}");
    let missing = playground.send("POST /refresh", &[]);
    assert_eq!(missing.status, 400);
    let two = format!("Cookie: {REFRESH_COOKIE}=one; {REFRESH_COOKIE}=two");
    assert_eq!(playground.status("POST /refresh", &two), 400);
}

#[test]
fn another_site_can_neither_log_in_nor_refresh() {
    let playground = Playground::start();
    let tokens = playground.log_in("alice");
    let cookie = format!("Cookie: {REFRESH_COOKIE}={}", tokens.refresh);
    for field in [
        "Sec-Fetch-Site: cross-site",
        "Origin: https://attacker.example",
    ] {
        let refreshed = playground.send("POST /refresh", &[&cookie, field]);
        assert_eq!(refreshed.status, 403, "{refreshed:?}");
        for path in ["/login", "/session/login"] {
            let request = format!("POST {path}");
            let response = playground.send_json(&request, &[field], &account("alice"));
            assert_eq!(response.status, 403, "{response:?}");
            assert!(set_cookie(&response).is_empty(), "{response:?}");
        }
    }
    // The refused request has not used the token.
    playground.refreshed(&tokens.refresh);
}

#[test]
fn logout_ends_the_tokens_of_this_login_only() {
    let playground = Playground::start();
    let (here, elsewhere) = (playground.log_in("alice"), playground.log_in("alice"));
    assert_eq!(playground.status("POST /logout", &here.field()), 204);
    assert_eq!(playground.status("GET /me", &here.field()), 401);
    assert_eq!(playground.refresh(&here.refresh).status, 400);
    assert_eq!(playground.status("GET /me", &elsewhere.field()), 200);
    playground.refreshed(&elsewhere.refresh);
}

#[test]
fn logout_everywhere_ends_tokens_sessions_and_api_keys_of_one_subject() {
    let playground = Playground::start();
    let (tokens, other) = (playground.log_in("alice"), playground.log_in("alice"));
    let session = playground.start_session("alice");
    let api_key = playground.create_api_key(&tokens.field());
    let bob = playground.log_in("bob");
    assert_eq!(
        playground.status("POST /logout/everywhere", &tokens.field()),
        204
    );
    for field in [tokens.field(), other.field(), session, api_key] {
        assert_eq!(playground.status("GET /me", &field), 401);
    }
    assert_eq!(playground.refresh(&other.refresh).status, 400);
    assert_eq!(playground.status("GET /me", &bob.field()), 200);
}

#[test]
fn a_refund_needs_the_password_again() {
    let playground = Playground::start();
    let tokens = playground.log_in("bob");
    let refused = playground.send("POST /orders/1/refund", &[&tokens.field()]);
    assert_eq!(refused.status, 401);
    let challenge = &refused.challenges[0];
    assert!(
        challenge.contains(r#"error="insufficient_user_authentication""#)
            && challenge.contains(r#"acr_values="urn:playground:confirmed""#),
        "{challenge}"
    );

    let wrong = r#"{"password":"guessed"}"#;
    let wrong = playground.send_json("POST /step-up", &[&tokens.field()], wrong);
    assert_eq!(wrong.status, 400, "{wrong:?}");
    let right = r#"{"password":"battery staple"}"#;
    let confirmed = playground.send_json("POST /step-up", &[&tokens.field()], right);
    let confirmed = crate::client::member(&confirmed, "access_token");
    let confirmed = format!("Authorization: Bearer {confirmed}");
    assert_eq!(playground.status("POST /orders/1/refund", &confirmed), 200);
    // A refresh within the minute keeps it.
    let refreshed = playground.refreshed(&tokens.refresh);
    assert_eq!(
        playground.status("POST /orders/3/refund", &refreshed.field()),
        200
    );
    // It is of this login, and not of the user.
    let elsewhere = playground.log_in("bob");
    assert_eq!(
        playground.status("POST /orders/3/refund", &elsewhere.field()),
        401
    );
}
