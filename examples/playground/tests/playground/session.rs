//! Login with a session.

use crate::client::{Playground, account, cookie, set_cookie};

#[test]
fn a_session_is_a_caller_until_its_logout() {
    let playground = Playground::start();
    let session = playground.start_session("alice");
    assert_eq!(playground.status("GET /orders", &session), 200);
    let ended = playground.send("POST /session/logout", &[&session]);
    assert_eq!(ended.status, 204);
    assert!(set_cookie(&ended)[0].contains("Max-Age=0"), "{ended:?}");
    assert_eq!(playground.status("GET /orders", &session), 401);
}

#[test]
fn a_login_with_a_wrong_password_starts_no_session() {
    let playground = Playground::start();
    let body = r#"{"name":"alice","password":"guessed"}"#;
    let response = playground.send_json("POST /session/login", &[], body);
    assert_eq!(response.status, 400);
    assert!(set_cookie(&response).is_empty(), "{response:?}");
}

#[test]
fn a_request_of_another_site_does_not_use_the_session() {
    let playground = Playground::start();
    let session = playground.start_session("alice");
    let order = r#"{"item":"mug","quantity":1}"#;
    let fields = [&*session, "Sec-Fetch-Site: cross-site"];
    let placed = playground.send_json("POST /orders", &fields, order);
    assert_eq!(placed.status, 403, "{placed:?}");
}

#[test]
fn a_step_up_replaces_the_session() {
    let playground = Playground::start();
    let session = playground.start_session("bob");
    assert_eq!(playground.status("POST /orders/1/refund", &session), 401);
    let body = r#"{"password":"battery staple"}"#;
    let confirmed = playground.send_json("POST /step-up", &[&session], body);
    assert_eq!(confirmed.status, 204, "{confirmed:?}");
    let (name, value) = cookie(&confirmed);
    let confirmed = format!("Cookie: {name}={value}");
    assert_eq!(playground.status("POST /orders/1/refund", &confirmed), 200);
    assert_eq!(playground.status("GET /me", &session), 401);
}

#[test]
fn the_cookie_of_a_session_is_host_bound_and_hidden_from_scripts() {
    let playground = Playground::start();
    let response = playground.send_json("POST /session/login", &[], &account("alice"));
    let field = set_cookie(&response)[0].to_owned();
    assert!(field.starts_with("__Host-Http-playground="), "{field}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(field.contains(attribute), "{field}");
    }
}
