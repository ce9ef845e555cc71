//! Each route with each kind of caller: status and challenges.

use example_runner::Response;

use crate::client::Playground;

const MALFORMED: &str = r#"Bearer realm="api", error="invalid_token", error_description="The access token is malformed""#;

fn outcome(response: &Response) -> String {
    let mut outcome = response.status.to_string();
    for challenge in &response.challenges {
        outcome += " ";
        outcome += challenge;
    }
    outcome
}

#[test]
fn a_customer_reads_and_places_orders_and_support_deletes_them() {
    let playground = Playground::start();
    let (alice, bob) = (playground.log_in("alice"), playground.log_in("bob"));
    let (alice, bob) = (&*alice.field(), &*bob.field());
    let order = r#"{"item":"mug","quantity":1}"#;

    let own = playground.send("GET /orders", &[alice]);
    assert_eq!(own.body.matches(r#""owner":"alice""#).count(), 2, "{own:?}");
    assert!(!own.body.contains("bob"), "{own:?}");
    let placed = playground.send_json("POST /orders", &[alice], order);
    assert_eq!(placed.status, 201);
    assert!(placed.body.contains(r#""number":4"#), "{placed:?}");
    assert_eq!(
        outcome(&playground.send_json("POST /orders", &[bob], order)),
        r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="orders:write""#
    );
    assert_eq!(
        outcome(&playground.send("DELETE /orders/4", &[alice])),
        r#"403 Bearer realm="api""#
    );
    assert_eq!(playground.status("DELETE /orders/4", bob), 204);
    assert_eq!(playground.status("DELETE /orders/4", bob), 404);
}

#[test]
fn only_its_owner_sees_an_order() {
    let playground = Playground::start();
    let alice = playground.log_in("alice").field();
    assert_eq!(playground.status("GET /orders/1", &alice), 200);
    assert_eq!(playground.status("GET /orders/2", &alice), 403);
    assert_eq!(playground.status("GET /orders/99", &alice), 404);
}

#[test]
fn every_kind_of_caller_is_told_apart() {
    let playground = Playground::start();
    let tokens = playground.log_in("alice").field();
    let session = playground.start_session("alice");
    let api_key = playground.create_api_key(&tokens);
    let credential_of = |field: &str| {
        let me = playground.send("GET /me", &[field]);
        assert_eq!(me.status, 200, "{me:?}");
        crate::client::member(&me, "credential")
    };
    assert_eq!(credential_of(&tokens), "Bearer");
    assert_eq!(credential_of(&session), "Session");
    assert_eq!(credential_of(&api_key), "ApiKey");
}

#[test]
fn an_anonymous_or_malformed_request_gets_401_with_every_challenge() {
    let playground = Playground::start();
    assert_eq!(
        outcome(&playground.send("GET /orders", &[])),
        r#"401 Bearer realm="api", scope="orders:read" ApiKey realm="api""#
    );
    let malformed = playground.send("GET /me", &["Authorization: Bearer abc"]);
    assert!(outcome(&malformed).starts_with(&format!("401 {MALFORMED}")));
}

#[test]
fn the_catalogue_is_for_everyone_except_callers_with_an_invalid_token() {
    let playground = Playground::start();
    let alice = playground.log_in("alice").field();
    let anonymous = playground.send("GET /catalogue", &[]);
    let known = playground.send("GET /catalogue", &[&alice]);
    assert_eq!((anonymous.status, known.status), (200, 200));
    assert!(anonymous.body.contains("650") && known.body.contains("585"));
    let invalid = playground.send("GET /catalogue", &["Authorization: Bearer abc"]);
    assert_eq!(invalid.status, 401);
}

#[test]
fn the_takings_are_hidden_from_all_but_support() {
    let playground = Playground::start();
    let (alice, bob) = (playground.log_in("alice"), playground.log_in("bob"));
    assert_eq!(playground.status("GET /takings", &bob.field()), 200);
    let hidden = playground.send("GET /takings", &[&alice.field()]);
    let missing = playground.send("GET /no-such-route", &[&alice.field()]);
    assert_eq!((hidden.status, missing.status), (404, 404));
    assert_eq!(hidden.body, missing.body);
}

#[test]
fn only_the_till_accepts_a_password_and_its_challenge_opens_no_dialog() {
    let playground = Playground::start();
    // alice:correct horse
    let password = "Authorization: Basic YWxpY2U6Y29ycmVjdCBob3JzZQ==";
    assert_eq!(playground.status("GET /till", password), 200);
    assert_eq!(playground.status("GET /me", password), 401);
    assert_eq!(
        outcome(&playground.send("GET /till", &["X-Requested-With: XMLHttpRequest"])),
        r#"401 xBasic realm="till", charset="UTF-8""#
    );
}

#[test]
fn an_api_key_creates_no_further_key_and_starts_no_refund() {
    let playground = Playground::start();
    let bob = playground.log_in("bob").field();
    let api_key = playground.create_api_key(&bob);
    assert_eq!(playground.status("POST /api-keys", &api_key), 401);
    assert_eq!(playground.status("POST /orders/1/refund", &api_key), 403);
    assert_eq!(playground.status("DELETE /orders/1", &api_key), 204);
}
