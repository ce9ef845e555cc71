//! Introspection responses, and the responses of the API. The unit tests of the runtime cover every outcome.

use std::time::SystemTime;

use auth_runtime::Auth;
use auth_runtime::revocation::{MemoryRevocation, Revocation, Revoked};
use auth_tests::client::Request;
use auth_tests::expected::{invalid_token, refused};

use super::authorization_server::AuthorizationServer;
use super::{ISSUER, Node, READER, introspection, read_by_alice, seconds_from_now, start_node};

const TOKEN: &str = "the-opaque-token-of-alice";

/// Asserts the response to a token whose introspection response has these members.
async fn says(members: &str, expected: impl Into<auth_tests::expected::Expected>) {
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, members);
    let node = start_node(introspection(&server)).await;
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
async fn c4_not_denies_for_introspected_scopes_that_may_be_a_list() {
    let server = AuthorizationServer::start().await;
    let node = start_node(introspection(&server)).await;
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
    let node = start_node(introspection(&server)).await;
    let inactive = || invalid_token("The access token is not active");
    node.expect("an-unknown-opaque-token", inactive()).await;
    node.expect("an-unknown-opaque-token", inactive()).await;
    assert_eq!(server.count(), 1);
}

/// The leeway is that of the introspection, 60 seconds.
#[tokio::test]
async fn b18_an_opaque_token_issued_by_a_fast_clock_is_revoked_with_its_subject() {
    let server = AuthorizationServer::start().await;
    let list = MemoryRevocation::new();
    let auth = Auth::builder().introspection(introspection(&server));
    let node = Node::start(auth.revocation(list.clone())).await;
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
async fn a5_a6_a_malformed_token_is_not_sent_to_introspection() {
    let server = AuthorizationServer::start().await;
    let node = start_node(introspection(&server)).await;
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
