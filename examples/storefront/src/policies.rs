//! The named rules, which more than one place uses.

use auth_runtime::{Role, policy};

use crate::scopes;

pub(crate) const ADMIN: Role = Role::new("admin");
pub(crate) const MODERATOR: Role = Role::new("moderator");
pub(crate) const SUPPORT: Role = Role::new("support");

/// A member of the staff.
#[policy(any(role = SUPPORT, role = MODERATOR, role = ADMIN))]
pub(crate) struct Staff;

/// May refund orders.
#[policy(any(role = SUPPORT, role = ADMIN))]
pub(crate) struct CanRefund;

/// May read the stock of a product.
#[policy(scope = scopes::STOCK_READ)]
pub(crate) struct ReadsStock;

/// May set the stock of a product.
#[policy(scope = scopes::STOCK_WRITE)]
pub(crate) struct CountsStock;
