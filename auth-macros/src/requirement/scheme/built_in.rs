//! The kinds of credentials that come with the runtime.

/// The names in the runtime's table of the same name, in the same order: `tests/ui` compares the two. They
/// are only used to guess what was meant. Any other name is for the runtime to refuse.
pub(crate) const BUILT_IN: [&str; 3] = ["bearer", "basic", "api_key"];
