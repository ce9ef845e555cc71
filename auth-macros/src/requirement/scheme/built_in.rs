//! The names of the built-in schemes.

/// The same names, in the same order, as in the runtime's table of this name. `tests/ui` compares the two. The macros use
/// them only for suggestions; the runtime rejects unknown names.
pub(crate) const BUILT_IN: [&str; 4] = ["bearer", "basic", "api_key", "session"];
