//! Orders. Customers see their own; a check loads the order and compares its owner.

mod store;
mod updates;

use auth_runtime::routing::{get, post, put};
use auth_runtime::{Checked, Identity, Router, require_auth};
use axum::body::Bytes;
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

pub(crate) use self::store::{Order, Orders, Status};
use crate::answers::{CONFLICT, NOT_FOUND, Problem};
use crate::policies::CanRefund;
use crate::scopes;

pub(crate) fn routes() -> Router<Orders> {
    Router::new()
        .route("/", get(list_orders).post(place_order))
        .route("/updates", get(updates::follow))
        .route("/{number}", get(show_order).delete(cancel_order))
        .route("/{number}/invoice", get(invoice))
        .route("/{number}/payment", post(pay))
        .route("/{number}/photo", put(add_photo))
}

#[require_auth(scope = scopes::ORDERS_READ)]
async fn list_orders(caller: Identity, State(orders): State<Orders>) -> Json<Vec<Order>> {
    Json(orders.of(caller.id()))
}

#[derive(Deserialize)]
struct Basket {
    sku: String,
    quantity: u32,
}

#[require_auth(scope = scopes::ORDERS_WRITE)]
async fn place_order(
    caller: Identity,
    State(orders): State<Orders>,
    Json(Basket { sku, quantity }): Json<Basket>,
) -> (StatusCode, Json<Order>) {
    let order = orders.place(caller.id(), &sku, quantity);
    (StatusCode::CREATED, Json(order))
}

/// The check has loaded the order and passes it on.
#[require_auth(
    scope = scopes::ORDERS_READ,
    check("owns the order") = |caller: Identity, orders: State<Orders>, number: Path<u32>|
        orders.owned(*number, &caller),
)]
async fn show_order(Checked(order): Checked<Order>) -> Json<Order> {
    Json(order)
}

#[require_auth(
    scope = scopes::ORDERS_WRITE,
    check("owns the order") = |caller: Identity, orders: State<Orders>, number: Path<u32>|
        orders.owned(*number, &caller),
)]
async fn cancel_order(
    Checked(order): Checked<Order>,
    State(orders): State<Orders>,
) -> Result<StatusCode, Problem> {
    if order.status == Status::Shipped {
        return Err(CONFLICT);
    }
    orders.set(order.number, Status::Cancelled);
    Ok(StatusCode::NO_CONTENT)
}

/// If the first rule is satisfied, the check does not run and `loaded` is `None`.
#[require_auth(any(
    policy = CanRefund,
    all(
        scope = scopes::ORDERS_READ,
        check("owns the order") = |caller: Identity, orders: State<Orders>, number: Path<u32>|
            orders.owned(*number, &caller),
    ),
))]
async fn invoice(
    loaded: Option<Checked<Order>>,
    State(orders): State<Orders>,
    Path(number): Path<u32>,
) -> Result<String, Problem> {
    let order = match loaded {
        Some(Checked(order)) => order,
        None => orders.find(number).ok_or(NOT_FOUND)?,
    };
    Ok(format!("Invoice {}: {} cents\n", order.number, order.cents))
}

/// A payment needs a recent login with two factors. Otherwise the challenge of the 401 asks for it (RFC 9470).
#[require_auth(
    scope = scopes::PAYMENTS_WRITE,
    check("owns the order") = |caller: Identity, orders: State<Orders>, number: Path<u32>|
        orders.owned(*number, &caller),
    acr = "urn:storefront:two-factors",
    max_age = "5m",
)]
async fn pay(
    Checked(order): Checked<Order>,
    State(orders): State<Orders>,
) -> Result<&'static str, Problem> {
    if order.status == Status::Shipped {
        return Err(CONFLICT);
    }
    orders.set(order.number, Status::Paid);
    Ok("thank you\n")
}

/// A photo of a damaged product. The body is not read before the rule is satisfied.
#[require_auth(
    scope = scopes::ORDERS_WRITE,
    check("owns the order") = |caller: Identity, orders: State<Orders>, number: Path<u32>|
        orders.owned(*number, &caller),
)]
async fn add_photo(Checked(order): Checked<Order>, photo: Bytes) -> String {
    format!("{} bytes for order {}\n", photo.len(), order.number)
}
