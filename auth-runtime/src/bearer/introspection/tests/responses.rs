//! The outcome of each introspection response.

use super::*;

async fn judged(
    introspection: Introspection,
    answer: Answer,
) -> Result<Identity, AuthenticationError> {
    let server = Server::saying(move |_| answer.clone());
    Node::new(&server, introspection).present(TOKEN).await
}

async fn said(text: &str) -> Result<Identity, AuthenticationError> {
    judged(introspection(), ok(text)).await
}

/// The outcome of a valid response with these additional members.
async fn with(members: &str) -> Result<Identity, AuthenticationError> {
    let text = format!(r#"{{"active":true,"sub":"alice","aud":"api",{members}}}"#);
    judged(introspection(), ok(text)).await
}

#[tokio::test(start_paused = true)]
async fn an_active_token_authenticates_the_subject_of_the_response() {
    let alice = said(
        r#"{"active":true,"iss":"https://issuer.example","sub":"alice","aud":["other","api"],
            "scope":"read write","roles":["admin"],"token_type":"Bearer","exp":1700000060,
            "nbf":1699999990,"iat":1699999990,"email":"alice@example.com"}"#,
    )
    .await
    .unwrap();
    assert_eq!(alice.issuer(), "https://issuer.example");
    assert_eq!(alice.subject(), "alice");
    assert_eq!(alice.scheme(), Scheme::BEARER);
    assert!(alice.has_scope("read") && alice.has_scope("write") && alice.has_role("admin"));
    let expiry = UNIX_EPOCH + Duration::from_secs(1_700_000_060);
    assert_eq!(alice.expires_at(), Some(expiry));
    assert_eq!(alice.claim_value("email").unwrap(), "alice@example.com");
}

#[tokio::test(start_paused = true)]
async fn b18_an_inactive_token_is_not_reported_as_revoked() {
    for text in [r#"{"active":false}"#, r#"{"active":false,"sub":"alice"}"#] {
        assert_eq!(fault(said(text).await), TokenFault::Inactive, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn i4_a_malformed_introspection_response_is_an_outage() {
    for text in [
        "",
        "true",
        "[]",
        "<html>",
        "{}",
        r#"{"active":"true","sub":"alice","aud":"api"}"#,
        r#"{"active":1,"sub":"alice","aud":"api"}"#,
        r#"{"active":null,"sub":"alice","aud":"api"}"#,
        r#"{"sub":"alice","aud":"api"}"#,
        // Readers could choose either of the two.
        r#"{"active":false,"active":true,"sub":"alice","aud":"api"}"#,
        r#"{"active":true,"sub":"alice","sub":"bob","aud":"api"}"#,
    ] {
        assert_eq!(unavailable(said(text).await), 5, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_before_an_introspection_response_is_ignored() {
    let text = r#"{"active":true,"sub":"alice","aud":"api","email":"alice@example.com"}"#;
    let alice = said(&format!("\u{feff}{text}")).await.unwrap();
    assert_eq!(alice.claim_value("email").unwrap(), "alice@example.com");
    let inactive = said("\u{feff}{\"active\":false}").await;
    assert_eq!(fault(inactive), TokenFault::Inactive);
}

#[tokio::test(start_paused = true)]
async fn an_optional_introspection_member_that_is_null_is_absent() {
    for member in [
        "iss",
        "nbf",
        "iat",
        "scope",
        "roles",
        "acr",
        "auth_time",
        "jti",
        "sid",
        "cnf",
        "token_type",
    ] {
        let said = with(&format!(r#""{member}":null"#)).await;
        assert!(said.is_ok(), "{member}");
    }
}

#[tokio::test(start_paused = true)]
async fn b14_an_issuer_in_the_introspection_response_is_compared_byte_for_byte() {
    assert!(with(r#""iss":"https://issuer.example""#).await.is_ok());
    for issuer in ["https://issuer.example/", "https://ISSUER.example", ""] {
        let member = format!(r#""iss":"{issuer}""#);
        assert_eq!(fault(with(&member).await), TokenFault::UntrustedIssuer);
    }
    assert_eq!(fault(with(r#""iss":7"#).await), TokenFault::Malformed);
}

#[tokio::test(start_paused = true)]
async fn b15_an_introspected_audience_must_be_present_and_name_this_api() {
    for text in [
        r#"{"active":true,"sub":"alice"}"#,
        r#"{"active":true,"sub":"alice","aud":null}"#,
        r#"{"active":true,"sub":"alice","aud":"other"}"#,
        r#"{"active":true,"sub":"alice","aud":["API"]}"#,
        r#"{"active":true,"sub":"alice","aud":[]}"#,
    ] {
        assert_eq!(fault(said(text).await), TokenFault::WrongAudience, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn with_any_audience_the_introspection_response_must_show_an_access_token() {
    let any = || {
        Introspection::endpoint("https://issuer.example/introspect")
            .issuer("https://issuer.example")
            .client("api", "secret")
            .any_audience()
    };
    for member in [
        r#""token_type":"Bearer""#,
        r#""token_type":"bearer","aud":"other""#,
        r#""token_use":"access_token","token_type":"Bearer""#,
        r#""typ":"Bearer""#,
    ] {
        let text = format!(r#"{{"active":true,"sub":"alice",{member}}}"#);
        assert!(judged(any(), ok(text)).await.is_ok(), "{member}");
    }
    // oidc-provider and Spring answer like this for a refresh token.
    let text = r#"{"active":true,"sub":"alice","client_id":"web","scope":"read"}"#;
    let result = judged(any(), ok(text)).await;
    assert_eq!(fault(result), TokenFault::NotAnAccessToken);
    // A configured audience is checked.
    let text = r#"{"active":true,"sub":"alice","aud":"other","token_type":"Bearer"}"#;
    let result = judged(any().audience("api"), ok(text)).await;
    assert_eq!(fault(result), TokenFault::WrongAudience);
}

#[tokio::test(start_paused = true)]
async fn b10_an_introspected_token_of_another_type_is_refused() {
    for member in [
        r#""token_type":"refresh_token""#,
        r#""token_type":"N_A""#,
        r#""token_use":"refresh_token""#,
        r#""token_use":"id""#,
        r#""token_type":"Bearer","token_use":"refresh_token""#,
        r#""typ":"Refresh""#,
        r#""typ":"Offline""#,
        r#""typ":"ID""#,
        r#""token_type":"Bearer","typ":"ID""#,
        r#""typ":"logout+jwt""#,
    ] {
        let result = with(member).await;
        assert_eq!(fault(result), TokenFault::NotAnAccessToken, "{member}");
    }
    for member in [
        r#""token_type":"Bearer","typ":"Bearer""#,
        r#""token_type":"access_token""#,
        r#""token_use":"access_token","token_type":"Bearer""#,
        r#""typ":"at+jwt""#,
    ] {
        assert!(with(member).await.is_ok(), "{member}");
    }
}

#[tokio::test(start_paused = true)]
async fn b11_b13_b17_times_in_the_introspection_response_are_checked() {
    assert!(with(r#""exp":1699999941"#).await.is_ok());
    assert!(with(r#""exp":null,"nbf":null,"cnf":null"#).await.is_ok());
    let expired = with(r#""exp":1699999940"#).await;
    assert_eq!(fault(expired), TokenFault::Expired);
    for member in [r#""nbf":1700000061"#, r#""iat":1700000061"#] {
        assert_eq!(fault(with(member).await), TokenFault::NotYetValid);
    }
    for member in [r#""exp":"1700003600""#, r#""scope":5"#, r#""cnf":"x""#] {
        assert_eq!(fault(with(member).await), TokenFault::Malformed, "{member}");
    }
}

#[tokio::test(start_paused = true)]
async fn b11_a_token_that_expires_during_introspection_is_refused() {
    let server = Server::saying(|_| {
        ok(format!(
            r#"{{"active":true,"sub":"alice","aud":"api","exp":{}}}"#,
            NOW + 10
        ))
    });
    for (seconds, expected) in [(9, None), (10, Some(TokenFault::Expired))] {
        *server.0.takes.lock().unwrap() = Duration::from_secs(seconds);
        let patient = introspection()
            .timeout(Duration::from_secs(60))
            .leeway(Duration::ZERO);
        let node = Node::new(&server, patient).ticking();
        match expected {
            None => assert!(node.is_let_in(TOKEN).await),
            Some(expected) => assert_eq!(fault(node.present(TOKEN).await), expected),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn b16_an_introspection_response_must_have_a_subject_and_the_required_claims() {
    let service = r#"{"active":true,"client_id":"job","aud":"api"}"#;
    assert_eq!(fault(said(service).await), TokenFault::MissingClaim);
    let by_client = introspection().subject_claim("client_id");
    let job = judged(by_client, ok(service)).await.unwrap();
    assert_eq!(job.subject(), "job");
    let text = r#"{"active":true,"sub":"alice","aud":"api","tenant":null}"#;
    let result = judged(introspection().required_claim("tenant"), ok(text)).await;
    assert_eq!(fault(result), TokenFault::MissingClaim);
}

#[tokio::test(start_paused = true)]
async fn b15_the_audience_is_read_from_the_configured_claim() {
    let by_client = || introspection().audience_claim("client_id");
    let text = r#"{"active":true,"sub":"alice","client_id":"api"}"#;
    assert!(judged(by_client(), ok(text)).await.is_ok());
    for text in [
        // An `aud` that is present is checked as well.
        r#"{"active":true,"sub":"alice","client_id":"api","aud":"other"}"#,
        r#"{"active":true,"sub":"alice","client_id":"other","aud":"api"}"#,
        r#"{"active":true,"sub":"alice","aud":"api"}"#,
    ] {
        let result = judged(by_client(), ok(text)).await;
        assert_eq!(fault(result), TokenFault::WrongAudience, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn b16_a_required_claim_must_have_one_of_the_accepted_values() {
    let ours = || {
        introspection()
            .required_value("/org/name", "ours")
            .required_value("/org/name", "theirs")
    };
    for (org, is_good) in [
        (r#"{"name":"ours"}"#, true),
        (r#"{"name":"theirs"}"#, true),
        (r#"{"name":"Ours"}"#, false),
        (r#"{"name":["ours"]}"#, false),
        ("{}", false),
    ] {
        let text = format!(r#"{{"active":true,"sub":"alice","aud":"api","org":{org}}}"#);
        let result = judged(ours(), ok(text)).await;
        match result {
            Ok(_) => assert!(is_good, "{org}"),
            Err(AuthenticationError::Token(TokenFault::MissingClaim)) => assert!(!is_good, "{org}"),
            Err(other) => panic!("{org}: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_bound_to_a_key_is_refused_as_a_bearer_token() {
    for (member, expected) in [
        (r#""cnf":{"jkt":"abc"}"#, TokenFault::DpopBound),
        (r#""token_type":"DPoP""#, TokenFault::DpopBound),
        (
            r#""typ":"DPoP","token_type":"Bearer""#,
            TokenFault::DpopBound,
        ),
        (
            r#""cnf":{"jkt":"abc"},"token_type":"DPoP""#,
            TokenFault::DpopBound,
        ),
        (r#""cnf":{"x5t#S256":"abc"}"#, TokenFault::CertificateBound),
        (r#""cnf":{}"#, TokenFault::UnknownBinding),
    ] {
        assert_eq!(fault(with(member).await), expected, "{member}");
    }
}

#[tokio::test(start_paused = true)]
async fn scopes_and_roles_are_read_from_the_configured_claims_within_the_grants() {
    let introspection = introspection()
        .scopes("permissions")
        .roles("/realm_access/roles")
        .grants(["read"], ["user"]);
    let text = r#"{"active":true,"sub":"alice","aud":"api","scope":"ignored",
        "permissions":["read","write"],"realm_access":{"roles":["user","admin"]}}"#;
    let alice = judged(introspection, ok(text)).await.unwrap();
    assert!(alice.has_scope("read") && alice.has_role("user"));
    assert!(!alice.has_scope("write") && !alice.has_scope("ignored") && !alice.has_role("admin"));
}

#[tokio::test(start_paused = true)]
async fn i4_an_unexpected_introspection_status_is_an_outage() {
    for status in [201, 204, 301, 302, 307, 404, 405, 429, 500, 502, 503, 504] {
        let text = r#"{"active":true,"sub":"alice","aud":"api"}"#.to_owned();
        let result = judged(introspection(), (status, Vec::new(), text)).await;
        assert_eq!(unavailable(result), 5, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn i4_retry_after_of_the_introspection_endpoint_is_passed_on_within_bounds() {
    for status in [429, 503] {
        for (value, expected) in [
            ("7", 7),
            ("0", 1),
            ("86400", 60),
            ("Tue, 14 Nov 2023 22:13:40 GMT", 20),
            ("Fri, 31 Dec 1999 23:59:59 GMT", 1),
            ("Fri, 31 Dec 2100 23:59:59 GMT", 60),
            ("soon", 5),
            ("-1", 5),
        ] {
            let answer = (status, vec![("retry-after", value)], String::new());
            let result = judged(introspection(), answer).await;
            assert_eq!(unavailable(result), expected, "{status} {value}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn i5_invalid_client_from_the_introspection_endpoint_is_an_internal_error() {
    for status in [400, 401, 403] {
        for error in ["invalid_client", "unauthorized_client"] {
            let text = format!(r#"{{"error":"{error}"}}"#);
            assert_failed(status, Vec::new(), &text).await;
        }
    }
    for text in ["", "<html>", "{}", r#"{"error":401}"#] {
        assert_failed(401, Vec::new(), text).await;
        let basic = vec![("www-authenticate", r#"Basic realm="Bearer""#)];
        assert_failed(401, basic, text).await;
    }
}

/// Row I5 of the conformance table: 500, and the log contains the response of the server.
async fn assert_failed(status: u16, fields: Vec<(&'static str, &'static str)>, text: &str) {
    match judged(introspection(), (status, fields, text.to_owned())).await {
        Err(AuthenticationError::Failed { source }) => {
            assert!(source.to_string().contains(&status.to_string()));
        }
        other => panic!("{status} {text}: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn i5_an_invalid_token_error_means_that_the_token_is_not_active() {
    for status in [400, 401, 403, 404, 422] {
        for error in ["invalid_token", "invalid_grant"] {
            let fields = vec![("www-authenticate", r#"Bearer error="invalid_token""#)];
            let text = format!(r#"{{"error":"{error}","error_description":"unknown"}}"#);
            let result = judged(introspection(), (status, fields, text)).await;
            assert_eq!(fault(result), TokenFault::Inactive, "{status} {error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn i5_any_other_introspection_error_is_an_outage() {
    for status in [400, 401, 403, 422] {
        for error in [
            "access_denied",
            "insufficient_scope",
            "invalid_request",
            "temporarily_unavailable",
            "token_inactive",
        ] {
            let text = format!(r#"{{"error":"{error}"}}"#);
            let result = judged(introspection(), (status, Vec::new(), text)).await;
            assert_eq!(unavailable(result), 5, "{status} {error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn i5_an_introspection_401_with_a_bearer_challenge_is_an_outage() {
    for challenge in [
        "Bearer",
        r#"bearer realm="api""#,
        r#"Bearer realm="api", error="invalid_token""#,
        r#"Basic realm="api", Bearer realm="api""#,
    ] {
        for text in ["", "<html>", "{}"] {
            let answer = (401, vec![("www-authenticate", challenge)], text.to_owned());
            let result = judged(introspection(), answer).await;
            assert_eq!(unavailable(result), 5, "{challenge} {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn i4_a_firewall_that_blocks_the_text_of_a_token_is_not_an_internal_error() {
    for status in [400, 403] {
        for text in [
            "",
            "<html>blocked</html>",
            "{}",
            r#"{"error":"blocked"}"#,
            r#"{"error":403}"#,
        ] {
            let answer = (status, Vec::new(), text.to_owned());
            let result = judged(introspection(), answer).await;
            assert_eq!(unavailable(result), 5, "{status} {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn i5_the_log_names_an_introspection_error_only_if_its_code_is_known() {
    for (error, expected) in [
        ("access_denied", "it answered 403 Forbidden: access_denied"),
        (TOKEN, "it answered 403 Forbidden"),
    ] {
        let answer = (403, Vec::new(), format!(r#"{{"error":"{error}"}}"#));
        match judged(introspection(), answer).await {
            Err(AuthenticationError::Unavailable { source, .. }) => {
                assert_eq!(source.to_string(), expected);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn i5_a_token_that_the_server_does_not_introspect_authenticates_no_caller() {
    let text = r#"{"error":"unsupported_token_type","error_description":"Structured JWT"}"#;
    let answer = (400, Vec::new(), text.to_owned());
    let result = judged(introspection(), answer).await;
    assert_eq!(fault(result), TokenFault::UntrustedIssuer);
}

#[tokio::test(start_paused = true)]
async fn i4_a_missing_introspection_response_is_an_outage() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    server.0.down.store(true, Ordering::SeqCst);
    assert_eq!(unavailable(node.present(TOKEN).await), 5);
    server.0.down.store(false, Ordering::SeqCst);
    server.hold();
    let begun = tokio::time::Instant::now();
    assert_eq!(unavailable(node.present(TOKEN).await), 5);
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    server.release();
    assert!(node.is_let_in(TOKEN).await);
    let status = node.introspection();
    assert_eq!((status.asked, status.under_way), (3, 0));
    let reason = status.last_error.unwrap();
    assert!(reason.contains("no response in time"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_malformed_token_is_not_introspected() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    for token in ["short", "with spaces in it, too", "with\"quotes\"and so on"] {
        assert_eq!(fault(node.present(token).await), TokenFault::Malformed);
    }
    let prefixed = introspection().token_format(|token| token.starts_with("at_"));
    let node = Node::new(&server, prefixed);
    assert_eq!(fault(node.present(TOKEN).await), TokenFault::Malformed);
    assert_eq!(server.asked(), 0);
    assert_eq!(fault(node.present("at_1").await), TokenFault::Inactive);
    assert_eq!(server.asked(), 1);
}
