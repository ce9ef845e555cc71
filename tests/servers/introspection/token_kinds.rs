//! JWTs and opaque tokens on one route.

use auth_runtime::Auth;
use auth_runtime::testing::Issuer;
use auth_tests::expected::{handler, invalid_token};

use super::authorization_server::AuthorizationServer;
use super::{AUDIENCE, ISSUER, Node, READER, introspection, read_by_alice};

const TOKEN: &str = "the-opaque-token-of-alice";

#[tokio::test]
async fn the_form_of_a_token_selects_verification_or_introspection() {
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let builder = Auth::builder().bearer(issuer.jwt());
    let node = Node::start(builder.introspection(introspection(&server))).await;
    let jwt = issuer.token("bob").scope("read").sign();
    node.expect(&jwt, handler(format!("bob of {ISSUER}"))).await;
    assert_eq!(server.count(), 0);
    node.expect(TOKEN, read_by_alice()).await;
    assert_eq!(server.count(), 1);

    // Even if the server would respond that the token is active.
    let forged = Issuer::new(ISSUER, AUDIENCE);
    let forged = forged.token("eve").scope("read").sign();
    server.knows(&forged, READER);
    let expected = invalid_token("The access token signature is invalid");
    node.expect(&forged, expected).await;
    let malformed = format!("{forged}.and.more");
    let expected = invalid_token("The access token is malformed");
    node.expect(&malformed, expected).await;
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn introspection_may_be_configured_before_jwts() {
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let builder = Auth::builder().introspection(introspection(&server));
    let node = Node::start(builder.bearer(issuer.jwt())).await;
    let jwt = issuer.token("bob").scope("read").sign();
    node.expect(&jwt, handler(format!("bob of {ISSUER}"))).await;
    node.expect(TOKEN, read_by_alice()).await;
    assert_eq!(server.count(), 1);
}
