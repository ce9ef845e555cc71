//! `revocation`: what was good is 401 once an administrator has revoked it.

use std::process::Command;

use crate::curl::curl;
use crate::process::Process;

const REVOCATION: &str = env!("CARGO_BIN_EXE_revocation");

/// With the same one, two processes take each other's tokens.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The printed tokens, as assignments of a shell.
fn tokens(process: &Process) -> Vec<String> {
    ["ALICE=", "PHONE=", "BOB=", "ADMIN="]
        .map(|name| process.says(name))
        .into()
}

fn value<'a>(tokens: &'a [String], name: &str) -> &'a str {
    let mut values = tokens.iter().filter_map(|token| token.split_once('='));
    let (_, value) = values.find(|(variable, _)| *variable == name).unwrap();
    value
}

#[test]
fn every_printed_curl_line_gets_what_it_says() {
    let process = Process::start(REVOCATION, &[("PORT", "0")]);
    let variables = tokens(&process).join("\n");
    for number in 1..=10 {
        let expected = process.says("# ");
        let line = process.says("curl -i ");
        let script = format!("{variables}\n{line} -s --max-time 20");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let answer = String::from_utf8(output.stdout).unwrap();
        let mut lines = answer.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let challenges = lines.filter_map(|line| line.strip_prefix("www-authenticate: "));
        let got: Vec<_> = [status].into_iter().chain(challenges).collect();
        assert_eq!(format!("# {}", got.join(" ")), expected, "{number}: {line}");
    }
    let url = process.says("Listening on http://");
    process.signal("TERM");
    assert_eq!(process.end().code(), Some(0), "{url}");
}

#[test]
fn nobody_revokes_but_the_administrator_and_only_what_can_be_read() {
    let process = Process::start(REVOCATION, &[("PORT", "0"), ("ISSUER_SECRET", SECRET)]);
    let tokens = tokens(&process);
    let line = process.says("Listening on http://");
    let url = line.split(' ').nth(2).unwrap();
    let revocations = format!("{url}/admin/revocations");
    let bearer = |name| format!("Authorization: Bearer {}", value(&tokens, name));
    let revoke = |authorization: &str, body: &str| {
        curl(&["--json", body, "-H", authorization, &revocations]).status
    };
    assert_eq!(revoke("X-Nobody: x", r#"{"subject": "bob"}"#), 401);
    assert_eq!(revoke(&bearer("BOB"), r#"{"subject": "bob"}"#), 403);
    for body in [
        "{}",
        r#"{"subject": 1}"#,
        r#"{"token": {"jti": "x"}}"#,
        r#"{"subject": "bob", "session": "x"}"#,
        r#"{"everybody": "x"}"#,
    ] {
        // Which of the two is serde's affair.
        let status = revoke(&bearer("ADMIN"), body);
        assert!([400, 422].contains(&status), "{status}: {body}");
    }
    let orders = format!("{url}/orders");
    assert_eq!(curl(&["-H", &bearer("BOB"), &orders]).status, 200);
    assert_eq!(revoke(&bearer("ADMIN"), r#"{"subject": "bob"}"#), 204);
    assert_eq!(curl(&["-H", &bearer("BOB"), &orders]).status, 401);
    // Memory is of one node: another start with the same secret knows nothing of it.
    let other = Process::start(REVOCATION, &[("PORT", "0"), ("ISSUER_SECRET", SECRET)]);
    let line = other.says("Listening on http://");
    let orders = format!("{}/orders", line.split(' ').nth(2).unwrap());
    assert_eq!(curl(&["-H", &bearer("BOB"), &orders]).status, 200);
}

#[test]
fn without_redis_nothing_with_a_token_is_served_until_it_is_there() {
    // Nothing listens on port 1.
    let redis = "redis://api:hunter2@127.0.0.1:1";
    let process = Process::start(REVOCATION, &[("PORT", "0"), ("REDIS_URL", redis)]);
    let tokens = tokens(&process);
    let line = process.says("Listening on http://");
    let url = line.split(' ').nth(2).unwrap();
    let warning = process.logs("revocations can't be read");
    assert!(
        warning.contains("127.0.0.1:1") && !warning.contains("hunter2"),
        "{warning}"
    );
    let orders = format!("{url}/orders");
    let bearer = format!("Authorization: Bearer {}", value(&tokens, "BOB"));
    assert_eq!(curl(&["-H", &bearer, &orders]).status, 503);
    assert_eq!(curl(&[&orders]).status, 401);
}
