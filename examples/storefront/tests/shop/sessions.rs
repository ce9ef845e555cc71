//! The list of sessions.

use crate::browser::{Browser, location};
use crate::callers::{ALICE, SAM};
use crate::shop::Shop;

/// The paths of the buttons that end a session.
fn buttons(page: &str) -> Vec<String> {
    let actions = page.split(r#"action=""#).skip(1);
    let actions = actions.filter_map(|rest| rest.split('"').next());
    let ends = actions.filter(|action| action.ends_with("/end"));
    ends.map(str::to_owned).collect()
}

#[test]
fn one_session_can_be_ended_from_another_device() {
    let shop = Shop::open();
    let [here, there] = [Browser::open(&shop), Browser::open(&shop)];
    here.log_in(ALICE);
    there.log_in(ALICE);
    let page = here.get("/settings/sessions").body;
    assert_eq!(page.matches("<h2>curl").count(), 2, "{page}");
    assert_eq!(page.matches("This device").count(), 1, "{page}");
    // The session of this device has no such button.
    let [end] = &buttons(&page)[..] else {
        panic!("{page}")
    };

    let ended = here.post(end, &[]);
    assert_eq!(
        location(&ended),
        Some("/settings/sessions?done=session-ended")
    );
    assert_eq!(here.get("/settings").status, 200);
    assert_eq!(
        location(&there.get("/settings")),
        Some("/login?next=%2Fsettings")
    );
    assert_eq!(buttons(&here.get("/settings/sessions").body), [""; 0]);
}

#[test]
fn nobody_ends_the_session_of_another_user() {
    let shop = Shop::open();
    let [alice, her_phone, sam] = [(); 3].map(|()| Browser::open(&shop));
    alice.log_in(ALICE);
    her_phone.log_in(ALICE);
    sam.log_in(SAM);
    assert_eq!(buttons(&sam.get("/settings/sessions").body), [""; 0]);
    let [end] = &buttons(&alice.get("/settings/sessions").body)[..] else {
        panic!("one button")
    };
    sam.post(end, &[]);
    assert_eq!(her_phone.get("/settings").status, 200);
}

#[test]
fn log_out_everywhere_ends_all_sessions_of_the_user_only() {
    let shop = Shop::open();
    let [alice, her_phone, sam] = [(); 3].map(|()| Browser::open(&shop));
    alice.log_in(ALICE);
    her_phone.log_in(ALICE);
    sam.log_in(SAM);
    let response = her_phone.post("/logout/everywhere", &[]);
    assert_eq!(location(&response), Some("/login?done=logged-out"));
    for browser in [&alice, &her_phone] {
        assert_eq!(
            location(&browser.get("/settings")),
            Some("/login?next=%2Fsettings")
        );
    }
    assert_eq!(sam.get("/settings").status, 200);
}
