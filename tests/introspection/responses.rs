//! Introspection responses, and the answers that callers get for them.

use std::time::SystemTime;

use auth_runtime::Auth;
use auth_runtime::revocation::{MemoryRevocation, Revocation, Revoked};
use auth_tests::client::Request;
use auth_tests::expected::{invalid_token, refused};

use super::authorization_server::{AuthorizationServer, Manner};
use super::node::{ISSUER, Node, READER, ask, read_by_alice, seconds_from_now};

const TOKEN: &str = "the-opaque-token-of-alice";

/// The answer to a token of which the server says this.
async fn says(members: &str, expected: impl Into<auth_tests::expected::Expected>) {
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, members);
    let node = Node::start(ask(&server)).await;
    node.expect(TOKEN, expected).await;
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn an_active_token_is_accepted_on_routes_of_its_scopes() {
    says(READER, read_by_alice()).await;
    let everything = format!(
        r#"{READER},"iss":"{ISSUER}","exp":{},"nbf":{},"iat":{},"jti":"1","client_id":"web""#,
        seconds_from_now(60),
        seconds_from_now(-60),
        seconds_from_now(-60),
    );
    says(&everything, read_by_alice()).await;
}

#[tokio::test]
async fn c1_an_active_token_without_the_scope_is_403() {
    let challenge = r#"Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="read""#;
    let expected = refused(403)
        .code("insufficient_scope")
        .required_scopes("read")
        .challenge(challenge);
    says(
        r#""sub":"alice","aud":"https://api.example","scope":"write""#,
        expected,
    )
    .await;
}

#[tokio::test]
async fn not_denies_for_introspected_scopes_that_may_be_a_list() {
    let server = AuthorizationServer::start().await;
    let node = Node::start(ask(&server)).await;
    for (token, scope, status) in [
        ("a-token-with-a-list", "read,trial", 403),
        ("a-token-without-one", "read other", 200),
    ] {
        server.knows(token, &READER.replace("read", scope));
        let request = Request::get("/not-on-trial").bearer(token);
        assert_eq!(node.server.send(&request).await.status, status, "{scope}");
    }
}

#[tokio::test]
async fn b18_an_inactive_token_is_401() {
    let server = AuthorizationServer::start().await;
    let node = Node::start(ask(&server)).await;
    let inactive = || invalid_token("The access token is not active");
    node.expect("nobody-knows-this-token", inactive()).await;
    node.expect("nobody-knows-this-token", inactive()).await;
    assert_eq!(server.count(), 1);
}

/// The leeway is that of the introspection, 60 seconds.
#[tokio::test]
async fn b18_an_opaque_token_issued_by_a_fast_clock_is_revoked_with_its_subject() {
    let server = AuthorizationServer::start().await;
    let list = MemoryRevocation::new();
    let auth = Auth::builder().introspection(ask(&server));
    let node = Node::with(auth.revocation(list.clone())).await;
    let members = format!(r#"{READER},"iat":{}"#, seconds_from_now(59));
    server.knows(TOKEN, &members);
    node.expect(TOKEN, read_by_alice()).await;
    let revoked = Revoked::subject(ISSUER, "alice", SystemTime::now());
    list.revoke(revoked).await.unwrap();
    let expected = || invalid_token("The access token was revoked");
    node.expect(TOKEN, expected()).await;
    node.expect(TOKEN, expected()).await;
}

#[tokio::test]
async fn b10_an_introspected_refresh_token_is_refused() {
    let members = READER.replace("Bearer", "refresh_token");
    says(&members, invalid_token("The token is not an access token")).await;
}

#[tokio::test]
async fn b11_an_introspected_expired_token_is_refused() {
    let members = format!(r#"{READER},"exp":{}"#, seconds_from_now(-61));
    says(&members, invalid_token("The access token expired")).await;
}

#[tokio::test]
async fn b13_an_introspected_token_before_its_nbf_is_refused() {
    let members = format!(r#"{READER},"nbf":{}"#, seconds_from_now(90));
    let expected = invalid_token("The access token is not yet valid");
    says(&members, expected).await;
}

#[tokio::test]
async fn b14_an_introspected_token_of_another_issuer_is_refused() {
    let untrusted = || invalid_token("The access token issuer is not trusted");
    for issuer in ["https://issuer.example/", "https://other.example"] {
        says(&format!(r#"{READER},"iss":"{issuer}""#), untrusted()).await;
    }
}

#[tokio::test]
async fn b15_an_introspected_token_for_another_api_is_refused() {
    let expected = || invalid_token("The access token audience does not match");
    says(r#""sub":"alice","scope":"read""#, expected()).await;
    let other = r#""sub":"alice","scope":"read","aud":["https://other.example"]"#;
    says(other, expected()).await;
}

#[tokio::test]
async fn b16_an_introspected_token_without_a_subject_is_refused() {
    let members = r#""aud":"https://api.example","scope":"read""#;
    let expected = invalid_token("The access token lacks a required claim");
    says(members, expected).await;
}

#[tokio::test]
async fn an_introspected_sender_constrained_token_is_refused() {
    let dpop = || invalid_token("The access token is DPoP-bound");
    says(&format!(r#"{READER},"cnf":{{"jkt":"abc"}}"#), dpop()).await;
    says(&READER.replace("Bearer", "DPoP"), dpop()).await;
}

#[tokio::test]
async fn i5_a_token_that_the_server_refuses_to_introspect_is_401() {
    let server = AuthorizationServer::start().await;
    let text = r#"{"error":"unsupported_token_type"}"#.to_owned();
    server.answers(Manner::Always(400, "", text));
    let node = Node::start(ask(&server)).await;
    let expected = invalid_token("The access token issuer is not trusted");
    node.expect("eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", expected)
        .await;
}

#[tokio::test]
async fn a5_a6_a_malformed_token_is_not_sent_to_introspection() {
    let server = AuthorizationServer::start().await;
    let node = Node::start(ask(&server)).await;
    for token in [
        "",
        "short",
        "two words of a sentence",
        "a,list,of,some,words",
    ] {
        let expected = invalid_token("The access token is malformed");
        node.expect(token, expected).await;
    }
    assert_eq!(server.count(), 0);
}
