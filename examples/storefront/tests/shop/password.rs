//! The change of a password.

use crate::browser::{Browser, location};
use crate::callers::ALICE;
use crate::shop::Shop;

const NEW: &str = "three pots of sencha";

#[test]
fn a_new_password_ends_all_sessions_but_starts_one_here() {
    let shop = Shop::open();
    let [here, there] = [Browser::open(&shop), Browser::open(&shop)];
    here.log_in(ALICE);
    there.log_in(ALICE);
    let before = here.cookie();
    let response = here.post("/settings/password", &[("password", NEW)]);
    assert_eq!(location(&response), Some("/settings?done=password-changed"));
    assert_ne!(here.cookie(), before);
    let page = here.get("/settings?done=password-changed");
    assert!(page.body.contains("Your password was changed."), "{page:?}");
    assert_eq!(
        location(&there.get("/settings")),
        Some("/login?next=%2Fsettings")
    );

    let (name, old) = ALICE;
    let old = there.post("/login", &[("name", name), ("password", old)]);
    assert_eq!(old.status, 400);
    there.log_in((name, NEW));
    // The user may still do the same.
    assert_eq!(there.get("/orders/1").status, 200);
}

#[test]
fn a_new_password_that_could_not_be_used_is_refused() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    browser.log_in(ALICE);
    let long = "x".repeat(1001);
    for password in ["fourteen chars", "\tsixteen and more", &long] {
        let page = browser.post("/settings/password", &[("password", password)]);
        assert_eq!(page.status, 400, "{password}");
        assert!(page.body.contains(r##"<a href="#password">"##), "{page:?}");
    }
    Browser::open(&shop).log_in(ALICE);
}
