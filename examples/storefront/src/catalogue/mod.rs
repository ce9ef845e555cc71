//! The products: public, with lower prices for members.

mod store;

use auth_runtime::routing::{delete, get};
use auth_runtime::{CheckError, Identity, Router, allow_anonymous, optional_auth, require_auth};
use axum::extract::{Json, Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use self::store::Review;
pub(crate) use self::store::{Catalogue, Offer, Product};
use crate::answers::{NOT_FOUND, Problem};
use crate::policies::MODERATOR;
use crate::scopes;

pub(crate) fn routes() -> Router<Catalogue> {
    Router::new()
        .route("/", get(list_products))
        .route("/search", get(search))
        .route("/{sku}", get(show_product))
        .route("/{sku}/reviews", get(list_reviews).post(write_review))
        .route("/{sku}/reviews/{number}", delete(remove_review))
}

/// An authenticated caller sees the prices of members. An invalid token gets 401, and not the public prices.
#[optional_auth]
async fn list_products(
    caller: Option<Identity>,
    State(catalogue): State<Catalogue>,
) -> Json<Vec<Offer>> {
    let is_member = caller.is_some();
    Json(catalogue.offers(|_| true, is_member))
}

#[derive(Deserialize)]
struct Search {
    q: String,
}

#[optional_auth]
async fn search(
    caller: Option<Identity>,
    State(catalogue): State<Catalogue>,
    Query(Search { q }): Query<Search>,
) -> Json<Vec<Offer>> {
    Json(catalogue.offers(|product| product.name.contains(&q), caller.is_some()))
}

#[optional_auth]
async fn show_product(
    caller: Option<Identity>,
    State(catalogue): State<Catalogue>,
    Path(sku): Path<String>,
) -> Result<Json<Offer>, Problem> {
    let offers = catalogue.offers(|product| product.sku == sku, caller.is_some());
    offers.into_iter().next().map(Json).ok_or(NOT_FOUND)
}

#[allow_anonymous(reason = "reviews are public")]
async fn list_reviews(
    State(catalogue): State<Catalogue>,
    Path(sku): Path<String>,
) -> Result<Json<Vec<String>>, Problem> {
    let product = catalogue.find(&sku).ok_or(NOT_FOUND)?;
    let reviews = product.reviews.into_values();
    Ok(Json(reviews.map(|review| review.text).collect()))
}

/// The author needs a verified address, for questions about the review.
#[require_auth(scope = scopes::REVIEWS_WRITE, claim("email_verified" = true))]
async fn write_review(
    caller: Identity,
    State(catalogue): State<Catalogue>,
    Path(sku): Path<String>,
    Json(text): Json<String>,
) -> Result<StatusCode, Problem> {
    let review = Review {
        author: caller.id().clone(),
        text,
    };
    catalogue
        .change(&sku, |product| product.review(review))
        .ok_or(NOT_FOUND)?;
    Ok(StatusCode::CREATED)
}

#[require_auth(any(
    role = MODERATOR,
    all(
        scope = scopes::REVIEWS_WRITE,
        check("wrote the review") = |
            caller: Identity,
            State(catalogue): State<Catalogue>,
            Path((sku, number)): Path<(String, u32)>,
        | {
            let author = catalogue.author(&sku, number).ok_or_else(CheckError::not_found)?;
            author == *caller.id()
        },
    ),
))]
async fn remove_review(
    State(catalogue): State<Catalogue>,
    Path((sku, number)): Path<(String, u32)>,
) -> StatusCode {
    catalogue.change(&sku, |product| product.reviews.remove(&number));
    StatusCode::NO_CONTENT
}
