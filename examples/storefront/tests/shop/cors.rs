//! CORS is outside of the guards.

use crate::shop::{Shop, head};
use example_runner::curl;

const ORIGIN: &str = "Origin: https://storefront.example";

#[test]
fn cors_preflights_are_answered_before_any_guard() {
    let shop = Shop::open();
    for path in [
        "/orders",
        "/backoffice/orders",
        "/partners/offers",
        "/backoffice/handbook/refunds.md",
    ] {
        let (status, head) = head(&[
            &shop.url(path),
            "--request",
            "OPTIONS",
            "-H",
            ORIGIN,
            "-H",
            "Access-Control-Request-Method: POST",
            "-H",
            "Access-Control-Request-Headers: authorization",
        ]);
        assert_eq!(status, 200, "{path}: {head}");
        for field in [
            "access-control-allow-origin: https://storefront.example",
            "access-control-allow-methods: get,post,put,delete",
            "access-control-allow-headers: authorization,content-type",
        ] {
            assert!(head.contains(field), "{path}: {head}");
        }
        assert!(!head.contains("\nwww-authenticate: "), "{path}: {head}");
    }
}

#[test]
fn a_refusal_has_cors_headers_for_the_page() {
    let shop = Shop::open();
    let (status, head) = head(&[&shop.url("/orders"), "-H", ORIGIN]);
    assert_eq!(status, 401);
    for field in [
        "access-control-allow-origin: https://storefront.example",
        "access-control-expose-headers: www-authenticate",
        r#"www-authenticate: bearer realm="storefront", scope="orders:read""#,
        r#"www-authenticate: basic realm="storefront", charset="utf-8""#,
    ] {
        assert!(head.contains(field), "{head}");
    }
}

/// Header fields that any client can send do not bypass a guard.
#[test]
fn an_options_request_that_is_not_a_preflight_is_refused() {
    let shop = Shop::open();
    for path in ["/orders", "/backoffice/handbook/refunds.md"] {
        let request_method = "Access-Control-Request-Method: GET";
        let answer = curl(&[&shop.url(path), "-H", ORIGIN, "-H", request_method]);
        assert_eq!(answer.status, 401, "{path}");
    }
}
