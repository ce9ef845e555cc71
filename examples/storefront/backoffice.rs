//! For those who work here: the router asks for staff, and each handler for what it needs besides.

use auth_runtime::routing::{delete, get, post};
use auth_runtime::{Identity, IdentityId, Router, guard, require_auth};
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use tower_http::services::ServeDir;

use crate::answers::{NOT_FOUND, Problem};
use crate::catalogue::{Catalogue, Product};
use crate::orders::{Order, Orders, Status};
use crate::policies::{ADMIN, CanRefund, SUPPORT, Staff};
use crate::trust::ACCOUNTS;

#[derive(Clone)]
pub(crate) struct Backoffice {
    pub(crate) catalogue: Catalogue,
    pub(crate) orders: Orders,
}

pub(crate) fn routes() -> Router<Backoffice> {
    let handbook = ServeDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/storefront/handbook"));
    Router::new()
        .route("/orders", get(list_orders))
        .route("/orders/{number}/shipment", post(ship_order))
        .route("/orders/{number}/refund", post(refund_order))
        .route("/customers/{subject}", delete(forget_customer))
        .route("/products", post(add_product))
        .route("/whoami", get(whoami))
        // Files are no handlers: a policy that has a name stands before them.
        .nest_service("/handbook", guard::<CanRefund>().layer(handbook))
        // Asked before all of the above.
        .require::<Staff>()
}

#[require_auth(role = SUPPORT)]
async fn list_orders(State(backoffice): State<Backoffice>) -> Json<Vec<Order>> {
    Json(backoffice.orders.all())
}

/// Any of the staff: the router has asked for that already.
#[require_auth]
async fn ship_order(
    State(backoffice): State<Backoffice>,
    Path(number): Path<u32>,
) -> Result<Json<Order>, Problem> {
    let order = backoffice.orders.set(number, Status::Shipped);
    order.map(Json).ok_or(NOT_FOUND)
}

#[require_auth(policy = CanRefund)]
async fn refund_order(
    caller: Identity,
    State(backoffice): State<Backoffice>,
    Path(number): Path<u32>,
) -> Result<Json<Order>, Problem> {
    let order = backoffice.orders.set(number, Status::Refunded);
    let order = order.ok_or(NOT_FOUND)?;
    tracing::info!(by = caller.subject(), number, "refunded");
    Ok(Json(order))
}

/// What can't be undone is for an administrator who has just logged in.
#[require_auth(role = ADMIN, max_age = "5m")]
async fn forget_customer(
    State(backoffice): State<Backoffice>,
    Path(subject): Path<String>,
) -> StatusCode {
    let customer = IdentityId::new(ACCOUNTS, subject);
    backoffice.orders.remove_all_of(&customer);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct NewProduct {
    sku: String,
    name: String,
    cents: u32,
    seller: String,
}

#[require_auth(role = ADMIN)]
async fn add_product(
    State(backoffice): State<Backoffice>,
    Json(new): Json<NewProduct>,
) -> StatusCode {
    let product = Product::new(&new.sku, &new.name, new.cents, &new.seller);
    backoffice.catalogue.add(product);
    StatusCode::CREATED
}

#[require_auth]
async fn whoami(caller: Identity) -> String {
    let roles: Vec<_> = caller.roles().collect();
    format!("{}: {}\n", caller.subject(), roles.join(", "))
}
