//! The `Auth` of a middleware that was added to a router.

use crate::auth::Auth;
use crate::web::auth_cell::AuthCell;

/// The cell of a middleware, and the `Auth` that it will get.
pub(in crate::web) struct LayerCell {
    pub(super) cell: AuthCell,
    pub(super) auth: Option<Auth>,
}

impl LayerCell {
    pub(in crate::web) fn new(cell: AuthCell) -> Self {
        Self { cell, auth: None }
    }
}
