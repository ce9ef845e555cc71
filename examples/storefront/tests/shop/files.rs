//! Public files, and files for callers who may refund.

use crate::callers::customer;
use crate::shop::Shop;
use example_runner::{Response, curl};

fn get(shop: &Shop, path: &str, role: Option<&str>) -> Response {
    let url = shop.url(path);
    let mut arguments = vec!["--path-as-is", url.as_str()];
    let header = role.map(|role| {
        let token = customer("sam").role(role).sign();
        format!("Authorization: Bearer {token}")
    });
    if let Some(header) = &header {
        arguments.extend(["-H", header]);
    }
    curl(&arguments)
}

#[test]
fn public_files_need_no_credential_and_guarded_files_do() {
    let shop = Shop::open();
    let tea = get(&shop, "/assets/tea.svg", None);
    assert_eq!(tea.status, 200);
    assert!(tea.body.starts_with("<svg"), "{tea:?}");

    let handbook = "/backoffice/handbook/refunds.md";
    let refused = get(&shop, handbook, None);
    assert_eq!(refused.status, 401);
    assert!(!refused.body.contains("Refunds"), "{refused:?}");
    // The rule of the router is satisfied, the rule of the files is not.
    assert_eq!(get(&shop, handbook, Some("moderator")).status, 403);
    let read = get(&shop, handbook, Some("support"));
    assert_eq!(read.status, 200);
    assert!(read.body.starts_with("# Refunds"), "{read:?}");
}

#[test]
fn no_path_leaves_a_served_directory_or_bypasses_its_guard() {
    let shop = Shop::open();
    let handbook = [
        "/assets/../handbook/refunds.md",
        "/assets/..%2fhandbook/refunds.md",
        "/assets/%2e%2e/handbook/refunds.md",
        "/assets/..%5chandbook%5crefunds.md",
        "/assets//../handbook/refunds.md",
        "/assets/../../storefront/handbook/refunds.md",
        "/assets/%2Ftmp",
        "/backoffice//handbook/refunds.md",
        "//backoffice/handbook/refunds.md",
        "/backoffice/handbook%2frefunds.md",
        "/backoffice/./handbook/refunds.md",
        "/assets/../backoffice/handbook/refunds.md",
        "/Backoffice/handbook/refunds.md",
    ];
    for path in handbook {
        let answer = get(&shop, path, None);
        assert!(
            [400, 401, 404].contains(&answer.status),
            "{path}: {answer:?}"
        );
        assert!(!answer.body.contains("Refunds"), "{path}: {answer:?}");
    }
    // Callers who may read the guarded directory do not get out of it.
    for path in [
        "/backoffice/handbook/../main.rs",
        "/backoffice/handbook/..%2fmain.rs",
        "/backoffice/handbook/%2e%2e/trust.rs",
    ] {
        let answer = get(&shop, path, Some("support"));
        assert!([400, 404].contains(&answer.status), "{path}: {answer:?}");
    }
}
