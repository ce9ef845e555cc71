//! API keys that a user creates and revokes with a browser.

use example_runner::{Response, curl};

use crate::browser::{Browser, location};
use crate::callers::{ALICE, SAM};
use crate::shop::Shop;

const CODES: [&str; 2] = ["2846-9173-0562", "7315 0428 9961"];
const TWO_FACTORS: &str =
    "/login?acr_values=urn%3Astorefront%3Atwo-factors&next=%2Fsettings%2Fkeys%2Fnew";

/// The key that the page shows.
fn key(page: &Response) -> String {
    let (_, rest) = page.body.split_once(r#"<code id="key">"#).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

fn send(shop: &Shop, path: &str, key: &str) -> u16 {
    let header = format!("Authorization: Bearer {key}");
    curl(&[&shop.url(path), "--header", &header]).status
}

#[test]
fn a_key_works_until_it_is_revoked() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    browser.log_in_with_code(ALICE, CODES[0]);
    let fields = [
        ("description", "export <b>"),
        ("scope", "orders:read"),
        // Alice does not have it.
        ("scope", "stock:write"),
        ("days", "30"),
    ];
    let page = browser.post("/settings/keys", &fields);
    assert_eq!(page.status, 200);
    let key = key(&page);
    assert_eq!(send(&shop, "/orders/1", &key), 200);
    // Of the scopes of Alice, the key has only those that were chosen.
    let header = format!("Authorization: Bearer {key}");
    let arguments = ["--request", "DELETE", "--header", &header];
    assert_eq!(
        curl(&[&[&*shop.url("/orders/1")], &arguments[..]].concat()).status,
        403
    );
    // A key is no session.
    assert_eq!(send(&shop, "/settings", &key), 401);

    let list = browser.get("/settings/keys").body;
    assert!(list.contains("export &lt;b&gt;"), "{list}");
    assert!(!list.contains("stock:write"), "{list}");
    assert!(!list.contains(&key), "{list}");
    let (_, rest) = list.split_once(r#"action="/settings/keys/"#).unwrap();
    let revoke = format!("/settings/keys/{}", rest.split('"').next().unwrap());

    // Somebody else can't revoke it.
    let sam = Browser::open(&shop);
    sam.log_in(SAM);
    sam.post(&revoke, &[]);
    assert_eq!(send(&shop, "/orders/1", &key), 200);

    let revoked = browser.post(&revoke, &[]);
    assert_eq!(location(&revoked), Some("/settings/keys?done=key-revoked"));
    assert_eq!(send(&shop, "/orders/1", &key), 401);
    assert!(!browser.get("/settings/keys").body.contains("export"));
}

#[test]
fn a_new_key_needs_a_log_in_with_two_factors() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    browser.log_in(ALICE);
    assert_eq!(
        location(&browser.get("/settings/keys/new")),
        Some(TWO_FACTORS)
    );
    let fields = [("description", "export")];
    assert_eq!(browser.post("/settings/keys", &fields).status, 401);
    assert!(browser.get(TWO_FACTORS).body.contains("One-time code"));

    let wrong = browser.log_in_with_code(ALICE, "1111-1111-1111");
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains(r##"<a href="#code">"##), "{wrong:?}");
    assert_eq!(
        location(&browser.get("/settings/keys/new")),
        Some(TWO_FACTORS)
    );

    let again = browser.log_in_with_code(ALICE, CODES[0]);
    assert_eq!(location(&again), Some("/settings/keys/new"));
    assert_eq!(browser.get("/settings/keys/new").status, 200);
    // The old session ended.
    let list = browser.get("/settings/sessions").body;
    assert_eq!(list.matches("<h2>").count(), 1, "{list}");
}

#[test]
fn a_one_time_code_works_once() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    assert_eq!(browser.log_in_with_code(ALICE, CODES[0]).status, 303);
    assert_eq!(browser.log_in_with_code(ALICE, CODES[0]).status, 400);
    assert_eq!(browser.log_in_with_code(ALICE, CODES[1]).status, 303);
    // Sam has none.
    assert_eq!(browser.log_in_with_code(SAM, CODES[1]).status, 400);
}

#[test]
fn a_key_needs_a_description_and_there_are_twenty_at_most() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    browser.log_in_with_code(ALICE, CODES[0]);
    let create = |description: &str| {
        let fields = [("description", description)];
        browser.post("/settings/keys", &fields).status
    };
    assert_eq!(create(" "), 400);
    assert_eq!(create(&"x".repeat(81)), 400);
    for _ in 0..20 {
        assert_eq!(create("export"), 200);
    }
    assert_eq!(create("export"), 400);
}
