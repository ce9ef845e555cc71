//! What is logged about cross-site requests, and while the `Auth` is built.

use std::net::SocketAddr;

use auth_tests::logs::Capture;
use tracing::Level;

use super::*;

#[tokio::test]
async fn a_cross_site_request_is_logged_with_its_origin_and_the_expected_ones() {
    let world = World::start().await;
    let capture = Capture::start();
    for (lines, received) in [
        (
            &[("Origin", EVIL), ("Sec-Fetch-Site", "cross-site")][..],
            r#"Origin: "https://evil.example", Sec-Fetch-Site: "cross-site""#,
        ),
        (
            &[("Origin", "a\"b"), ("Origin", "\u{e9}")],
            r#"Origin: "a\"b", Origin: "é""#,
        ),
    ] {
        let request = with(post_to("/guarded").header("Cookie", "badge=ann"), lines);
        assert_eq!(world.send(&request).await.status, 403);
        let event = capture.take_runtime_events().only();
        assert_eq!((event.level, event.message()), (Level::INFO, "denied"));
        for (field, value) in [
            ("reason", "CrossSiteRequest"),
            ("status", "403"),
            ("scheme", "Badge"),
            ("policy", "http::cross_site::guarded"),
            ("received", received),
            (
                "expected",
                r#"["https://shop.example", "https://partner.example"]"#,
            ),
        ] {
            assert_eq!(event.field(field), Some(value), "{field}");
        }
        assert_eq!(event.field("subject"), None);
    }
}

#[tokio::test]
async fn without_a_public_origin_the_host_is_logged_as_expected() {
    let badge = Badge::from(Source::Cookie("badge".to_owned()));
    let builder = Auth::builder().authenticator(badge);
    let auth = build(builder.trusted_origins([PARTNER]));
    let server = Server::start(routes().layer(auth.layer())).await;
    let capture = Capture::start();
    let request = post_to("/guarded").host("backend:8080");
    let request = request.header("Cookie", "badge=ann").header("Origin", SHOP);
    assert_eq!(server.send(&request).await.status, 403);
    let event = capture.take_runtime_events().only();
    assert_eq!(
        event.field("received"),
        Some(r#"Origin: "https://shop.example""#)
    );
    assert_eq!(
        event.field("expected"),
        Some(r#"["backend:8080", "https://partner.example"]"#)
    );
}

#[test]
fn routes_with_a_kind_that_browsers_send_by_themselves_and_without_a_public_origin_are_warned_about()
 {
    let capture = Capture::start();
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let bearer = || Auth::builder().bearer(issuer.jwt());
    let badge = || Badge::from(Source::Cookie("badge".to_owned()));
    let _ = build(bearer()).layer();
    let _ = build(bearer().authenticator(Badge::header())).layer();
    let _ = build(bearer().authenticator(badge()).public_origin(SHOP)).layer();
    // No route has it: it verifies passwords, for example.
    let without_routes = build(bearer().authenticator(badge()));
    assert!(capture.take_runtime_events().is_empty());

    for in_router in [false, true] {
        let auth = build(bearer().authenticator(badge()));
        if in_router {
            drop(
                auth_runtime::Router::<()>::new()
                    .route("/", auth_runtime::routing::get(guarded))
                    .with_auth(auth),
            );
        } else {
            // Once.
            let _ = (auth.layer(), auth.layer());
        }
        let event = capture.take_runtime_events().only();
        assert_eq!(event.level, Level::WARN);
        assert_eq!(event.field("schemes"), Some("Badge"));
        for says in [".public_origin(", "rewrites `Host`", "DNS rebinding"] {
            assert!(event.message().contains(says), "{}", event.message());
        }
    }
    drop(without_routes);
}

#[tokio::test]
async fn a_cross_site_request_is_only_reported_where_denials_are() {
    let address = SocketAddr::from(([127, 0, 0, 1], 3000));
    let world = World::with(|builder| {
        let builder = builder.public_origin(SHOP).report_only(address);
        builder.report_only_beyond_loopback()
    })
    .await;
    let capture = Capture::start();
    let request = post_to("/hidden").header("Cookie", "badge=ann");
    let request = request.header("Origin", EVIL);
    assert_eq!(world.send(&request).await.status, 200);
    let event = capture.take_runtime_events().only();
    assert_eq!(
        (event.level, event.message()),
        (Level::WARN, "would have been denied")
    );
    assert_eq!(event.field("reason"), Some("CrossSiteRequest"));
    assert_eq!(event.field("status"), Some("404"));
    let reported = world.auth.reported();
    assert_eq!(
        (reported[0].status().as_u16(), reported[0].count()),
        (404, 1)
    );
    // The cookie was not verified, so there is no caller.
    let request = post_to("/guarded").header("Cookie", "badge=ann");
    let answer = world.send(&request.header("Origin", EVIL)).await;
    assert_answer(&answer, csrf());
    assert_eq!(world.asked(), [0; 3]);
}
