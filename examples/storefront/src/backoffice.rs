//! For the staff: the router requires a staff role, and each handler may require more.

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
    let handbook = ServeDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/handbook"));
    Router::new()
        .route("/orders", get(list_orders))
        .route("/orders/{number}/shipment", post(ship_order))
        .route("/orders/{number}/refund", post(refund_order))
        .route("/customers/{subject}", delete(forget_customer))
        .route("/products", post(add_product))
        .route("/whoami", get(whoami))
        // `ServeDir` is not a handler, so a guard with a named policy goes in front of it.
        .nest_service("/handbook", guard::<CanRefund>().layer(handbook))
        // Checked in addition to the rules of the routes above.
        .require::<Staff>()
}

#[require_auth(role = SUPPORT)]
async fn list_orders(State(backoffice): State<Backoffice>) -> Json<Vec<Order>> {
    Json(backoffice.orders.all())
}

/// Any member of the staff, which the router requires.
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

/// This cannot be undone, so the administrator must have logged in recently.
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
