//! The files of the page, and the host names that are answered.

use crate::client::Playground;

#[test]
fn every_file_that_the_page_names_is_served_without_inline_code() {
    let playground = Playground::start();
    let page = playground.send("GET /", &[]);
    assert!(
        !page.body.contains("style=") && !page.body.contains("onclick="),
        "inline code"
    );
    let mut files = Vec::new();
    for attribute in [r#"src=""#, r#"href="/"#] {
        let parts = page.body.split(attribute).skip(1);
        files.extend(parts.filter_map(|part| part.split('"').next()));
    }
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        let path = file.trim_start_matches('/');
        let response = playground.send(&format!("GET /{path}"), &[]);
        assert_eq!(response.status, 200, "{path}");
        let head = &response.head;
        assert!(
            head.contains("content-security-policy: default-src 'self'"),
            "{head}"
        );
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    }
}

#[test]
fn a_host_name_of_another_site_gets_no_page() {
    let playground = Playground::start();
    for host in ["attacker.example", "localhost.attacker.example", ""] {
        let response = playground.send("GET /", &[&format!("Host: {host}")]);
        assert_ne!(response.status, 200, "{host}");
        assert!(!response.body.contains("password"), "{host}");
    }
    let port = playground.url.rsplit(':').next().unwrap();
    let local = format!("Host: 127.0.0.1:{port}");
    assert_eq!(playground.send("GET /", &[&local]).status, 200);
}

#[test]
fn the_access_map_lists_every_route_of_the_api() {
    let playground = Playground::start();
    let map = playground.send("GET /access-map.json", &[]);
    let map: serde_json::Value = serde_json::from_str(&map.body).unwrap();
    let routes = map["routes"].as_array().unwrap();
    let has = |method: &str, path: &str| {
        let found = routes
            .iter()
            .any(|route| route["method"] == method && route["path"] == path);
        assert!(found, "{method} {path}");
    };
    for (method, path) in [
        ("GET", "/catalogue"),
        ("GET", "/me"),
        ("GET", "/orders"),
        ("POST", "/orders"),
        ("GET", "/orders/{number}"),
        ("DELETE", "/orders/{number}"),
        ("POST", "/orders/{number}/refund"),
        ("GET", "/takings"),
        ("GET", "/till"),
    ] {
        has(method, path);
    }
    assert_eq!(map["warnings"], serde_json::json!([]));
}
