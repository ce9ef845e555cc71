//! All scopes, so that a typing error does not compile.

use auth_runtime::Scope;

// For customers.
pub(crate) const ACCOUNT_WRITE: Scope = Scope::new("account:write");
pub(crate) const ORDERS_READ: Scope = Scope::new("orders:read");
pub(crate) const ORDERS_WRITE: Scope = Scope::new("orders:write");
pub(crate) const PAYMENTS_WRITE: Scope = Scope::new("payments:write");
pub(crate) const REVIEWS_WRITE: Scope = Scope::new("reviews:write");

// For partners.
pub(crate) const OFFERS_READ: Scope = Scope::new("offers:read");
pub(crate) const OFFERS_WRITE: Scope = Scope::new("offers:write");
pub(crate) const PAYOUTS_READ: Scope = Scope::new("payouts:read");
pub(crate) const SHIPMENTS_WRITE: Scope = Scope::new("shipments:write");
pub(crate) const STOCK_READ: Scope = Scope::new("stock:read");
pub(crate) const STOCK_WRITE: Scope = Scope::new("stock:write");

pub(crate) const OF_CUSTOMERS: [Scope; 5] = [
    ACCOUNT_WRITE,
    ORDERS_READ,
    ORDERS_WRITE,
    PAYMENTS_WRITE,
    REVIEWS_WRITE,
];

/// All scopes that the issuer of the partners can grant. Others in their tokens are ignored.
pub(crate) const OF_PARTNERS: [Scope; 6] = [
    OFFERS_READ,
    OFFERS_WRITE,
    PAYOUTS_READ,
    SHIPMENTS_WRITE,
    STOCK_READ,
    STOCK_WRITE,
];
