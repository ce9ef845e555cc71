//! The test that the README shows, run as it stands there.

#![allow(
    clippy::unwrap_used,
    reason = "what readers paste is short, and a test may stop"
)]

mod testing;

#[test]
fn the_readme_shows_this_test() {
    let readme = include_str!("../../README.md");
    assert!(
        readme.contains(include_str!("testing.rs")),
        "the README does not show tests/readme/testing.rs as it is"
    );
}
