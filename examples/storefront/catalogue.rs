//! What there is to buy: open to everybody, dearer for those we don't know.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_runtime::routing::{delete, get};
use auth_runtime::{
    CheckError, Identity, IdentityId, Router, allow_anonymous, optional_auth, require_auth,
};
use axum::extract::{Json, Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::answers::{NOT_FOUND, Problem};
use crate::policies::MODERATOR;
use crate::scopes;
use crate::trust::PARTNERS;

pub(crate) fn routes() -> Router<Catalogue> {
    Router::new()
        .route("/", get(list_products))
        .route("/search", get(search))
        .route("/{sku}", get(show_product))
        .route("/{sku}/reviews", get(list_reviews).post(write_review))
        .route("/{sku}/reviews/{number}", delete(remove_review))
}

/// Who is logged in sees members' prices; a bad token is a 401 and never a stranger.
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

#[allow_anonymous(reason = "reviews are for everybody to read")]
async fn list_reviews(
    State(catalogue): State<Catalogue>,
    Path(sku): Path<String>,
) -> Result<Json<Vec<String>>, Problem> {
    let product = catalogue.find(&sku).ok_or(NOT_FOUND)?;
    Ok(Json(
        product.reviews.into_values().map(|it| it.text).collect(),
    ))
}

/// Who can be written to if there is anything wrong with what they say.
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

/// What stands in for a database of products.
#[derive(Clone)]
pub(crate) struct Catalogue(Arc<Mutex<Vec<Product>>>);

#[derive(Clone)]
pub(crate) struct Product {
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) cents: u32,
    pub(crate) stock: u32,
    /// The partner who sells it.
    pub(crate) seller: IdentityId,
    reviews: BTreeMap<u32, Review>,
}

#[derive(Clone)]
struct Review {
    author: IdentityId,
    text: String,
}

/// A product as a caller sees it.
#[derive(Serialize)]
pub(crate) struct Offer {
    sku: String,
    name: String,
    cents: u32,
}

impl Product {
    pub(crate) fn new(sku: &str, name: &str, cents: u32, seller: &str) -> Self {
        Self {
            sku: sku.to_owned(),
            name: name.to_owned(),
            cents,
            stock: 40,
            seller: IdentityId::new(PARTNERS, seller),
            reviews: BTreeMap::new(),
        }
    }

    pub(crate) fn reviewed(mut self, author: IdentityId, text: &str) -> Self {
        let text = text.to_owned();
        self.review(Review { author, text });
        self
    }

    fn review(&mut self, review: Review) {
        let number = self.reviews.keys().last().map_or(1, |last| last + 1);
        self.reviews.insert(number, review);
    }

    fn offer(&self, to_a_member: bool) -> Offer {
        Offer {
            sku: self.sku.clone(),
            name: self.name.clone(),
            cents: if to_a_member {
                self.cents * 9 / 10
            } else {
                self.cents
            },
        }
    }
}

impl Catalogue {
    pub(crate) fn of(products: impl IntoIterator<Item = Product>) -> Self {
        Self(Arc::new(Mutex::new(products.into_iter().collect())))
    }

    pub(crate) fn offers(
        &self,
        wanted: impl Fn(&Product) -> bool,
        to_a_member: bool,
    ) -> Vec<Offer> {
        let products = self.products();
        let wanted = products.iter().filter(|product| wanted(product));
        wanted.map(|product| product.offer(to_a_member)).collect()
    }

    pub(crate) fn find(&self, sku: &str) -> Option<Product> {
        let products = self.products();
        products.iter().find(|product| product.sku == sku).cloned()
    }

    pub(crate) fn add(&self, product: Product) {
        self.products().push(product);
    }

    /// `None` if there is no such product.
    pub(crate) fn change<T>(&self, sku: &str, change: impl FnOnce(&mut Product) -> T) -> Option<T> {
        let mut products = self.products();
        let product = products.iter_mut().find(|product| product.sku == sku)?;
        Some(change(product))
    }

    fn author(&self, sku: &str, number: u32) -> Option<IdentityId> {
        Some(self.find(sku)?.reviews.remove(&number)?.author)
    }

    fn products(&self) -> MutexGuard<'_, Vec<Product>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
