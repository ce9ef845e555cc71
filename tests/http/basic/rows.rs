//! Rows F1 to F6, and Basic beside bearer tokens.

use std::time::SystemTime;

use auth_runtime::Scheme;
use auth_tests::expected::handler;

use super::*;

#[tokio::test]
async fn f1_a_request_without_credentials_gets_a_basic_challenge() {
    let server = serve(basic(alice())).await;
    for path in ["/any", "/read", "/basic"] {
        assert_answer(&server.send(&Request::get(path)).await, unauthorized());
    }
    let empty = Request::get("/any").header("Authorization", "");
    assert_answer(&server.send(&empty).await, unauthorized());
    let optional = server.send(&Request::get("/optional")).await;
    assert_answer(&optional, handler("anonymous"));
}

#[tokio::test]
async fn a_right_password_authenticates_the_user_of_the_store() {
    let server = serve(basic(alice())).await;
    let answer = log_in(&server, "alice", "secret").await;
    assert_answer(
        &answer,
        handler("alice of basic by Basic: read write / admin"),
    );
    for path in ["/read", "/grown-up", "/basic", "/optional"] {
        let answer = server.send(&request(path, "alice", "secret")).await;
        assert_answer(&answer, handler("alice"));
    }
    // The name of the scheme has no case, and there may be several spaces.
    let odd = Request::get("/read").header("Authorization", "bAsIc   YWxpY2U6c2VjcmV0");
    assert_answer(&server.send(&odd).await, handler("alice"));
}

#[tokio::test]
async fn c5_a_basic_caller_without_the_scope_gets_no_challenge() {
    let users = Users::new().add("bob", user("secret").roles(["trial"]));
    let server = serve(basic(users)).await;
    for path in ["/read", "/grown-up"] {
        let answer = server.send(&request(path, "bob", "secret")).await;
        assert_answer(&answer, refused(403).code("forbidden"));
    }
}

#[tokio::test]
async fn f2_f4_a_wrong_password_and_an_unknown_user_get_the_same_bytes() {
    let users = alice()
        .add("locked", user("secret").locked(true))
        .add("expired", user("secret").expires_at(SystemTime::now()));
    let server = serve(basic(users)).await;
    let unknown = log_in(&server, "anonymous", "secret").await;
    assert_answer(&unknown, unauthorized());
    for (name, password) in [
        ("alice", "Secret"),
        ("alice", "secret "),
        ("alice", ""),
        ("Alice", "secret"),
        ("alice ", "secret"),
        ("locked", "secret"),
        ("locked", "wrong"),
        ("expired", "secret"),
    ] {
        let answer = log_in(&server, name, password).await;
        assert_same_bytes(&answer, &unknown);
    }
    // Row C14: the request does not become anonymous.
    let optional = server.send(&request("/optional", "alice", "wrong")).await;
    assert_answer(&optional, unauthorized());
}

#[tokio::test]
async fn f3_malformed_basic_credentials_are_answered_like_wrong_ones() {
    let server = serve(basic(alice())).await;
    let wrong = log_in(&server, "alice", "wrong").await;
    let too_long = format!(
        "Basic {}",
        STANDARD.encode(format!("alice:{}", "a".repeat(9000)))
    );
    let lines: [&[u8]; 14] = [
        b"Basic",
        b"Basic ",
        b"Basic YWxpY2U6c2VjcmV0=",
        b"Basic YWxpY2U6c2VjcmV0 YWxpY2U6c2VjcmV0",
        b"Basic YWxpY2U6c2VjcmV0,",
        b"Basic\tYWxpY2U6c2VjcmV0",
        b"Basic alice:secret",
        b"Basic YWxpY2U",
        b"Basic YWxpY2U=",
        // `:secret`, `alice:secret` with a line feed, and `alice` with a byte that is not UTF-8.
        b"Basic OnNlY3JldA==",
        b"Basic YWxpY2U6c2VjcmV0Cg==",
        b"Basic YWxpY2X/OnNlY3JldA==",
        b"Basic \xFF",
        too_long.as_bytes(),
    ];
    for line in lines {
        let answer = server
            .send(&Request::get("/any").header("Authorization", line))
            .await;
        assert_same_bytes(&answer, &wrong);
    }
}

#[tokio::test]
async fn passwords_are_utf_8_and_may_contain_colons() {
    let users = Users::new()
        .add("grüße", user("a:b:ç"))
        .add("empty", user(""));
    let server = serve(basic(users)).await;
    assert_eq!(log_in(&server, "grüße", "a:b:ç").await.status, 200);
    assert_eq!(log_in(&server, "grüße", "a:b:c").await.status, 401);
    // Another normalization form is another password.
    assert_eq!(log_in(&server, "grüße", "a:b:c\u{327}").await.status, 401);
    assert_eq!(log_in(&server, "empty", "").await.status, 200);
}

#[tokio::test]
async fn f5_repeated_failed_logins_have_to_wait_whether_the_user_exists_or_not() {
    let hour = Duration::from_secs(60 * 60);
    let server = serve(basic(alice()).failure_limit(failures(2, hour))).await;
    for name in ["alice", "anonymous"] {
        for _ in 0..2 {
            assert_answer(&log_in(&server, name, "wrong").await, unauthorized());
        }
        // The right password as well.
        let answer = log_in(&server, name, "secret").await;
        let seconds: u64 = answer.one("retry-after").unwrap().parse().unwrap();
        assert!((1..=1800).contains(&seconds), "{seconds}");
        let seconds = seconds.to_string().leak();
        assert_answer(&answer, refused(429).retry_after(seconds));
    }
    assert_eq!(log_in(&server, "bob", "wrong").await.status, 401);
}

#[tokio::test]
async fn f6_script_requests_get_the_alternative_scheme_configured_by_the_application() {
    let script = Request::get("/any").header("X-Requested-With", "XMLHttpRequest");
    let server = serve(basic(alice())).await;
    assert_answer(&server.send(&script).await, unauthorized());

    let renamed = basic(alice()).renamed_for_scripts(Scheme::new("xBasic"));
    let server = serve(renamed).await;
    let challenge = r#"xBasic realm="api", charset="UTF-8""#;
    assert_answer(
        &server.send(&script).await,
        refused(401).challenge(challenge),
    );
    assert_answer(&server.send(&Request::get("/any")).await, unauthorized());
    // Scripts also send the scheme `Basic`.
    let script = request("/read", "alice", "secret").header("X-Requested-With", "XMLHttpRequest");
    assert_answer(&server.send(&script).await, handler("alice"));
    let wrong = request("/read", "alice", "wrong").header("X-Requested-With", "XMLHttpRequest");
    assert_answer(
        &server.send(&wrong).await,
        refused(401).challenge(challenge),
    );
}

#[tokio::test]
async fn a2_bearer_and_basic_have_one_challenge_each() {
    let (issuer, server) = serve_both(basic(alice())).await;
    let both = refused(401).challenge(BEARER).challenge(BASIC);
    assert_answer(&server.send(&Request::get("/any")).await, both.clone());
    // A wrong password does not change the challenge for tokens.
    assert_answer(&log_in(&server, "alice", "wrong").await, both);
    assert_answer(&server.send(&Request::get("/basic")).await, unauthorized());

    let token = issuer.token("alice").scope("read").sign();
    let bearer = |path| Request::get(path).bearer(&token);
    assert_answer(&server.send(&bearer("/read")).await, handler("alice"));
    assert_answer(
        &server.send(&request("/read", "alice", "secret")).await,
        handler("alice"),
    );
    // Rows A4 and A8.
    assert_answer(&server.send(&bearer("/basic")).await, unauthorized());
    let two = request("/basic", "alice", "secret").bearer(&token);
    let answer = server.send(&two).await;
    assert_answer(
        &answer,
        refused(400).challenge(BASIC).code("invalid_request"),
    );
}

#[tokio::test]
async fn one_subject_may_use_tokens_and_passwords() {
    let (_, server) = serve_both(basic(alice()).issuer(ISSUER)).await;
    let answer = log_in(&server, "alice", "secret").await;
    let expected = format!("alice of {ISSUER} by Basic: read write / admin");
    assert_answer(&answer, handler(expected));
}
