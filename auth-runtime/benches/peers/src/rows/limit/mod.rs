//! The limit: the least that the checks can cost. These are not guards to use: they have one issuer with one key, one
//! rule, no challenge, no revocation and no way to change keys.

mod cold;
mod layer;
mod verify;
mod warm;

pub(super) use self::cold::build as cold;
pub(super) use self::layer::build as behind_layer;
pub(super) use self::warm::{build as warm, thousand_scopes};
