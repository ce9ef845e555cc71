//! For the partners who sell in the shop: tokens of their issuer, and API keys for their machines.

use auth_runtime::routing::{get, post, put};
use auth_runtime::{CheckError, Identity, Router, require_auth};
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::catalogue::{Catalogue, Offer};
use crate::scopes;

pub(crate) fn routes() -> Router<Catalogue> {
    Router::new()
        .route("/me", get(show_partner))
        .route("/offers", get(list_offers))
        .route("/offers/{sku}/price", put(set_price))
        .route("/shipments", post(announce_shipment))
        .route("/payouts", get(list_payouts))
}

#[require_auth]
async fn show_partner(caller: Identity) -> String {
    format!("{} by {}\n", caller.subject(), caller.scheme())
}

#[require_auth(scope = scopes::OFFERS_READ)]
async fn list_offers(caller: Identity, State(catalogue): State<Catalogue>) -> Json<Vec<Offer>> {
    Json(catalogue.offers(|product| product.seller == *caller.id(), false))
}

#[require_auth(
    scope = scopes::OFFERS_WRITE,
    check("sells the product") = |
        caller: Identity,
        State(catalogue): State<Catalogue>,
        Path(sku): Path<String>,
    | {
        let product = catalogue.find(&sku).ok_or_else(CheckError::not_found)?;
        product.seller == *caller.id()
    },
)]
async fn set_price(
    State(catalogue): State<Catalogue>,
    Path(sku): Path<String>,
    Json(cents): Json<u32>,
) -> StatusCode {
    catalogue.change(&sku, |product| product.cents = cents);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Shipment {
    sku: String,
    quantity: u32,
}

/// For machines only: an API key is required.
#[require_auth(scope = scopes::SHIPMENTS_WRITE, scheme = "api_key")]
async fn announce_shipment(
    caller: Identity,
    Json(Shipment { sku, quantity }): Json<Shipment>,
) -> (StatusCode, String) {
    let from = caller.subject();
    (
        StatusCode::ACCEPTED,
        format!("{quantity} of {sku} from {from}\n"),
    )
}

/// Hidden: a caller without the scope gets 404.
#[require_auth(scope = scopes::PAYOUTS_READ, hide)]
async fn list_payouts(caller: Identity) -> String {
    format!("{} gets 1200.00\n", caller.subject())
}
