//! Revocations by an administrator, logouts by an issuer, and the command line.

#![allow(clippy::unwrap_used, reason = "whatever goes wrong fails the test")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use example_runner::{Printed, Program, Response, curl, run};
use serde_json::Value;

const REVOCATION: &str = env!("CARGO_BIN_EXE_revocation");

/// The program, and what it printed.
struct Service {
    program: Program,
    printed: Printed,
    url: String,
}

impl Service {
    fn start() -> Self {
        Self::with(&[])
    }

    fn with(environment: &[(&str, &str)]) -> Self {
        let environment = [&[("PORT", "0")], environment].concat();
        let program = Program::start(REVOCATION, &[], &environment);
        let printed = program.printed();
        Self {
            program,
            url: printed.url.clone(),
            printed,
        }
    }

    fn token(&self, name: &str) -> String {
        self.printed.variable(name)
    }

    /// A claim of a token.
    fn claim(&self, token: &str, name: &str) -> String {
        let token = self.token(token);
        let payload = token.split('.').nth(1).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(payload).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        claims.get(name).and_then(Value::as_str).unwrap().to_owned()
    }

    fn bearer(&self, caller: &str) -> String {
        format!("Authorization: Bearer {}", self.token(caller))
    }

    fn whoami(&self, caller: &str) -> Response {
        curl(&[&format!("{}/whoami", self.url), "-H", &self.bearer(caller)])
    }

    fn assert_good(&self, caller: &str) {
        assert_eq!(self.whoami(caller).status, 200, "{caller}");
    }

    fn assert_revoked(&self, caller: &str) {
        let answer = self.whoami(caller);
        assert_eq!(answer.status, 401, "{caller}");
        assert_eq!(
            answer.challenges,
            ["Bearer realm=\"api\", error=\"invalid_token\", \
              error_description=\"The access token was revoked\""]
        );
    }

    fn revoke(&self, caller: &str, body: &str) -> Response {
        let url = format!("{}/admin/revocations", self.url);
        let json = "Content-Type: application/json";
        curl(&[&url, "-H", &self.bearer(caller), "-H", json, "--data", body])
    }

    fn log_out(&self) -> Response {
        let url = format!("{}/backchannel-logout", self.url);
        let form = format!("logout_token={}", self.token("LOGOUT"));
        curl(&[&url, "--data", &form])
    }
}

#[test]
fn an_administrator_revokes_a_session_a_subject_and_a_token() {
    let service = Service::start();
    for caller in ["PHONE", "LAPTOP", "BOB", "ADMIN"] {
        service.assert_good(caller);
    }
    let session = format!(r#"{{"session":"{}"}}"#, service.claim("PHONE", "sid"));
    assert_eq!(service.revoke("ADMIN", &session).status, 204);
    service.assert_revoked("PHONE");
    service.assert_good("LAPTOP");

    let subject = format!(r#"{{"subject":"{}"}}"#, service.claim("LAPTOP", "sub"));
    assert_eq!(service.revoke("ADMIN", &subject).status, 204);
    service.assert_revoked("LAPTOP");
    service.assert_good("BOB");

    let token = format!(
        r#"{{"token":{{"jti":"{}","exp":4000000000}}}}"#,
        service.claim("BOB", "jti")
    );
    assert_eq!(service.revoke("ADMIN", &token).status, 204);
    service.assert_revoked("BOB");
    service.assert_good("ADMIN");
}

#[test]
fn only_an_administrator_may_revoke() {
    let service = Service::start();
    let all_of_bob = r#"{"subject":"bob"}"#;
    let denied = service.revoke("PHONE", all_of_bob);
    assert_eq!(denied.status, 403);
    assert_eq!(
        denied.challenges,
        ["Bearer realm=\"api\", error=\"insufficient_scope\", \
          error_description=\"The access token lacks a required scope\", \
          scope=\"revocations:write\""]
    );
    let url = format!("{}/admin/revocations", service.url);
    let anonymous = curl(&[
        &url,
        "-H",
        "Content-Type: application/json",
        "--data",
        all_of_bob,
    ]);
    assert_eq!(anonymous.status, 401);
    service.assert_good("BOB");
    // An invalid request revokes nothing.
    for body in [
        "{}",
        r#"{"everybody":"*"}"#,
        r#"{"subject":"bob","session":"1"}"#,
        r#"{"subject":1}"#,
        r#"{"token":{"jti":"x"}}"#,
        "bob",
    ] {
        let status = service.revoke("ADMIN", body).status;
        assert!(matches!(status, 400 | 422), "{body}: {status}");
    }
    service.assert_good("BOB");
}

#[test]
fn the_issuer_logs_out_a_session_with_each_logout_token_once() {
    let service = Service::start();
    service.assert_good("CAROL");
    let answer = service.log_out();
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    service.assert_revoked("CAROL");
    let again = service.log_out();
    assert_eq!(again.status, 400);
    assert_eq!(
        again.body,
        r#"{"error":"invalid_request","error_description":"The logout token was used before"}"#
    );
    // It is not an access token.
    assert_eq!(service.whoami("LOGOUT").status, 401);
}

#[test]
fn every_printed_command_gets_the_expected_response() {
    let outcomes = Service::start().printed.outcomes();
    let revoked = r#"401 Bearer realm="api", error="invalid_token", error_description="The access token was revoked""#;
    let lacks_scope = r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="revocations:write""#;
    let anonymous = r#"401 Bearer realm="api", scope="revocations:write""#;
    assert_eq!(
        outcomes,
        [
            "200",
            "200",
            anonymous,
            lacks_scope,
            "204",
            revoked,
            "200",
            "204",
            revoked,
            "200",
            "204",
            revoked,
            "200",
            "200",
            revoked,
            "400",
            "200",
        ]
    );
}

#[test]
fn the_help_names_the_arguments_and_the_variables() {
    let output = run(REVOCATION, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for word in [
        "cargo run -p revocation",
        "--check",
        "PORT",
        "REDIS_URL",
        "ISSUER_SECRET",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn the_self_check_of_the_revocation_example_finds_no_difference() {
    let output = run(REVOCATION, &["--check"], &[]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{report}");
    assert!(
        report.ends_with("17 requests, 0 different from what was expected\n"),
        "{report}"
    );
}

#[test]
fn the_revocation_example_refuses_unknown_arguments_and_urls() {
    let output = run(REVOCATION, &["--chekc"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let output = run(
        REVOCATION,
        &["--check"],
        &[("REDIS_URL", "http://x.example")],
    );
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("redis"), "{error}");
}

#[test]
fn a_revocation_in_memory_applies_to_one_node() {
    let secret = [("ISSUER_SECRET", "a secret of at least thirty-two bytes")];
    let (one, other) = (Service::with(&secret), Service::with(&secret));
    one.log_out();
    one.assert_revoked("CAROL");
    let whoami = format!("{}/whoami", other.url);
    assert_eq!(curl(&[&whoami, "-H", &one.bearer("CAROL")]).status, 200);
}

#[test]
fn while_redis_is_unavailable_requests_with_a_token_are_refused() {
    // Nothing listens on port 1.
    let service = Service::with(&[("REDIS_URL", "redis://api:hunter2@127.0.0.1:1")]);
    let warning = service.program.log("revocations can't be read");
    assert!(
        warning.contains("127.0.0.1:1") && !warning.contains("hunter2"),
        "{warning}"
    );
    assert_eq!(service.whoami("BOB").status, 503);
    assert_eq!(service.log_out().status, 503);
    assert_eq!(service.revoke("ADMIN", r#"{"subject":"bob"}"#).status, 503);
    assert_eq!(curl(&[&format!("{}/whoami", service.url)]).status, 401);
    assert_eq!(curl(&[&format!("{}/ready", service.url)]).status, 503);
}
