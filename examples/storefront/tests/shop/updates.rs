//! The WebSocket, with a client that is not axum's.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::callers::customer;
use crate::shop::Shop;

/// The socket, or the status instead of one.
async fn follow(
    shop: &Shop,
    scope: Option<&str>,
) -> Result<
    impl StreamExt<Item = Result<Message, Error>> + SinkExt<Message, Error = Error> + use<>,
    u16,
> {
    let url = format!("ws://{}/orders/updates", shop.address);
    let mut request = url.into_client_request().unwrap();
    if let Some(scope) = scope {
        let token = customer("alice").scope(scope).sign();
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", value);
    }
    match connect_async(request).await {
        Ok((socket, response)) => {
            assert_eq!(response.status(), 101);
            Ok(socket)
        }
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_caller_without_the_scope_gets_no_websocket_upgrade() {
    let shop = Shop::open();
    assert_eq!(follow(&shop, None).await.err(), Some(401));
    assert_eq!(follow(&shop, Some("orders:write")).await.err(), Some(403));
}

#[tokio::test]
async fn a_caller_with_the_scope_gets_updates_about_their_own_orders() {
    let shop = Shop::open();
    let mut socket = follow(&shop, Some("orders:read")).await.unwrap();
    for (number, answer) in [("1", "order 1: Placed"), ("2", "no order 2")] {
        socket.send(Message::text(number)).await.unwrap();
        let message = socket.next().await.unwrap().unwrap();
        assert_eq!(message, Message::text(answer));
    }
}
