//! The rules of this crate are those of tower-http's layer `csrf`, apart from the differences that have a test here.

use futures_util::FutureExt;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use proptest::prelude::*;
use tower::{ServiceExt, service_fn};
use tower_http::csrf::CsrfLayer;
use tower_layer::Layer;

use super::super::{Origin, SEC_FETCH_SITE};
use super::{request, rules, without_public_origin};

/// Whether tower-http refuses this request, with the same trusted origin.
fn reference_refuses(request: &Parts) -> bool {
    let layer = CsrfLayer::new()
        .add_trusted_origin("https://partner.example")
        .unwrap();
    let handler =
        service_fn(|_: Request<()>| async { Ok::<_, std::convert::Infallible>(Response::new(())) });
    let request = Request::from_parts(request.clone(), ());
    let response = layer.layer(handler).oneshot(request).now_or_never();
    response.unwrap().unwrap().status() == StatusCode::FORBIDDEN
}

/// Whether this crate and tower-http refuse the request.
fn both(request: &Parts) -> (bool, bool) {
    let ours = without_public_origin().refuse(request);
    (ours, reference_refuses(request))
}

/// The value of a header field: one that matters, or any other.
fn value(known: &'static [&'static str]) -> impl Strategy<Value = Option<HeaderValue>> {
    let known = prop::sample::select(known.to_vec()).prop_map(HeaderValue::from_static);
    let similar = "https?://[a-z]{1,3}\\.example(:[0-9]{1,5})?"
        .prop_map(|text| HeaderValue::try_from(text).unwrap());
    let other = prop::collection::vec(any::<u8>(), 0..24)
        .prop_filter_map("not a header value", |bytes| {
            HeaderValue::from_bytes(&bytes).ok()
        });
    prop::option::weighted(0.8, prop_oneof![6 => known, 1 => similar, 1 => other])
}

const ORIGINS: &[&str] = &[
    "https://shop.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://shop.example:443",
    "https://partner.example",
    "https://partner.example:443",
    "https://evil.example",
    "https://[::1]:3000",
    "ftp://shop.example",
    "shop.example",
    "https://",
    "null",
    "",
];
const SITES: &[&str] = &[
    "same-origin",
    "none",
    "same-site",
    "cross-site",
    "Same-Origin",
    "",
];
const HOSTS: &[&str] = &[
    "shop.example",
    "shop.example:443",
    "shop.example:8443",
    "Shop.Example",
    "[::1]:3000",
    "evil.example",
    "partner.example",
    "not a host",
    "",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_rules_are_those_of_tower_http(
        method in prop::sample::select(vec![
            "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "GET", "HEAD", "OPTIONS",
        ]),
        target in prop::sample::select(vec![
            "/", "https://shop.example/a", "http://shop.example:8443/a", "https://evil.example/",
        ]),
        origin in value(ORIGINS),
        site in value(SITES),
        host in value(HOSTS),
    ) {
        let mut request = request(method, target, &[]);
        for (name, value) in [(ORIGIN, &origin), (SEC_FETCH_SITE, &site), (HOST, &host)] {
            if let Some(value) = value {
                request.headers.insert(name, value.clone());
            }
        }
        let (ours, reference) = both(&request);
        prop_assert_eq!(ours, reference);
    }
}

/// The first difference: tower-http lets all requests with `GET` pass.
#[test]
fn unlike_tower_http_websocket_handshakes_are_judged() {
    for origin in ["https://evil.example", "null"] {
        let handshake = [
            ("host", "shop.example"),
            ("upgrade", "websocket"),
            ("origin", origin),
        ];
        assert_eq!(both(&request("GET", "/", &handshake)), (true, false));
    }
}

/// The second difference: over HTTP/2, tower-http judges a handshake like any other request.
#[test]
fn unlike_tower_http_fetch_metadata_does_not_decide_about_connect() {
    let connect = |lines: &[(&str, &str)]| request("CONNECT", "https://shop.example/", lines);
    let same = [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(both(&connect(&same)), (true, false));
    let cross = [("sec-fetch-site", "cross-site")];
    assert_eq!(both(&connect(&cross)), (false, true));
}

/// The third difference: tower-http knows the host of the request only.
#[test]
fn unlike_tower_http_a_public_origin_can_be_configured() {
    for (host, origin, ours) in [
        ("backend:8080", "https://shop.example", false),
        ("shop.example", "http://shop.example", true),
        ("evil.example", "https://evil.example", true),
    ] {
        let request = request("POST", "/", &[("host", host), ("origin", origin)]);
        assert_eq!(rules().refuse(&request), ours, "{host} {origin}");
        assert_eq!(reference_refuses(&request), !ours, "{host} {origin}");
    }
}

/// The fourth difference: tower-http reads the first line.
#[test]
fn unlike_tower_http_two_lines_of_a_field_are_refused() {
    let shop = ("host", "shop.example");
    let origin = ("origin", "https://shop.example");
    let partner = ("origin", "https://partner.example");
    let site = ("sec-fetch-site", "same-origin");
    for lines in [
        &[shop, origin, origin][..],
        &[shop, partner, partner],
        &[shop, origin, origin, site],
        &[shop, site, site],
        &[shop, shop, origin],
    ] {
        assert_eq!(
            both(&request("POST", "/", lines)),
            (true, false),
            "{lines:?}"
        );
    }
}

/// The fifth difference: tower-http reads a URL where browsers send an origin only.
#[test]
fn unlike_tower_http_an_origin_in_another_form_is_refused() {
    for origin in [
        "https://shop.example/",
        "https://shop.example/orders",
        "https://shop.example?a",
        "HTTPS://shop.example",
    ] {
        let lines = [("host", "shop.example"), ("origin", origin)];
        assert_eq!(
            both(&request("POST", "/", &lines)),
            (true, false),
            "{origin}"
        );
    }
}

/// The sixth difference: tower-http accepts origins that it can never find in a request.
#[test]
fn unlike_tower_http_trusted_origins_that_never_match_are_refused() {
    for origin in ["https://partner.example:443", "HTTPS://Partner.example"] {
        assert!(CsrfLayer::new().add_trusted_origin(origin).is_ok());
        assert!(Origin::parse(origin).is_err());
    }
}

/// No difference: such an origin passes only where `Sec-Fetch-Site` says that the request is from the same page. A page
/// with `Referrer-Policy: no-referrer` sends both.
#[test]
fn as_with_tower_http_the_origin_null_needs_fetch_metadata() {
    let null = ("origin", "null");
    let same = ("sec-fetch-site", "same-origin");
    let cross = ("sec-fetch-site", "cross-site");
    for (lines, refused) in [
        (&[null][..], true),
        (&[null, cross], true),
        (&[null, same], false),
    ] {
        let expected = (refused, refused);
        assert_eq!(both(&request("POST", "/", lines)), expected, "{lines:?}");
    }
}
