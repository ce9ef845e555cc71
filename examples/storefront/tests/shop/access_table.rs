//! `access_table.txt` has the status of every route for every kind of caller.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;

use example_runner::run;
use expect_test::expect_file;

use crate::callers::{Caller, Group, groups};
use crate::shop::{STOREFRONT, Shop};

/// Each caller sends these in this order to a new shop, because a request may change the shop.
const REQUESTS: [(&str, &str, &str); 55] = [
    ("GET", "/health", ""),
    ("GET", "/assets/tea.svg", ""),
    ("GET", "/products", ""),
    ("GET", "/products/search?q=tea", ""),
    ("GET", "/products/sencha", ""),
    ("GET", "/products/sencha/reviews", ""),
    ("POST", "/products/sencha/reviews", r#""again, please""#),
    ("DELETE", "/products/sencha/reviews/1", ""),
    ("DELETE", "/products/sencha/reviews/7", ""),
    ("GET", "/account", ""),
    ("PUT", "/account/address", r#""5 Tea Lane""#),
    ("GET", "/orders", ""),
    ("POST", "/orders", r#"{"sku": "mug", "quantity": 1}"#),
    ("GET", "/orders/1", ""),
    ("GET", "/orders/2", ""),
    ("GET", "/orders/99", ""),
    ("GET", "/orders/1/invoice", ""),
    ("PUT", "/orders/1/photo", "JFIF"),
    ("POST", "/orders/1/payment", ""),
    ("DELETE", "/orders/1", ""),
    // Allowed callers get 400, because this is not a WebSocket handshake.
    ("GET", "/orders/updates", ""),
    ("GET", "/partners/me", ""),
    ("GET", "/partners/offers", ""),
    ("PUT", "/partners/offers/sencha/price", "700"),
    ("PUT", "/partners/offers/mug/price", "1300"),
    (
        "POST",
        "/partners/shipments",
        r#"{"sku": "sencha", "quantity": 40}"#,
    ),
    ("GET", "/partners/payouts", ""),
    ("POST", "/warehouse.Stock/Level", ""),
    ("POST", "/warehouse.Stock/Count", ""),
    ("POST", "/warehouse.Stock/Burn", ""),
    ("GET", "/backoffice/orders", ""),
    ("POST", "/backoffice/orders/3/shipment", ""),
    ("POST", "/backoffice/orders/3/refund", ""),
    ("DELETE", "/backoffice/customers/carol", ""),
    (
        "POST",
        "/backoffice/products",
        r#"{"sku": "cup", "name": "a cup", "cents": 900, "seller": "potter"}"#,
    ),
    ("GET", "/backoffice/whoami", ""),
    ("GET", "/backoffice/handbook/refunds.md", ""),
    ("GET", "/backoffice/handbook/nothing.md", ""),
    ("GET", "/backoffice/nothing", ""),
    ("GET", "/nothing", ""),
    ("DELETE", "/health", ""),
    ("PATCH", "/orders/1", ""),
    ("GET", "/login", ""),
    ("POST", "/login", "name=nobody&password=guessed"),
    ("GET", "/settings", ""),
    ("GET", "/settings/sessions", ""),
    ("POST", "/settings/sessions/x/end", ""),
    ("GET", "/settings/keys", ""),
    ("GET", "/settings/keys/new", ""),
    ("POST", "/settings/keys", "description=export"),
    ("POST", "/settings/keys/x/revoke", ""),
    ("GET", "/settings/password", ""),
    // Allowed callers get 400, because this password is too short.
    ("POST", "/settings/password", "password=short"),
    ("POST", "/logout/everywhere", ""),
    ("POST", "/logout", ""),
];

#[test]
fn every_request_gets_the_status_of_the_reviewed_table() {
    let groups = groups();
    let answers: Vec<Vec<Vec<u16>>> = groups
        .iter()
        .map(|group| group.callers.iter().map(statuses).collect())
        .collect();

    let mut table = String::new();
    for group in &groups {
        writeln!(table, "{}:", group.name).unwrap();
        for caller in &group.callers {
            writeln!(table, "  {}", caller.name).unwrap();
        }
    }
    for (number, (method, path, _)) in REQUESTS.iter().enumerate() {
        writeln!(table, "\n{method} {path}").unwrap();
        for (status, who) in by_status(&groups, &answers, number) {
            writeln!(table, "  {status}  {}", who.join(" | ")).unwrap();
        }
    }
    expect_file!["access_table.txt"].assert_eq(&table);
}

/// Callers by status. A whole group is named together, and so are the callers of a group with the most
/// frequent denial.
fn by_status(
    groups: &[Group],
    answers: &[Vec<Vec<u16>>],
    number: usize,
) -> BTreeMap<u16, Vec<String>> {
    let mut by_status: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for (group, answers) in groups.iter().zip(answers) {
        let of_group: Vec<u16> = answers.iter().map(|answers| answers[number]).collect();
        let times = |status| of_group.iter().filter(|other| **other == status).count();
        let name = group.name;
        if times(of_group[0]) == of_group.len() {
            let who = by_status.entry(of_group[0]).or_default();
            who.push(format!("all {name}"));
            continue;
        }
        let refusals = of_group.iter().copied().filter(|status| *status > 400);
        let usual = refusals.max_by_key(|status| times(*status));
        for (caller, status) in group.callers.iter().zip(&of_group) {
            if Some(*status) != usual {
                let who = by_status.entry(*status).or_default();
                who.push(caller.name.to_owned());
            }
        }
        if let Some(usual) = usual {
            let who = by_status.entry(usual).or_default();
            who.push(format!("the other {name}"));
        }
    }
    by_status
}

/// The statuses that one caller gets. One curl process sends all requests.
fn statuses(caller: &Caller) -> Vec<u16> {
    let shop = Shop::open();
    let sends = caller.sends.at(&shop);
    let mut curl = Command::new("curl");
    for (number, (method, path, body)) in REQUESTS.iter().enumerate() {
        if number > 0 {
            curl.arg("--next");
        }
        curl.args(["--silent", "--show-error", "--max-time", "20"])
            .args(["--output", "/dev/null", "--write-out", "%{http_code}\n"])
            .args(["--request", method])
            .arg(shop.url(path));
        if !body.is_empty() {
            curl.args(["--data-binary", body]);
            // Of curl's own accord it is that of a form.
            if !path.starts_with("/login") && !path.starts_with("/settings") {
                curl.args(["--header", "Content-Type: application/json"]);
            }
        }
        if path.starts_with("/warehouse") {
            curl.args(["--header", "Content-Type: application/grpc"]);
        }
        if let Some(header) = sends.header(number) {
            curl.args(["--header", &header]);
        }
    }
    let output = curl.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let statuses = String::from_utf8(output.stdout).unwrap();
    statuses.lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn every_route_of_the_access_map_is_in_the_reviewed_table() {
    let map = run(STOREFRONT, &["--map", "text"], &[]);
    let map = String::from_utf8(map.stdout).unwrap();
    let routes = map.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (method, path) = (words.next()?, words.next()?);
        let is_method = method == "*" || method.bytes().all(|byte| byte.is_ascii_uppercase());
        (is_method && path.starts_with('/')).then_some((method, path))
    });
    let mut count = 0;
    for (method, path) in routes {
        let is_requested = REQUESTS.iter().any(|(requested, target, _)| {
            let target = target.split('?').next().unwrap();
            (method == *requested || method == "*") && matches(path, target)
        });
        assert!(is_requested, "no request for {method} {path}");
        count += 1;
    }
    assert!(count > 25, "{map}");
}

/// Whether a request to `path` can be meant for the route `pattern`.
fn matches(pattern: &str, path: &str) -> bool {
    // The fallback.
    if pattern == "/" {
        return true;
    }
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        if expected.starts_with("{*") {
            return true;
        }
        match segments.next() {
            Some(segment) if segment == expected || expected.starts_with('{') => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}
