//! The guide lists the counters of the crate.

use std::collections::BTreeSet;

const CODE: &str = include_str!("../../auth-runtime/src/counters.rs");
const PAGE: &str = include_str!("../../auth-runtime/src/guide/errors_and_logs.md");

/// The names of counters that are written between two of `quote`.
fn counters(text: &'static str, quote: char) -> BTreeSet<&'static str> {
    text.split(quote)
        .filter(|word| word.starts_with("auth_") && word.ends_with("_total"))
        .collect()
}

#[test]
fn the_guide_lists_every_counter_and_no_other() {
    let counted = counters(CODE, '"');
    assert!(counted.len() >= 5, "only {counted:?}");
    assert_eq!(counters(PAGE, '`'), counted);
}
