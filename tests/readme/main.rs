//! The tests that the README shows, run as they stand there.

#![allow(
    clippy::unwrap_used,
    reason = "what readers paste is short, and a test may stop"
)]

mod access_map;
mod testing;

#[test]
fn the_readme_shows_the_tested_files() {
    let readme = include_str!("../../README.md");
    for (name, text) in [
        ("testing.rs", include_str!("testing.rs")),
        ("access_map.rs", include_str!("access_map.rs")),
        ("access_map.txt", include_str!("access_map.txt")),
    ] {
        assert!(
            readme.contains(text),
            "the README does not show tests/readme/{name} as it is"
        );
    }
}
