//! Login and logout with a browser.

use crate::browser::{Browser, location};
use crate::callers::{ALICE, SAM};
use crate::shop::Shop;

const WRONG: [(&str, &str); 2] = [("name", "alice"), ("password", "guessed")];

#[test]
fn a_page_leads_to_the_log_in_page_and_from_there_back() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    let log_in = browser.get("/settings/sessions");
    assert_eq!(
        location(&log_in),
        Some("/login?next=%2Fsettings%2Fsessions")
    );
    let page = browser.get("/login?next=%2Fsettings%2Fsessions");
    let hidden = r#"<input type="hidden" name="next" value="/settings/sessions">"#;
    assert!(page.body.contains(hidden), "{page:?}");
    let (name, password) = ALICE;
    let fields = [
        ("name", name),
        ("password", password),
        ("next", "/settings/sessions"),
    ];
    assert_eq!(
        location(&browser.post("/login", &fields)),
        Some("/settings/sessions")
    );
    assert_eq!(browser.get("/settings/sessions").status, 200);
}

#[test]
fn a_caller_who_is_logged_in_is_asked_again_where_a_rule_needs_a_recent_log_in() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    browser.log_in(ALICE);
    let before = browser.cookie();
    let page = browser.get("/login?max_age=300&next=%2Fsettings%2Fpassword");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<h1>Log in again</h1>"), "{page:?}");
    let (name, password) = ALICE;
    let fields = [
        ("name", name),
        ("password", password),
        ("next", "/settings/password"),
    ];
    let again = browser.post("/login", &fields);
    assert_eq!(location(&again), Some("/settings/password"));
    assert_ne!(browser.cookie(), before);
}

#[test]
fn a_log_in_leads_to_no_other_site() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    let (name, password) = ALICE;
    for next in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let fields = [("name", name), ("password", password), ("next", next)];
        assert_eq!(
            location(&browser.post("/login", &fields)),
            Some("/settings")
        );
    }
}

#[test]
fn the_account_page_shows_who_is_logged_in_and_what_they_may_do() {
    let shop = Shop::open();
    let alice = Browser::open(&shop);
    alice.log_in(ALICE);
    let page = alice.get("/settings");
    assert_eq!(page.status, 200);
    for text in ["<dd>alice</dd>", "<code>orders:read</code>"] {
        assert!(page.body.contains(text), "{text}: {page:?}");
    }
    let sam = Browser::open(&shop);
    sam.log_in(SAM);
    assert!(sam.get("/settings").body.contains("<code>support</code>"));
}

#[test]
fn the_api_accepts_the_session_of_a_browser() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    browser.log_in(ALICE);
    let order = browser.get("/orders/1");
    assert_eq!(order.status, 200);
    assert!(order.body.contains("sencha"), "{order:?}");
    assert_eq!(browser.get("/orders/2").status, 403);
}

#[test]
fn a_wrong_password_shows_the_form_again_and_starts_no_session() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    let page = browser.post("/login", &WRONG);
    assert_eq!(page.status, 400);
    assert!(
        page.body.contains("The name or the password is wrong."),
        "{page:?}"
    );
    assert!(page.body.contains(r##"<a href="#password">"##), "{page:?}");
    assert!(!page.head.to_ascii_lowercase().contains("set-cookie"));
    assert!(!page.body.contains("guessed"), "{page:?}");
    // An unknown user gets the same page.
    let unknown = browser.post("/login", &[("name", "alise"), ("password", "guessed")]);
    assert_eq!(unknown.status, 400);
    assert_eq!(unknown.body.replace("alise", "alice"), page.body);
}

#[test]
fn after_too_many_wrong_passwords_the_right_one_has_to_wait() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    let mut statuses = (0..20).map(|_| browser.post("/login", &WRONG).status);
    assert!(statuses.any(|status| status == 429));
    let (name, password) = ALICE;
    let page = browser.post("/login", &[("name", name), ("password", password)]);
    assert_eq!(page.status, 429);
    assert!(page.head.to_ascii_lowercase().contains("\nretry-after: "));
    assert!(page.body.contains("too many attempts"), "{page:?}");
    // It is the account that waits, and not all of them.
    Browser::open(&shop).log_in(SAM);
}

#[test]
fn a_page_of_another_site_can_neither_log_in_nor_log_out() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    let (name, password) = SAM;
    let fields = [("name", name), ("password", password)];
    let refused = browser.post_from_elsewhere("/login", &fields);
    assert_eq!(refused.status, 403);
    assert!(!refused.head.to_ascii_lowercase().contains("set-cookie"));
    browser.log_in(ALICE);
    for path in ["/logout", "/logout/everywhere", "/settings/keys"] {
        let refused = browser.post_from_elsewhere(path, &[("description", "x")]);
        assert_eq!(refused.status, 403, "{path}");
        assert!(
            refused.body.contains("<h1>Not allowed</h1>"),
            "{path}: {refused:?}"
        );
    }
    assert!(browser.get("/settings").body.contains("<dd>alice</dd>"));
}

#[test]
fn after_the_log_out_the_cookie_is_gone_and_the_session_too() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    browser.log_in(ALICE);
    let cookie = browser.cookie();
    let get = || example_runner::curl(&[&shop.url("/orders"), "--header", &cookie]);
    assert_eq!(get().status, 200);
    let response = browser.post("/logout", &[]);
    assert_eq!(location(&response), Some("/login?done=logged-out"));
    assert!(response.head.contains("__Host-Http-sid=;"), "{response:?}");
    let page = browser.get("/login?done=logged-out");
    assert!(page.body.contains("You are logged out."), "{page:?}");
    assert_eq!(
        location(&browser.get("/settings")),
        Some("/login?next=%2Fsettings")
    );
    let copied = get();
    assert_eq!(copied.status, 401);
    assert!(copied.body.contains("session_expired"), "{copied:?}");
}

#[test]
fn a_form_of_a_page_whose_session_has_ended_gets_a_page() {
    let shop = Shop::open();
    let page = Browser::open(&shop).post("/settings/password", &[("password", "x")]);
    assert_eq!(page.status, 401);
    assert!(page.body.contains("<h1>Log in again</h1>"), "{page:?}");
}

#[test]
fn every_page_forbids_scripts_frames_and_storing() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    let refused = Browser::open(&shop).post("/logout/everywhere", &[]);
    browser.log_in(ALICE);
    let pages = [
        "/login",
        "/settings",
        "/settings/sessions",
        "/settings/keys",
    ];
    let pages = pages.map(|path| browser.get(path));
    for page in pages
        .iter()
        .chain([&refused, &browser.post("/login", &WRONG)])
    {
        for field in [
            "content-type: text/html; charset=utf-8\r\n",
            "content-security-policy: default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'\r\n",
            "x-content-type-options: nosniff\r\n",
            "referrer-policy: same-origin\r\n",
            "cache-control: no-store",
        ] {
            let head = format!("{}\r\n", page.head);
            assert!(head.contains(field), "{field}: {page:?}");
        }
        assert!(!page.body.contains("<script"), "{page:?}");
        assert!(!page.body.contains("style="), "{page:?}");
    }
    let stylesheet = browser.get("/assets/pages.css");
    assert_eq!(stylesheet.status, 200);
    assert!(stylesheet.head.contains("content-type: text/css"));
}

#[test]
fn what_a_caller_sends_is_escaped() {
    let shop = Shop::open();
    let browser = Browser::open(&shop);
    let fields = [
        ("name", "\"><script>alert(1)</script>"),
        ("password", "x"),
        ("acr_values", "\"><i>"),
        ("next", "/\"><i>"),
    ];
    let page = browser.post("/login", &fields);
    assert_eq!(page.status, 400);
    assert!(!page.body.contains("<script"), "{page:?}");
    assert!(!page.body.contains("<i>"), "{page:?}");
    assert!(page.body.contains("&lt;script&gt;"), "{page:?}");
}
