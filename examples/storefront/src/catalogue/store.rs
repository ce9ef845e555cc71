//! Products in memory, in place of a database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_runtime::IdentityId;
use serde::Serialize;

use crate::trust::PARTNERS;

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
    pub(super) reviews: BTreeMap<u32, Review>,
}

#[derive(Clone)]
pub(super) struct Review {
    pub(super) author: IdentityId,
    pub(super) text: String,
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

    pub(super) fn review(&mut self, review: Review) {
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

    pub(super) fn author(&self, sku: &str, number: u32) -> Option<IdentityId> {
        Some(self.find(sku)?.reviews.remove(&number)?.author)
    }

    fn products(&self) -> MutexGuard<'_, Vec<Product>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
