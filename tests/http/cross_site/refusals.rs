//! Row H5.

use auth_tests::application::build;
use axum::http::Method;
use axum::middleware::{Next, from_fn};

use super::*;
use crate::api_keys::strange_key;

/// What browsers send for a page of another origin.
const CROSS_SITE: [&[(&str, &str)]; 6] = [
    &[("Origin", EVIL), ("Sec-Fetch-Site", "cross-site")],
    &[
        ("Origin", "https://pages.shop.example"),
        ("Sec-Fetch-Site", "same-site"),
    ],
    &[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
    &[("Sec-Fetch-Site", "cross-site")],
    &[("Origin", EVIL)],
    &[("Origin", "null")],
];

/// What browsers send for a page of this service or of a trusted one, and what other clients send.
const ALLOWED: [&[(&str, &str)]; 7] = [
    &[("Origin", SHOP), ("Sec-Fetch-Site", "same-origin")],
    &[("Origin", "null"), ("Sec-Fetch-Site", "same-origin")],
    &[("Origin", SHOP)],
    &[("Sec-Fetch-Site", "none")],
    &[("Origin", PARTNER), ("Sec-Fetch-Site", "cross-site")],
    &[("Origin", PARTNER)],
    &[],
];

#[tokio::test]
async fn h5_a_cross_site_request_gets_the_same_403_for_good_bad_and_unknown_credentials() {
    let world = World::start().await;
    let (prefix, revoked) = world.keys.create(NewApiKey::new("kim")).await.unwrap();
    let revoked = revoked.reveal().to_owned();
    world.keys.revoke(&prefix.prefix).await.unwrap();
    let strange = strange_key().await;
    let before = world.asked();
    for (name, value) in [
        ("Cookie", "badge=ann".to_owned()),
        ("Cookie", "badge=forged".to_owned()),
        ("Cookie", "badge=unreadable".to_owned()),
        ("Cookie", "badge=panic".to_owned()),
        ("Cookie", "badge=ann; badge=ann".to_owned()),
        ("Cookie", format!("key={}", world.key)),
        ("Cookie", format!("key={revoked}")),
        ("Cookie", format!("key={}", strange.reveal())),
        ("Cookie", "key=x".to_owned()),
        ("Authorization", password("bob:secret")),
        ("Authorization", password("bob:wrong")),
        ("Authorization", password("eve:secret")),
        ("Authorization", "Basic !".to_owned()),
        ("Authorization", "bASIC".to_owned()),
    ] {
        for lines in CROSS_SITE {
            for path in ["/guarded", "/optional", "/extracting", "/layer"] {
                let request = with(post_to(path).header(name, &value), lines);
                let answer = world.send(&request).await;
                assert_answer(&answer, csrf());
                assert_eq!(
                    answer.text(),
                    r#"{"type":"about:blank","title":"Forbidden","status":403,"code":"csrf"}"#
                );
            }
        }
    }
    assert_eq!(world.asked(), before);
}

#[tokio::test]
async fn h5_every_method_that_is_not_safe_is_judged() {
    let world = World::start().await;
    for (name, value) in world.credentials() {
        let request = Request::get("/guarded")
            .header(name, value)
            .header("Origin", EVIL);
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
            let answer = world.send(&request.clone().method(method)).await;
            assert_answer(&answer, csrf());
        }
        for method in ["GET", "HEAD", "OPTIONS"] {
            let answer = world.send(&request.clone().method(method)).await;
            assert_eq!(answer.status, 200, "{method}");
        }
    }
}

#[tokio::test]
async fn h5_requests_of_the_own_pages_of_trusted_pages_and_of_other_clients_are_accepted() {
    let world = World::start().await;
    for (name, value) in world.credentials() {
        for lines in ALLOWED {
            for path in ["/guarded", "/optional", "/extracting", "/layer"] {
                let request = with(post_to(path).header(name, &value), lines);
                assert_eq!(world.send(&request).await.status, 200, "{request:?}");
            }
        }
    }
}

#[tokio::test]
async fn h5_without_a_public_origin_the_host_of_the_request_is_compared() {
    let world = World::with(|builder| builder).await;
    for (name, value) in world.credentials() {
        let request = || {
            post_to("/guarded")
                .host("backend:8080")
                .header(name, &value)
        };
        let own = request().header("Origin", "http://backend:8080");
        assert_eq!(world.send(&own).await.status, 200);
        assert_answer(&world.send(&request().header("Origin", SHOP)).await, csrf());
    }
}

#[tokio::test]
async fn h5_a_cross_site_request_without_such_a_credential_is_not_refused_as_csrf() {
    let world = World::start().await;
    for lines in CROSS_SITE {
        let anonymous = with(post_to("/optional"), lines);
        assert_eq!(world.send(&anonymous).await.text(), "anonymous");
        for other in ["", "Foo x"] {
            let request = with(post_to("/guarded"), lines).header("Authorization", other);
            assert_eq!(world.send(&request).await.status, 401, "{request:?}");
        }
        let other_cookies = with(post_to("/optional"), lines).header("Cookie", "a=b; badge=; c=d");
        assert_eq!(world.send(&other_cookies).await.text(), "anonymous");
    }
}

#[tokio::test]
async fn h5_a_hidden_route_answers_404_to_a_cross_site_request() {
    let world = World::start().await;
    for (name, value) in world.credentials() {
        let request = post_to("/hidden").header(name, value);
        assert_eq!(world.send(&request).await.status, 200);
        let answer = world.send(&request.header("Origin", EVIL)).await;
        assert_answer(&answer, Expected::NoSuchPath);
    }
}

/// Two fields with the scheme of a token do not exempt the cookie beside them.
#[tokio::test]
async fn h5_two_authorization_fields_are_400_as_in_every_request() {
    let world = World::start().await;
    let request = post_to("/guarded").header("Cookie", "badge=ann");
    let request = request.bearer("x").bearer("x").header("Origin", EVIL);
    assert_eq!(world.send(&request).await.status, 400);
    assert_eq!(world.asked(), [0; 3]);
}

#[tokio::test]
async fn h5_a_password_that_does_not_come_in_a_request_is_not_judged() {
    let world = World::start().await;
    let bob = world.auth.authenticate_password("bob", "secret").await;
    assert_eq!(bob.unwrap().subject(), "bob");
}

/// The middleware has seen the caller of a request with a safe method.
#[tokio::test]
async fn h5_a_request_is_judged_again_after_middleware_has_changed_its_method() {
    async fn change_method(
        caller: Option<Identity>,
        mut request: axum::extract::Request,
        next: Next,
    ) -> axum::response::Response {
        assert_eq!(caller.unwrap().subject(), "ann");
        *request.method_mut() = Method::DELETE;
        next.run(request).await
    }
    let badge = Badge::from(Source::Cookie("badge".to_owned()));
    let auth = build(Auth::builder().authenticator(badge).public_origin(SHOP));
    let app = routes().layer(from_fn(change_method)).layer(auth.layer());
    let server = Server::start(app).await;
    let request = |origin| {
        let request = Request::get("/guarded").header("Cookie", "badge=ann");
        request.header("Origin", origin)
    };
    assert_eq!(server.send(&request(SHOP)).await.status, 200);
    assert_answer(&server.send(&request(EVIL)).await, csrf());
}
