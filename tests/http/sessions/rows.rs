//! Rows H, and C8 to C10: what a request with a session gets, to the byte.

use std::time::Duration;

use auth_tests::expected::{Expected, refused};

use super::*;

/// An identifier of the right form that no store has.
const UNKNOWN: &str = "__Host-Http-sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn assert_is(expected: impl Into<Expected>, response: &Response, what: &str) {
    if let Err(difference) = expected.into().compare(response) {
        panic!("{what}: {difference}\n{response:?}");
    }
}

fn bearer() -> String {
    r#"Bearer realm="api""#.to_owned()
}

#[tokio::test]
async fn h1_a_request_without_a_session_gets_the_challenges_of_the_other_kinds() {
    for node in nodes(|sessions| sessions).await {
        let asked = refused(401).challenge(bearer());
        assert_is(asked, &node.send(&Request::get("/any")).await, "both kinds");
        let asked = || refused(401).challenge(CHALLENGE);
        for (what, request) in [
            ("no cookie", Request::get("/sessions-only")),
            (
                "another cookie",
                with_cookie(Request::get("/sessions-only"), "sid=1"),
            ),
            (
                "an empty cookie",
                with_cookie(Request::get("/sessions-only"), "__Host-Http-sid="),
            ),
            (
                "h1a: an unsafe method",
                Request::new("POST", "/sessions-only"),
            ),
        ] {
            assert_is(asked(), &node.send(&request).await, what);
        }
    }
}

#[tokio::test]
async fn h3_all_invalid_sessions_get_the_same_bytes_and_keep_their_cookie() {
    let second = Duration::from_secs(1);
    let settings = |sessions: Sessions| {
        let sessions = sessions.idle_timeout(second).lifetime(second);
        sessions.cache_ttl(Duration::ZERO)
    };
    for node in nodes(settings).await {
        let ended = node.log_in("alice").await;
        let log_out = with_cookie(Request::new("POST", "/logout"), &ended);
        assert_eq!(node.send(&log_out).await.status, 200);
        let renewed = node.log_in("alice").await;
        let renew = with_cookie(Request::new("POST", "/renew"), &renewed);
        assert_eq!(node.send(&renew).await.status, 200);
        let ended_everywhere = node.log_in("alice").await;
        let alice = auth_runtime::IdentityId::new(ORIGIN, "alice");
        node.sessions.end_all(&alice).await.unwrap();
        let timed_out = node.log_in("alice").await;
        auth_tests::clock::eventually("the session times out", async || {
            let request = with_cookie(Request::get("/any"), &timed_out);
            node.send(&request).await.status == 401
        })
        .await;
        let tampered = format!("{}x", &timed_out[..timed_out.len() - 1]);
        for (what, cookie) in [
            ("ended", &*ended),
            ("renewed", &*renewed),
            ("ended everywhere", &*ended_everywhere),
            ("timed out", &*timed_out),
            ("tampered", &*tampered),
            ("unknown", UNKNOWN),
            ("malformed", "__Host-Http-sid=x"),
        ] {
            let expected = || refused(401).code("session_expired");
            for (path, expected) in [
                ("/any", expected().challenge(bearer())),
                ("/sessions-only", expected().challenge(CHALLENGE)),
                // Not anonymous.
                ("/optional", expected().challenge(bearer())),
            ] {
                let request = with_cookie(Request::get(path), cookie);
                assert_is(expected, &node.send(&request).await, what);
            }
        }
    }
}

#[tokio::test]
async fn h5_a_request_from_another_site_gets_403_before_the_session_is_looked_up() {
    let store = Store::default();
    let node = Node::start(Sessions::new(store.clone())).await;
    let valid = node.log_in("alice").await;
    let ended = node.log_in("alice").await;
    let log_out = with_cookie(Request::new("POST", "/logout"), &ended);
    assert_eq!(node.send(&log_out).await.status, 200);
    let before = (store.finds(), store.writes());
    for (field, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "https://a.shop.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        for cookie in [&*valid, &*ended, UNKNOWN, "__Host-Http-sid=x"] {
            for method in ["POST", "PUT"] {
                let request = Request::new(method, "/any").header(field, value);
                let response = node.send(&with_cookie(request, cookie)).await;
                assert_is(refused(403).code("csrf"), &response, value);
            }
            let optional = Request::new("POST", "/optional").header(field, value);
            let response = node.send(&with_cookie(optional, cookie)).await;
            assert_is(refused(403).code("csrf"), &response, value);
            let hidden = Request::new("POST", "/hidden").header(field, value);
            let response = node.send(&with_cookie(hidden, cookie)).await;
            assert_is(Expected::NoSuchPath, &response, value);
        }
    }
    assert_eq!((store.finds(), store.writes()), before);
}

#[tokio::test]
async fn h5_requests_of_the_same_site_and_of_other_clients_are_accepted() {
    for node in nodes(|sessions| sessions).await {
        let alice = node.log_in("alice").await;
        for (field, value) in [
            ("Origin", ORIGIN),
            ("Sec-Fetch-Site", "same-origin"),
            ("Sec-Fetch-Site", "none"),
            ("X-Other", "curl sends neither"),
        ] {
            let request = Request::new("POST", "/any").header(field, value);
            let response = node.send(&with_cookie(request, &alice)).await;
            assert_is(
                Expected::PrivateHandler("alice".to_owned()),
                &response,
                value,
            );
        }
        // A link from another site is a safe request.
        let link = Request::get("/any").header("Sec-Fetch-Site", "cross-site");
        assert_eq!(node.send(&with_cookie(link, &alice)).await.status, 200);
    }
}

#[tokio::test]
async fn h5_a_websocket_upgrade_from_another_site_gets_403() {
    for node in nodes(|sessions| sessions).await {
        let alice = node.log_in("alice").await;
        for (origin, status) in [
            (Some("https://a.shop.example"), 403),
            (Some(ORIGIN), 200),
            (None, 200),
        ] {
            // Not `Connection: Upgrade`: the answer is that of the handler.
            let mut request =
                with_cookie(Request::get("/any"), &alice).header("Upgrade", "websocket");
            if let Some(origin) = origin {
                request = request.header("Origin", origin);
            }
            assert_eq!(node.send(&request).await.status, status, "{origin:?}");
        }
    }
}

#[tokio::test]
async fn h6_a_store_that_is_down_gets_503_and_the_cookie_stays() {
    let store = Store::default();
    let node = Node::start(Sessions::new(store.clone()).cache_ttl(Duration::ZERO)).await;
    let alice = node.log_in("alice").await;
    store.down.store(true, Ordering::SeqCst);
    for path in ["/any", "/sessions-only", "/optional"] {
        let response = node.send(&with_cookie(Request::get(path), &alice)).await;
        assert_is(refused(503).retry_after("5"), &response, path);
    }
    store.down.store(false, Ordering::SeqCst);
    let response = node.send(&with_cookie(Request::get("/any"), &alice)).await;
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn h7_two_session_cookies_get_400_where_the_session_would_decide() {
    for node in nodes(|sessions| sessions).await {
        let alice = node.log_in("alice").await;
        let expected = |challenge: &str| refused(400).code("invalid_request").challenge(challenge);
        for twice in [format!("{alice}; {alice}"), format!("{alice}; {UNKNOWN}")] {
            let response = node
                .send(&with_cookie(Request::get("/sessions-only"), &twice))
                .await;
            assert_is(expected(CHALLENGE), &response, "sessions only");
            let token = node.issuer.token("bob").sign();
            let request = with_cookie(Request::get("/any"), &twice).bearer(token);
            assert_eq!(node.send(&request).await.text(), "bob");
        }
        let two_lines = with_cookie(with_cookie(Request::get("/sessions-only"), &alice), UNKNOWN);
        let response = node.send(&two_lines).await;
        assert_is(expected(CHALLENGE), &response, "two lines");
    }
}

#[tokio::test]
async fn h8_an_explicit_credential_decides_over_the_session() {
    for node in nodes(|sessions| sessions).await {
        let foreign = node.log_in("mallory").await;
        let valid = node.issuer.token("alice").sign();
        let request = with_cookie(Request::get("/any"), &foreign).bearer(&valid);
        assert_eq!(node.send(&request).await.text(), "alice");
        // Also if it is bad.
        let request = with_cookie(Request::get("/any"), &foreign).bearer("x");
        assert_eq!(node.send(&request).await.status, 401);
        // A token is never sent by a browser on its own, so no site is judged.
        let request = Request::new("POST", "/any").header("Origin", "https://evil.example");
        let request = with_cookie(request, &foreign).bearer(&valid);
        assert_eq!(node.send(&request).await.text(), "alice");
        // `Basic` is, but is not accepted here: the session decides.
        let request = Request::new("POST", "/any").header("Origin", "https://evil.example");
        let request = with_cookie(request, &foreign).header("Authorization", "Basic YTpi");
        assert_is(
            refused(403).code("csrf"),
            &node.send(&request).await,
            "Basic beside the cookie",
        );
    }
}

#[tokio::test]
async fn h9_pages_of_a_session_are_not_stored() {
    for node in nodes(|sessions| sessions).await {
        let alice = node.log_in("alice").await;
        let navigate = |path| Request::get(path).header("Sec-Fetch-Mode", "navigate");
        let fetch = |path| Request::get(path).header("Sec-Fetch-Mode", "cors");
        for (request, expected) in [
            (navigate("/any"), "no-store"),
            (fetch("/any"), "private"),
            (Request::get("/any"), "private"),
            (
                Request::get("/any").header("Accept", "text/html"),
                "no-store",
            ),
            (navigate("/cacheable"), "max-age=60"),
            (navigate("/optional"), "no-store"),
            // A refusal is never stored.
            (navigate("/admin"), "no-store"),
        ] {
            let response = node.send(&with_cookie(request.clone(), &alice)).await;
            let found = response.one("cache-control");
            assert_eq!(found.as_deref(), Some(expected), "{request:?}");
            assert_eq!(response.one("set-cookie"), None);
        }
    }
}

#[tokio::test]
async fn h10_log_in_and_log_out_set_and_delete_the_cookie_and_are_judged_by_themselves() {
    for node in nodes(|sessions| sessions).await {
        let logged_in = node.send(&log_in_as("alice")).await;
        assert_eq!(logged_in.one("cache-control").as_deref(), Some("no-store"));
        let set = logged_in.one("set-cookie").unwrap();
        let (pair, attributes) = set.split_once("; ").unwrap();
        assert_eq!(pair.len(), "__Host-Http-sid=".len() + 43);
        assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/");
        let alice = cookie(&logged_in);
        for (path, cookie) in [
            ("/login?name=mallory", None),
            ("/logout", Some(&alice)),
            ("/renew", Some(&alice)),
        ] {
            for (field, value) in [
                ("Origin", "https://evil.example"),
                ("Sec-Fetch-Site", "cross-site"),
            ] {
                let mut request = Request::new("POST", path).header(field, value);
                if let Some(cookie) = cookie {
                    request = with_cookie(request, cookie);
                }
                let response = node.send(&request).await;
                assert_is(refused(403).code("csrf"), &response, path);
            }
        }
        assert_eq!(
            node.send(&with_cookie(Request::get("/any"), &alice))
                .await
                .text(),
            "alice"
        );
        let log_out = with_cookie(Request::new("POST", "/logout"), &alice);
        let logged_out = node.send(&log_out).await;
        assert_eq!(logged_out.status, 200);
        assert_eq!(
            logged_out.one("set-cookie").as_deref(),
            Some("__Host-Http-sid=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0")
        );
        assert_eq!(
            node.send(&with_cookie(Request::get("/any"), &alice))
                .await
                .status,
            401
        );
    }
}

#[tokio::test]
async fn h10_a_new_login_and_a_renewed_session_end_the_old_identifier() {
    for node in nodes(|sessions| sessions).await {
        let first = node.log_in("alice").await;
        let second = node
            .send(&with_cookie(log_in_as("alice&acr=gold"), &first))
            .await;
        let second = cookie(&second);
        let third = node
            .send(&with_cookie(Request::new("POST", "/renew"), &second))
            .await;
        let third = cookie(&third);
        for (cookie, status) in [(&first, 401), (&second, 401), (&third, 200)] {
            let response = node.send(&with_cookie(Request::get("/gold"), cookie)).await;
            assert_eq!(response.status, status);
            assert_eq!(response.one("set-cookie"), None);
        }
        let again = node
            .send(&with_cookie(Request::new("POST", "/renew"), &first))
            .await;
        let expected = refused(401).code("session_expired").challenge(CHALLENGE);
        assert_is(expected, &again, "renewed twice");
    }
}

#[tokio::test]
async fn c5_a_session_that_lacks_a_scope_or_a_role_gets_403_without_a_challenge() {
    for node in nodes(|sessions| sessions).await {
        let alice = node.log_in("alice").await;
        for path in ["/write", "/admin"] {
            let response = node.send(&with_cookie(Request::get(path), &alice)).await;
            assert_is(refused(403).code("forbidden"), &response, path);
        }
        let response = node
            .send(&with_cookie(Request::get("/hidden"), &alice))
            .await;
        assert_is(Expected::NoSuchPath, &response, "/hidden");
        // Of a kind that is not accepted.
        let response = node
            .send(&with_cookie(Request::get("/bearer-only"), &alice))
            .await;
        assert_is(refused(401).challenge(bearer()), &response, "/bearer-only");
    }
}

#[tokio::test]
async fn c8_c9_c10_a_weak_or_old_login_gets_401_with_the_challenge_of_sessions() {
    for node in nodes(|sessions| sessions).await {
        let weak = node.log_in("alice").await;
        let old = node.log_in("alice&ago=301&acr=gold").await;
        let expected = || refused(401).code("insufficient_user_authentication");
        let error = r#"error="insufficient_user_authentication", error_description="#;
        let response = node.send(&with_cookie(Request::get("/gold"), &weak)).await;
        let level = format!(
            r#"{CHALLENGE}, {error}"A different authentication level is required", acr_values="gold silver""#
        );
        assert_is(
            expected().challenge(bearer()).challenge(level),
            &response,
            "c8",
        );
        let recent = format!(
            r#"{CHALLENGE}, {error}"More recent authentication is required", max_age="300""#
        );
        let response = node
            .send(&with_cookie(Request::get("/fresh-session"), &old))
            .await;
        assert_is(expected().challenge(&*recent), &response, "c9");
        // A session can't ask for scopes.
        let response = node.send(&with_cookie(Request::get("/fresh"), &old)).await;
        let scoped = r#"Bearer realm="api", scope="write""#;
        assert_is(
            expected().challenge(scoped).challenge(&*recent),
            &response,
            "c10",
        );
        let response = node
            .send(&with_cookie(Request::get("/fresh-session"), &weak))
            .await;
        assert_eq!(response.status, 200);
        let response = node.send(&with_cookie(Request::get("/gold"), &old)).await;
        assert_eq!(response.status, 200);
    }
}
