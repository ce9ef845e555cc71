//! The access map that `storefront --map` prints.

use example_runner::run;
use expect_test::expect_file;

use crate::shop::STOREFRONT;

/// Fails when a route or its rule changes, so that the change is reviewed.
/// `UPDATE_EXPECT=1 cargo test -p storefront` accepts the change.
#[test]
fn the_access_map_of_the_storefront_matches_the_reviewed_one() {
    let output = run(STOREFRONT, &["--map", "text"], &[]);
    assert!(output.status.success(), "{output:?}");
    let map = String::from_utf8(output.stdout).unwrap();
    expect_file!["map.txt"].assert_eq(&map);
}

#[test]
fn an_unknown_access_map_format_is_reported() {
    let output = run(STOREFRONT, &["--map", "poem"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("poem"), "{message}");
}
