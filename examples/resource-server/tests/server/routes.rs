//! The routes, the settings and the shutdown.

use std::io::Write;
use std::time::Duration;

use auth_runtime::testing::Issuer;
use example_runner::{Response, curl, finish, run, start_curl};
use serde_json::{Value, json};

use crate::api::{AUDIENCE, Api, ISSUER, RESOURCE_SERVER, SECRET, authorization, file};

#[test]
fn every_route_of_the_resource_server_works_with_a_shared_secret() {
    let issuer = Issuer::with_secret(ISSUER, AUDIENCE, SECRET);
    every_route(&Api::start(&[("HS256_SECRET", SECRET)]), &issuer);
}

#[test]
fn every_route_of_the_resource_server_works_with_a_file_of_public_keys() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let file = file("keys.json", &issuer.jwks());
    every_route(
        &Api::start(&[("JWKS_FILE", file.to_str().unwrap())]),
        &issuer,
    );
}

fn every_route(api: &Api, issuer: &Issuer) {
    every_rule(api, issuer);
    whoami_shows_the_caller(api, issuer);
    bodies_are_read_last(api, issuer);
    stronger_logins_are_requested(api, issuer);

    // Two credentials of one kind are an invalid request.
    let header = authorization(&issuer.token("alice"));
    let answer = curl(&[&api.url("/whoami"), "-H", &header, "-H", &header]);
    assert_eq!(answer.status, 400);
}

fn every_rule(api: &Api, issuer: &Issuer) {
    let alice = || issuer.token("alice");
    let no_token = None;
    let plain = Some(&alice());
    let reader = Some(&alice().scope("read"));
    let writer = Some(&alice().scope("write"));
    let a = Some(&alice().scope("a"));
    let b = Some(&alice().scope("b"));
    let b_and_c = Some(&alice().scope("b c"));
    let user = Some(&alice().scope("read").role("user"));
    let suspended = Some(&alice().scope("read").role("suspended"));
    let admin = Some(&issuer.token("root").role("admin"));
    let minute = Duration::from_secs(60);
    let gold = Some(&alice().acr("urn:example:gold").authenticated_ago(minute));
    let expired = Some(&alice().expired_for(60 * minute));
    let foreign = Some(&Issuer::new("https://other.example", AUDIENCE).token("alice"));

    let anonymous = r#"Bearer realm="api""#;
    let forbidden = anonymous;
    let anonymous_read = r#"Bearer realm="api", scope="read""#;
    let anonymous_a = r#"Bearer realm="api", scope="a""#;
    let lacks_read = &insufficient("read");
    let lacks_a = &insufficient("a");
    let is_expired = &invalid("The access token expired");
    let is_expired_read = &format!("{is_expired}, scope=\"read\"");
    let is_foreign = &invalid("The access token issuer is not trusted");
    let owned = "owned by alice\n";

    // A 200 has the body of the handler, any other status a challenge.
    for (path, token, status, expected) in [
        ("/public", no_token, 200, "public\n"),
        ("/public", expired, 200, "public\n"),
        ("/whoami", no_token, 401, anonymous),
        ("/whoami", expired, 401, is_expired),
        ("/whoami", foreign, 401, is_foreign),
        ("/optional", no_token, 200, r#"{"anonymous":true}"#),
        ("/optional", expired, 401, is_expired),
        ("/read", no_token, 401, anonymous_read),
        ("/read", expired, 401, is_expired_read),
        ("/read", writer, 403, lacks_read),
        ("/read", reader, 200, "read\n"),
        ("/admin", no_token, 401, anonymous),
        ("/admin", plain, 403, forbidden),
        ("/admin", user, 403, forbidden),
        ("/admin", admin, 200, "admin\n"),
        ("/either", no_token, 401, anonymous_a),
        ("/either", b, 403, lacks_a),
        ("/either", a, 200, "either\n"),
        ("/either", b_and_c, 200, "either\n"),
        ("/not", no_token, 401, anonymous_read),
        ("/not", suspended, 403, forbidden),
        // The token has no claim for roles.
        ("/not", reader, 403, forbidden),
        ("/not", user, 200, "not suspended\n"),
        ("/owned/alice", no_token, 401, anonymous),
        ("/owned/alice", admin, 403, forbidden),
        ("/owned/bob", plain, 403, forbidden),
        ("/owned/alice", plain, 200, owned),
        ("/admin-or-owner/alice", no_token, 401, anonymous),
        ("/admin-or-owner/bob", plain, 403, forbidden),
        ("/admin-or-owner/alice", plain, 200, owned),
        ("/admin-or-owner/alice", admin, 200, owned),
        ("/gold", no_token, 401, anonymous),
        ("/gold", gold, 200, "gold\n"),
    ] {
        let answer = api.get(path, token);
        assert_eq!(answer.status, status, "{path} {token:?}: {answer:?}");
        if status == 200 {
            assert_eq!(answer.body, expected, "{path}");
            assert!(answer.challenges.is_empty(), "{path}: {answer:?}");
        } else {
            assert_eq!(answer.challenges, [expected], "{path} {token:?}");
        }
    }
}

fn whoami_shows_the_caller(api: &Api, issuer: &Issuer) {
    let known = issuer
        .token("alice")
        .scope("read write")
        .role("user")
        .role("tester");
    let caller = json!({
        "subject": "alice",
        "issuer": ISSUER,
        "scheme": "Bearer",
        "scopes": ["read", "write"],
        "roles": ["user", "tester"],
    });
    for path in ["/whoami", "/optional"] {
        let answer = api.get(path, Some(&known));
        assert_eq!(answer.status, 200);
        assert_eq!(
            serde_json::from_str::<Value>(&answer.body).unwrap(),
            caller,
            "{path}"
        );
    }
    let answer = api.get("/whoami", Some(&issuer.token("alice")));
    assert!(
        answer.body.contains(r#""scopes":[],"roles":[]"#),
        "{answer:?}"
    );
}

/// A caller without the scope is refused whatever the body is.
fn bodies_are_read_last(api: &Api, issuer: &Issuer) {
    let reader = &issuer.token("alice").scope("read");
    let writer = &issuer.token("alice").scope("write");
    for (token, body, status) in [
        (None, "{", 401),
        (Some(reader), "{", 403),
        (Some(writer), "{", 400),
        (Some(writer), r#"{"n": "one"}"#, 422),
        (Some(writer), r#"{"n": 1}"#, 200),
    ] {
        let answer = api.post("/write", token, body);
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        if status == 200 {
            assert_eq!(answer.body, r#"{"n":1}"#);
        }
    }
}

fn stronger_logins_are_requested(api: &Api, issuer: &Issuer) {
    let minute = Duration::from_secs(60);
    let log_in = issuer
        .token("alice")
        .acr("urn:example:gold")
        .authenticated_ago(minute);
    let silver = &log_in.clone().acr("urn:example:silver");
    let stale = &log_in.authenticated_ago(60 * minute);
    for (token, asked_for) in [
        (silver, r#"acr_values="urn:example:gold""#),
        (stale, r#"max_age="300""#),
    ] {
        let Response {
            status, challenges, ..
        } = api.get("/gold", Some(token));
        assert_eq!((status, challenges.len()), (401, 1));
        let challenge = &challenges[0];
        assert!(
            challenge.contains(r#"error="insufficient_user_authentication""#),
            "{challenge}"
        );
        assert!(challenge.contains(asked_for), "{challenge}");
    }
}

fn invalid(description: &str) -> String {
    format!(r#"Bearer realm="api", error="invalid_token", error_description="{description}""#)
}

fn insufficient(scope: &str) -> String {
    format!(
        r#"Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="{scope}""#
    )
}

#[test]
fn challenges_of_the_resource_server_name_the_configured_realm() {
    let api = Api::start(&[("HS256_SECRET", SECRET), ("REALM", "orders")]);
    assert_eq!(
        api.get("/whoami", None).challenges,
        [r#"Bearer realm="orders""#]
    );
}

#[test]
fn the_configured_typ_distinguishes_access_tokens() {
    let issuer = Issuer::with_secret(ISSUER, AUDIENCE, SECRET);
    let access_token = issuer.token("alice");
    let plain_jwt = access_token.clone().header("typ", "JWT");
    let untyped = access_token.clone().without_header("typ");
    for (typ, expected) in [
        ("", [200, 401, 401]),
        ("strict", [200, 401, 401]),
        ("if_present", [200, 401, 200]),
        ("off", [200, 200, 200]),
    ] {
        let api = Api::start(&[("HS256_SECRET", SECRET), ("TYP", typ)]);
        let statuses = [&access_token, &plain_jwt, &untyped]
            .map(|token| api.get("/whoami", Some(token)).status);
        assert_eq!(statuses, expected, "TYP={typ}");
    }
}

#[test]
fn the_resource_server_finishes_running_requests_before_it_stops() {
    let issuer = Issuer::with_secret(ISSUER, AUDIENCE, SECRET);
    for signal in ["TERM", "INT"] {
        let api = Api::start(&[
            ("HS256_SECRET", SECRET),
            ("RUST_LOG", "auth_runtime=debug,info"),
        ]);
        let mut request = start_curl(&[
            &api.url("/write"),
            "-X",
            "POST",
            "-T",
            "-",
            "-H",
            "Expect:",
            "-H",
            "Content-Type: application/json",
            "-H",
            &format!(
                "Authorization: Bearer {}",
                issuer.token("alice").scope("write").sign()
            ),
        ]);
        let mut body = request.stdin.take().unwrap();
        body.write_all(br#"{"n":"#).unwrap();
        api.program.log("allowed");
        api.program.signal(signal);
        api.program.log("stopping");
        body.write_all(b" 1}").unwrap();
        drop(body);

        let answer = finish(request);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, r#"{"n":1}"#),
            "{signal}"
        );
        assert_eq!(api.program.end().code(), Some(0), "{signal}");
    }
}

#[test]
fn configured_keys_are_ready_at_start_and_counted() {
    let api = Api::start(&[("HS256_SECRET", SECRET)]);
    let ready = api.get("/ready", None);
    assert_eq!(
        (ready.status, ready.body.as_str()),
        (200, r#"{"ready":true}"#)
    );
    let status: Value = serde_json::from_str(&api.get("/status", None).body).unwrap();
    assert_eq!(status["issuers"][0]["issuer"], ISSUER);
    assert_eq!(status["issuers"][0]["keys"], 1);
    assert_eq!(status["revocation"], Value::Null);
}

/// The server starts without the list, and accepts no token.
#[test]
fn without_the_revocation_list_no_token_is_accepted_and_admins_see_the_reason() {
    let issuer = Issuer::with_secret(ISSUER, AUDIENCE, SECRET);
    // Nothing listens there.
    let redis = "redis://api:hunter2@127.0.0.1:1/";
    let api = Api::start(&[("HS256_SECRET", SECRET), ("REDIS_URL", redis)]);
    let answer = api.get("/whoami", Some(&issuer.token("alice")));
    assert_eq!((answer.status, answer.challenges.len()), (503, 0));
    assert_eq!(api.get("/ready", None).status, 503);
    let status = api.get("/status", None);
    let status: Value = serde_json::from_str(&status.body).unwrap();
    assert_eq!(status["ready"], false);
    assert_eq!(
        status["revocation"]["degraded"],
        "for admins, and in the log"
    );
    let logged = api.program.log("127.0.0.1:1");
    assert!(!logged.contains("hunter2"), "{logged}");
}

#[test]
fn the_token_cache_of_the_resource_server_can_be_turned_off() {
    for (cache, shown) in [("on", json!(0)), ("", json!(0)), ("off", Value::Null)] {
        let api = Api::start(&[("HS256_SECRET", SECRET), ("TOKEN_CACHE", cache)]);
        let status = api.get("/status", None);
        let status: Value = serde_json::from_str(&status.body).unwrap();
        assert_eq!(
            status["token_cache"]["entries"], shown,
            "TOKEN_CACHE={cache}"
        );
    }
}

#[test]
fn an_address_in_use_is_a_failure_and_not_a_misconfiguration() {
    let api = Api::start(&[("HS256_SECRET", SECRET)]);
    let output = run(
        RESOURCE_SERVER,
        &[],
        &[
            ("ISSUER", ISSUER),
            ("AUDIENCE", AUDIENCE),
            ("HS256_SECRET", SECRET),
            ("BIND", api.url.strip_prefix("http://").unwrap()),
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("BIND=127.0.0.1:")
    );
}
