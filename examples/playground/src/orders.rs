//! The API: a shop whose orders are in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use auth_runtime::{
    Allowed, CheckError, Checked, Identity, Role, Scope, optional_auth, require_auth,
};
use axum::Json;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::app::App;

const ORDERS_READ: Scope = Scope::new("orders:read");
const ORDERS_WRITE: Scope = Scope::new("orders:write");
pub(crate) const SUPPORT: Role = Role::new("support");

/// The number of orders that are kept. The oldest ones are removed.
const MAX_ORDERS: usize = 100;

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Placed,
    Refunded,
}

#[derive(Clone, Serialize)]
pub(crate) struct Order {
    number: u32,
    /// The subject. All credentials here have the same issuer; otherwise this would be an `IdentityId`.
    owner: String,
    item: String,
    quantity: u32,
    status: Status,
}

#[derive(Clone)]
pub(crate) struct Orders {
    by_number: Arc<Mutex<BTreeMap<u32, Order>>>,
}

impl FromRef<App> for Orders {
    fn from_ref(app: &App) -> Self {
        app.orders.clone()
    }
}

impl Orders {
    /// Two orders of alice and one of bob.
    pub(crate) fn example() -> Self {
        let orders = Self {
            by_number: Arc::default(),
        };
        for (owner, item, quantity) in [
            ("alice", "sencha", 2),
            ("bob", "mug", 1),
            ("alice", "mug", 4),
        ] {
            orders.place(owner, item.to_owned(), quantity);
        }
        orders
    }

    fn place(&self, owner: &str, item: String, quantity: u32) -> Order {
        let mut orders = self.by_number();
        let last = orders.last_key_value().map_or(0, |(number, _)| *number);
        let order = Order {
            number: last.saturating_add(1),
            owner: owner.to_owned(),
            item,
            quantity,
            status: Status::Placed,
        };
        orders.insert(order.number, order.clone());
        if orders.len() > MAX_ORDERS {
            orders.pop_first();
        }
        order
    }

    fn by_number(&self) -> MutexGuard<'_, BTreeMap<u32, Order>> {
        self.by_number
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Serialize)]
pub(crate) struct Price {
    item: &'static str,
    cents: u32,
}

/// Callers pay less. A caller whose credential is invalid gets 401.
#[optional_auth]
pub(crate) async fn catalogue(caller: Option<Identity>) -> Json<[Price; 2]> {
    let percent: u32 = if caller.is_some() { 90 } else { 100 };
    let price = |item, cents| Price {
        item,
        cents: cents * percent / 100,
    };
    Json([price("sencha", 650), price("mug", 1200)])
}

#[derive(Serialize)]
pub(crate) struct Me {
    subject: String,
    credential: &'static str,
    scopes: Vec<String>,
    roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_since_login: Option<u64>,
}

#[require_auth]
pub(crate) async fn me(caller: Identity) -> Json<Me> {
    Json(Me::of(&caller))
}

impl Me {
    fn of(caller: &Identity) -> Self {
        let age = |time| SystemTime::now().duration_since(time).unwrap_or_default();
        Self {
            subject: caller.subject().to_owned(),
            credential: caller.scheme().as_str(),
            scopes: caller.scopes().iter().map(str::to_owned).collect(),
            roles: caller.roles().map(str::to_owned).collect(),
            acr: caller.acr().map(str::to_owned),
            seconds_since_login: caller.authentication_time().map(|time| age(time).as_secs()),
        }
    }
}

/// The caller's own orders.
#[require_auth(scope = ORDERS_READ)]
pub(crate) async fn list(caller: Identity, State(orders): State<Orders>) -> Json<Vec<Order>> {
    let orders = orders.by_number();
    let own = orders
        .values()
        .filter(|order| order.owner == caller.subject());
    Json(own.cloned().collect())
}

#[derive(Deserialize)]
pub(crate) struct Basket {
    item: String,
    quantity: u32,
}

#[require_auth(scope = ORDERS_WRITE)]
pub(crate) async fn place(
    caller: Identity,
    State(orders): State<Orders>,
    Json(Basket { item, quantity }): Json<Basket>,
) -> (StatusCode, Json<Order>) {
    let order = orders.place(caller.subject(), item, quantity);
    (StatusCode::CREATED, Json(order))
}

/// The check has loaded the order and passes it on.
#[require_auth(
    scope = ORDERS_READ,
    check("owns the order") = |caller: Identity, State(orders): State<Orders>, Path(number): Path<u32>| {
        let order = orders.by_number().get(&number).cloned();
        let order = order.ok_or_else(CheckError::not_found)?;
        Allowed::when(order.owner == caller.subject(), order)
    },
)]
pub(crate) async fn show(Checked(order): Checked<Order>) -> Json<Order> {
    Json(order)
}

#[require_auth(role = SUPPORT)]
pub(crate) async fn delete(State(orders): State<Orders>, Path(number): Path<u32>) -> StatusCode {
    match orders.by_number().remove(&number) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

/// Needs the password again, at most a minute ago (RFC 9470).
#[require_auth(role = SUPPORT, acr = "urn:playground:confirmed", max_age = "1m")]
pub(crate) async fn refund(
    State(orders): State<Orders>,
    Path(number): Path<u32>,
) -> Result<Json<Order>, StatusCode> {
    let mut orders = orders.by_number();
    let order = orders.get_mut(&number).ok_or(StatusCode::NOT_FOUND)?;
    order.status = Status::Refunded;
    Ok(Json(order.clone()))
}

#[derive(Serialize)]
pub(crate) struct Takings {
    cents: u32,
}

/// Other callers get 404, as if there were no such route.
#[require_auth(role = SUPPORT, hide)]
pub(crate) async fn takings() -> Json<Takings> {
    Json(Takings { cents: 12_345 })
}

/// A till sends a name and a password with each request.
#[require_auth(scheme = "basic")]
pub(crate) async fn till(caller: Identity) -> Json<Me> {
    Json(Me::of(&caller))
}
