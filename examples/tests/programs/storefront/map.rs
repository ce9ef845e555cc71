//! `--map`.

use crate::process;

use super::STOREFRONT;

#[test]
fn what_it_has_no_map_for_it_says() {
    let output = process::run(STOREFRONT, &["--map", "poem"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("poem"), "{message}");
}
