//! Orders in memory, in place of a database.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_runtime::{Allowed, CheckError, Identity, IdentityId};
use serde::Serialize;

#[derive(Clone, Default)]
pub(crate) struct Orders(Arc<Mutex<Vec<Order>>>);

#[derive(Clone, Serialize)]
pub(crate) struct Order {
    pub(crate) number: u32,
    pub(crate) sku: String,
    pub(crate) cents: u32,
    pub(crate) status: Status,
    /// Issuer and subject. Another issuer may give the same subject to another user.
    #[serde(skip)]
    pub(crate) owner: IdentityId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Placed,
    Paid,
    Shipped,
    Cancelled,
    Refunded,
}

impl Orders {
    pub(crate) fn place(&self, owner: &IdentityId, sku: &str, quantity: u32) -> Order {
        let mut orders = self.orders();
        let order = Order {
            number: orders.last().map_or(1, |last| last.number + 1),
            sku: sku.to_owned(),
            cents: quantity.saturating_mul(650),
            status: Status::Placed,
            owner: owner.clone(),
        };
        orders.push(order.clone());
        order
    }

    /// The order, if the caller owns it: for checks.
    pub(crate) fn owned(
        &self,
        number: u32,
        caller: &Identity,
    ) -> Result<Allowed<Order>, CheckError> {
        let order = self.find(number).ok_or_else(CheckError::not_found)?;
        Ok(Allowed::when(order.owner == *caller.id(), order))
    }

    pub(crate) fn find(&self, number: u32) -> Option<Order> {
        let orders = self.orders();
        orders.iter().find(|order| order.number == number).cloned()
    }

    pub(crate) fn of(&self, owner: &IdentityId) -> Vec<Order> {
        let orders = self.orders();
        let own = orders.iter().filter(|order| order.owner == *owner);
        own.cloned().collect()
    }

    pub(crate) fn all(&self) -> Vec<Order> {
        self.orders().clone()
    }

    /// `None` if there is no such order.
    pub(crate) fn set(&self, number: u32, status: Status) -> Option<Order> {
        let mut orders = self.orders();
        let order = orders.iter_mut().find(|order| order.number == number)?;
        order.status = status;
        Some(order.clone())
    }

    pub(crate) fn remove_all_of(&self, owner: &IdentityId) {
        self.orders().retain(|order| order.owner != *owner);
    }

    fn orders(&self) -> MutexGuard<'_, Vec<Order>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
