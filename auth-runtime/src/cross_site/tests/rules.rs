//! Which requests may come from another site.

use http::header::ORIGIN;
use http::request::Parts;
use http::{HeaderValue, Method, Uri};
use proptest::prelude::*;

use super::super::SEC_FETCH_SITE;
use super::{origin, request, rules, without_public_origin};

const SHOP: (&str, &str) = ("host", "shop.example");

fn post(lines: &[(&str, &str)]) -> Parts {
    request("POST", "/", lines)
}

#[test]
fn requests_with_a_safe_method_pass_whatever_their_origin() {
    for method in ["GET", "HEAD", "OPTIONS"] {
        let foreign = [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ];
        assert!(!rules().refuse(&request(method, "/", &foreign)), "{method}");
    }
}

#[test]
fn all_other_methods_are_judged() {
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY", "post", "Get",
    ] {
        let foreign = [("sec-fetch-site", "cross-site")];
        assert!(rules().refuse(&request(method, "/", &foreign)), "{method}");
    }
}

#[test]
fn a_request_without_origin_and_fetch_metadata_is_not_from_a_browser() {
    for lines in [
        &[][..],
        &[SHOP],
        &[("origin", "")],
        &[("sec-fetch-site", "")],
        &[("referer", "https://evil.example/")],
    ] {
        assert!(!rules().refuse(&post(lines)), "{lines:?}");
        assert!(!without_public_origin().refuse(&post(lines)), "{lines:?}");
    }
}

#[test]
fn fetch_metadata_decides_before_the_origin() {
    for (site, refused) in [
        ("same-origin", false),
        ("none", false),
        ("same-site", true),
        ("cross-site", true),
        ("SAME-ORIGIN", true),
        ("same-origin, same-origin", true),
        ("other", true),
    ] {
        for origin in ["https://shop.example", "https://evil.example", "null", ""] {
            let lines = [("sec-fetch-site", site), ("origin", origin)];
            assert_eq!(rules().refuse(&post(&lines)), refused, "{lines:?}");
        }
    }
}

#[test]
fn without_fetch_metadata_a_request_must_come_from_a_public_origin() {
    let mut rules = rules();
    rules.public_origins.push(origin("http://localhost:3000"));
    for (origin, refused) in [
        ("https://shop.example", false),
        ("http://localhost:3000", false),
        ("http://shop.example", true),
        ("https://shop.example:8443", true),
        ("https://shop.example.evil.example", true),
        ("https://evil.example", true),
        ("https://sub.shop.example", true),
        ("https://Shop.example", true),
        ("https://shop.example/", true),
        ("shop.example", true),
        ("null", true),
    ] {
        // What a proxy makes of `Host` is not looked at.
        for host in ["shop.example", "backend:8080", "evil.example"] {
            let lines = [("host", host), ("origin", origin)];
            assert_eq!(rules.refuse(&post(&lines)), refused, "{lines:?}");
        }
    }
}

#[test]
fn without_a_public_origin_the_host_of_the_request_is_compared() {
    for (target, host, origin, refused) in [
        ("/", Some("shop.example"), "https://shop.example", false),
        ("/", Some("shop.example"), "http://shop.example", false),
        (
            "/",
            Some("shop.example:3000"),
            "http://shop.example:3000",
            false,
        ),
        ("/", Some("[::1]:3000"), "http://[::1]:3000", false),
        ("/", Some("shop.example"), "https://evil.example", true),
        ("/", Some("shop.example"), "https://shop.example:8443", true),
        ("/", Some("shop.example:443"), "https://shop.example", true),
        ("/", Some("shop.example"), "ftp://shop.example", true),
        ("/", Some("shop.example"), "shop.example", true),
        ("/", Some("shop.example"), "null", true),
        ("/", Some("null"), "null", true),
        ("/", Some(""), "https://", true),
        ("/", None, "https://shop.example", true),
        // In HTTP/2 the host is in the target. In HTTP/1.1 it may be.
        (
            "https://shop.example/a",
            None,
            "https://shop.example",
            false,
        ),
        (
            "https://shop.example/a",
            Some("evil.example"),
            "https://shop.example",
            false,
        ),
        (
            "https://shop.example/a",
            Some("evil.example"),
            "https://evil.example",
            true,
        ),
    ] {
        let mut lines = vec![("origin", origin)];
        lines.extend(host.map(|host| ("host", host)));
        let refuse = without_public_origin().refuse(&request("POST", target, &lines));
        assert_eq!(refuse, refused, "{target} {lines:?}");
    }
}

#[test]
fn the_host_is_read_from_the_target_as_it_was_sent() {
    fn sent(request: &Parts) -> &Uri {
        request.extensions.get().unwrap()
    }
    let mut nested = post(&[("origin", "https://shop.example")]);
    let target = Uri::from_static("https://shop.example/a/b");
    nested.extensions.insert(target);
    assert!(!without_public_origin().is_cross_site(&nested, sent));
    assert!(without_public_origin().refuse(&nested));
}

#[test]
fn requests_of_a_trusted_origin_pass() {
    let partner = ("origin", "https://partner.example");
    for lines in [
        &[partner][..],
        &[partner, ("sec-fetch-site", "cross-site")],
        &[partner, ("sec-fetch-site", "same-site")],
        &[partner, ("upgrade", "websocket")],
    ] {
        for method in ["POST", "GET", "CONNECT"] {
            let request = request(method, "/", lines);
            assert!(!rules().refuse(&request), "{method} {lines:?}");
            assert!(
                !without_public_origin().refuse(&request),
                "{method} {lines:?}"
            );
        }
    }
    for other in [
        "https://partner.example:8443",
        "http://partner.example",
        "https://a.partner.example",
    ] {
        assert!(rules().refuse(&post(&[("origin", other)])), "{other}");
    }
}

#[test]
fn two_lines_of_a_field_that_decides_are_refused() {
    for lines in [
        [
            ("origin", "https://shop.example"),
            ("origin", "https://shop.example"),
        ],
        [
            ("origin", "https://partner.example"),
            ("origin", "https://evil.example"),
        ],
        [("origin", ""), ("origin", "https://shop.example")],
        [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "same-origin"),
        ],
        [("sec-fetch-site", ""), ("sec-fetch-site", "same-origin")],
    ] {
        assert!(rules().refuse(&post(&lines)), "{lines:?}");
        let mut lines = lines.to_vec();
        lines.push(SHOP);
        assert!(without_public_origin().refuse(&post(&lines)), "{lines:?}");
    }
    let hosts = [SHOP, SHOP, ("origin", "https://shop.example")];
    assert!(without_public_origin().refuse(&post(&hosts)));
}

#[test]
fn websocket_handshakes_are_judged_by_their_origin_alone() {
    let http1 = |lines: &[(&str, &str)]| {
        let mut all = vec![("upgrade", "websocket"), ("connection", "upgrade"), SHOP];
        all.extend(lines);
        request("GET", "/", &all)
    };
    let http2 = |lines: &[(&str, &str)]| request("CONNECT", "https://shop.example/", lines);
    for (origin, refused) in [
        (None, false),
        (Some("https://shop.example"), false),
        (Some("https://partner.example"), false),
        (Some("https://sub.shop.example"), true),
        (Some("https://evil.example"), true),
        (Some("null"), true),
    ] {
        for site in [
            None,
            Some("same-origin"),
            Some("none"),
            Some("same-site"),
            Some("cross-site"),
        ] {
            let mut lines = Vec::new();
            lines.extend(origin.map(|origin| ("origin", origin)));
            lines.extend(site.map(|site| ("sec-fetch-site", site)));
            for rules in [rules(), without_public_origin()] {
                assert_eq!(rules.refuse(&http1(&lines)), refused, "{lines:?}");
                assert_eq!(rules.refuse(&http2(&lines)), refused, "{lines:?}");
            }
        }
    }
    let twice = [
        ("origin", "https://shop.example"),
        ("origin", "https://shop.example"),
    ];
    assert!(rules().refuse(&http1(&twice)));
    assert!(rules().refuse(&http2(&twice)));
}

#[test]
fn an_upgrade_to_a_websocket_is_recognized_in_a_list() {
    for (upgrade, is_websocket) in [
        (&["websocket"][..], true),
        (&["WebSocket"], true),
        (&["h2c, websocket"], true),
        (&["h2c ,\twebsocket/13 , x"], true),
        (&["h2c", "websocket"], true),
        (&["h2c"], false),
        (&["websockets"], false),
        (&["x/websocket"], false),
        (&[""], false),
        (&[], false),
    ] {
        let mut lines = vec![("origin", "https://evil.example")];
        lines.extend(upgrade.iter().map(|protocol| ("upgrade", *protocol)));
        assert_eq!(
            rules().refuse(&request("GET", "/", &lines)),
            is_websocket,
            "{upgrade:?}"
        );
    }
}

proptest! {
    /// A page can choose neither field: the browser writes its own origin there.
    #[test]
    fn no_origin_other_than_the_configured_ones_passes(
        method in prop::sample::select(vec![Method::POST, Method::DELETE, Method::TRACE, Method::CONNECT]),
        value in prop::collection::vec(any::<u8>(), 1..40),
        site in prop::option::of("(same-site|cross-site|[a-z-]{1,12})"),
    ) {
        let configured: [&[u8]; 2] = [b"https://shop.example", b"https://partner.example"];
        let passes = matches!(site.as_deref(), Some("same-origin" | "none"));
        if let Ok(value) = HeaderValue::from_bytes(&value)
            && !configured.contains(&value.as_bytes())
            && !passes
        {
            let mut request = request(method.as_str(), "/", &[SHOP]);
            request.headers.insert(ORIGIN, value);
            if let Some(site) = site {
                request.headers.insert(SEC_FETCH_SITE, HeaderValue::try_from(site).unwrap());
            }
            prop_assert!(rules().refuse(&request));
        }
    }
}
