//! JWTs and opaque tokens on one route.

use super::*;
use crate::testing::Issuer;

fn issuer() -> Issuer {
    Issuer::new("https://issuer.example", "api")
}

/// A token that is valid near `NOW`.
fn jwt(issuer: &Issuer) -> String {
    issuer
        .token("bob")
        .claim("iat", NOW)
        .claim("exp", NOW + 60)
        .sign()
}

#[tokio::test(start_paused = true)]
async fn a_jwt_is_verified_locally_and_any_other_token_is_introspected() {
    let (server, issuer) = (Server::new(), issuer());
    let jwts = vec![issuer.jwt()];
    let node = Node::with(&server, introspection(), TokenCache::new(), jwts, None);
    assert_eq!(node.present(&jwt(&issuer)).await.unwrap().subject(), "bob");
    assert_eq!(server.asked(), 0);
    assert_eq!(node.present(TOKEN).await.unwrap().subject(), "alice");
    assert_eq!(server.asked(), 1);
    assert!(node.is_let_in(&jwt(&issuer)).await && node.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_jwt_is_not_introspected() {
    // The server would accept all of them.
    let server = Server::saying(|_| ok(r#"{"active":true,"sub":"eve","aud":"api"}"#));
    let issuer = issuer();
    let jwts = vec![issuer.jwt()];
    let node = Node::with(&server, introspection(), TokenCache::new(), jwts, None);
    let good = jwt(&issuer);
    let forged = jwt(&self::issuer());
    assert_eq!(
        fault(node.present(&forged).await),
        TokenFault::InvalidSignature
    );
    let foreign = Issuer::new("https://other.example", "api")
        .token("eve")
        .sign();
    assert_eq!(
        fault(node.present(&foreign).await),
        TokenFault::UntrustedIssuer
    );
    let (header, rest) = good.split_once('.').unwrap();
    for spelled in [
        format!("{header}=.{rest}"),
        format!("{header}.{rest}.x.y"),
        format!("{header}."),
        good.replace('.', ".."),
    ] {
        assert_eq!(
            fault(node.present(&spelled).await),
            TokenFault::Malformed,
            "{spelled}"
        );
    }
    assert_eq!(server.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_jwt_issuer_all_tokens_are_introspected() {
    let server = Server::saying(|_| ok(r#"{"active":true,"sub":"alice","aud":"api"}"#));
    let node = Node::new(&server, introspection());
    let jwt = jwt(&issuer());
    assert_eq!(node.present(&jwt).await.unwrap().subject(), "alice");
    assert_eq!(server.asked(), 1);
}
