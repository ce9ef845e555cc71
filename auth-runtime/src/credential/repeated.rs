//! Several values where a credential must be the only one.

/// There is more than one value where only one is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated;
