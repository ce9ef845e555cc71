//! `resource-server` with passwords and API keys beside tokens.

use std::io::Write;
use std::process::{Command, Stdio};

use auth_runtime::api_key::NewApiKey;
use auth_runtime::testing::Issuer;
use auth_runtime::users::PasswordHashing;
use example_runner::{curl, run};
use serde_json::{Value, json};

use crate::api::{AUDIENCE, Api, ISSUER, RESOURCE_SERVER, SECRET, file};
use crate::api_keys::Database;

fn users(name: &str) -> String {
    let hash = PasswordHashing::default().hash("p:ä ss").unwrap();
    let path = file(
        name,
        &format!("# users\nbob:{hash} scope=read role=admin\n"),
    );
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_resource_server_accepts_all_kinds_and_reports_caller_and_scheme() {
    let users = users("users-of-all-kinds");
    let keys = Database::new("all-kinds.db");
    let key = NewApiKey::new("kim").scopes(["read"]).roles(["robot"]);
    let (_, key) = keys.create(key);
    let api = Api::start_with(&[
        ("ISSUER", ISSUER),
        ("AUDIENCE", AUDIENCE),
        ("HS256_SECRET", SECRET),
        ("BASIC_FILE", &users),
        ("API_KEYS_DB", &keys.path),
        ("PUBLIC_ORIGIN", "https://api.example"),
    ]);
    let token = Issuer::with_secret(ISSUER, AUDIENCE, SECRET)
        .token("tina")
        .scope("read")
        .role("user")
        .sign();
    let token = format!("Authorization: Bearer {token}");
    let key = format!("X-API-Key: {}", key.reveal());
    let whoami = |arguments: &[&str]| {
        let answer = curl(&[&[api.url("/whoami").as_str()], arguments].concat());
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str::<Value>(&answer.body).unwrap()
    };
    let caller = |subject: &str, issuer: &str, scheme: &str, role: &str| {
        json!({
            "subject": subject,
            "issuer": issuer,
            "scheme": scheme,
            "scopes": ["read"],
            "roles": [role],
        })
    };
    let tina = caller("tina", ISSUER, "Bearer", "user");
    assert_eq!(whoami(&["-H", &token]), tina);
    let bob = caller("bob", "basic", "Basic", "admin");
    assert_eq!(whoami(&["-u", "bob:p:ä ss"]), bob);
    let kim = caller("kim", "api_key", "ApiKey", "robot");
    assert_eq!(whoami(&["-H", &key]), kim);
    // If there are several, the first in this order.
    assert_eq!(whoami(&["-H", &key, "-H", &token]), tina);
    assert_eq!(whoami(&["-H", &key, "-u", "bob:p:ä ss"]), kim);

    let anonymous = curl(&[&api.url("/read")]);
    let challenges = [
        r#"Bearer realm="api", scope="read""#,
        r#"Basic realm="api", charset="UTF-8""#,
        r#"ApiKey realm="api""#,
    ];
    assert_eq!(
        (anonymous.status, anonymous.challenges.as_slice()),
        (401, &challenges.map(str::to_owned)[..])
    );
    for (arguments, path, status) in [
        (["-u", "bob:p:ä ss"], "/admin", 200),
        (["-u", "bob:wrong"], "/admin", 401),
        (["-u", "eve:p:ä ss"], "/admin", 401),
        (["-H", &key], "/read", 200),
        (["-H", &key], "/not", 200),
        (["-H", &key], "/admin", 403),
        (["-H", "X-API-Key: ak_made_up"], "/public", 200),
        (["-H", "X-API-Key: ak_made_up"], "/optional", 401),
    ] {
        let answer = curl(&[&api.url(path), arguments[0], arguments[1]]);
        assert_eq!(answer.status, status, "{path} {arguments:?}: {answer:?}");
    }
}

#[test]
fn the_resource_server_hashes_passwords() {
    let mut process = Command::new(RESOURCE_SERVER)
        .arg("hash-password")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process
        .stdin
        .take()
        .unwrap()
        .write_all(b"a secret\n")
        .unwrap();
    let output = process.wait_with_output().unwrap();
    let hash = String::from_utf8(output.stdout).unwrap();
    let users = file("hashed-users", &format!("alice:{hash}"));
    let api = Api::start_with(&[("BASIC_FILE", users.to_str().unwrap())]);
    let status = |pair| curl(&[&api.url("/whoami"), "-u", pair]).status;
    assert_eq!(
        (status("alice:a secret"), status("alice:a secret ")),
        (200, 401)
    );

    let output = run(RESOURCE_SERVER, &["hash-password"], &[]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn without_tokens_the_resource_server_sends_no_bearer_challenge() {
    let api = Api::start_with(&[("BASIC_FILE", &users("users-alone"))]);
    let anonymous = curl(&[&api.url("/whoami")]);
    assert_eq!(
        anonymous.challenges,
        [r#"Basic realm="api", charset="UTF-8""#]
    );
    let token = curl(&[&api.url("/whoami"), "-H", "Authorization: Bearer x"]);
    assert_eq!(token.challenges, anonymous.challenges);
}
