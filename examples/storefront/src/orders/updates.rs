//! A WebSocket: the client sends the number of an order, and gets its status.

use auth_runtime::{Identity, IdentityId, require_auth};
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;

use super::Orders;
use crate::scopes;

/// Guarded as any other handler: a denied request gets 401 or 403, and no upgrade.
#[require_auth(scope = scopes::ORDERS_READ)]
pub(super) async fn follow(
    caller: Identity,
    State(orders): State<Orders>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let owner = caller.id().clone();
    upgrade.on_upgrade(|socket| talk(socket, owner, orders))
}

async fn talk(mut socket: WebSocket, owner: IdentityId, orders: Orders) {
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(number) = message else {
            continue;
        };
        let answer = status(&number, &owner, &orders);
        if socket.send(Message::Text(answer.into())).await.is_err() {
            return;
        }
    }
}

/// The guard checked the scope once. The owner of each order is checked here.
fn status(number: &str, owner: &IdentityId, orders: &Orders) -> String {
    let order = number.parse().ok().and_then(|number| orders.find(number));
    match order.filter(|order| order.owner == *owner) {
        Some(order) => format!("order {number}: {:?}", order.status),
        None => format!("no order {number}"),
    }
}
