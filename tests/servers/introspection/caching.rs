//! Row I6: introspection results are cached.

use super::authorization_server::AuthorizationServer;
use super::{READER, introspection, read_by_alice, start_node};

const TOKEN: &str = "the-opaque-token-of-alice";

#[tokio::test]
async fn i6_an_active_token_is_introspected_once_over_http() {
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    let node = start_node(introspection(&server)).await;
    for _ in 0..10 {
        node.expect(TOKEN, read_by_alice()).await;
    }
    assert_eq!(server.count(), 1);
}
