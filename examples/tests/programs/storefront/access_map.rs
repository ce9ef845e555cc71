//! The access map that `storefront --map` prints.

use expect_test::expect_file;

use super::STOREFRONT;
use crate::process;

/// A route that is lost, or that is open to others than before, is a difference to look at;
/// `UPDATE_EXPECT=1 cargo test -p auth-examples` takes it over.
#[test]
fn the_access_map_of_the_storefront_matches_the_reviewed_one() {
    let output = process::run(STOREFRONT, &["--map", "text"], &[]);
    assert!(output.status.success(), "{output:?}");
    let map = String::from_utf8(output.stdout).unwrap();
    expect_file!["map.txt"].assert_eq(&map);
}

#[test]
fn an_unknown_access_map_format_is_reported() {
    let output = process::run(STOREFRONT, &["--map", "poem"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("poem"), "{message}");
}
