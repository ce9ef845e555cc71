//! The rules that have a name, because more than one place needs them.

use auth_runtime::{Role, policy};

use crate::scopes;

pub(crate) const ADMIN: Role = Role::new("admin");
pub(crate) const MODERATOR: Role = Role::new("moderator");
pub(crate) const SUPPORT: Role = Role::new("support");

/// Whoever works here.
#[policy(any(role = SUPPORT, role = MODERATOR, role = ADMIN))]
pub(crate) struct Staff;

/// Money goes back to customers.
#[policy(any(role = SUPPORT, role = ADMIN))]
pub(crate) struct CanRefund;

/// How much there is of a product.
#[policy(scope = scopes::STOCK_READ)]
pub(crate) struct ReadsStock;

/// Somebody has counted it.
#[policy(scope = scopes::STOCK_WRITE)]
pub(crate) struct CountsStock;
