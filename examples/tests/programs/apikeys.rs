//! `apikeys`, and what a service makes of its keys.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::curl::curl;
use crate::process;
use crate::resource_server::{Api, file};

const APIKEYS: &str = env!("CARGO_BIN_EXE_apikeys");

/// The path of a database that is not there yet.
fn new_database(name: &str) -> String {
    let path = file(name, "").to_str().unwrap().to_owned();
    for left_over in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{path}{left_over}"));
    }
    path
}

fn run(database: &str, arguments: &[&str]) -> Output {
    process::run(APIKEYS, arguments, &[("API_KEYS_DB", database)])
}

fn said(database: &str, arguments: &[&str]) -> String {
    let output = run(database, arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    assert_eq!(errors, "");
    String::from_utf8(output.stdout).unwrap()
}

fn json(database: &str, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&said(database, &arguments)).unwrap()
}

fn complaint(database: &str, arguments: &[&str], code: i32) -> String {
    let output = run(database, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_service_accepts_its_keys_until_they_are_rotated_and_revoked() {
    let database = new_database("apikeys-service.db");
    let made = json(
        &database,
        &["create", "alice", "--scope", "read", "--role", "robot"],
    );
    let api = Api::start_with(&[("API_KEYS_DB", &database)]);
    let status = |made: &Value| {
        let key = format!("X-API-Key: {}", made["key"].as_str().unwrap());
        curl(&[&api.url("/read"), "-H", &key]).status
    };
    assert_eq!(status(&made), 200);

    let prefix = made["prefix"].as_str().unwrap();
    let successor = json(&database, &["rotate", prefix, "--overlap", "1h"]);
    assert_eq!(successor["replaces"], prefix);
    assert_eq!(successor["scopes"], made["scopes"]);
    assert_eq!((status(&made), status(&successor)), (200, 200));

    let again = complaint(&database, &["rotate", prefix], 1);
    let by = successor["prefix"].as_str().unwrap();
    assert!(
        again.contains(&format!("{prefix} is already replaced by {by}")),
        "{again}"
    );

    // The service may still remember a key that it has seen; one that it has not is refused.
    let unseen = json(&database, &["create", "alice", "--scope", "read"]);
    said(&database, &["revoke", unseen["prefix"].as_str().unwrap()]);
    assert_eq!(status(&unseen), 401);
}

#[test]
fn a_key_is_shown_once_and_its_state_ever_after() {
    let database = new_database("apikeys-shown.db");
    let text = said(
        &database,
        &[
            "create",
            "alice",
            "--description",
            "nightly export",
            "--expires-in",
            "90d",
            "--scope",
            "orders:read",
        ],
    );
    let key = text.lines().last().unwrap().trim();
    let (prefix, secret) = key.rsplit_once('_').unwrap();
    assert!(secret.len() > 40, "{text}");
    for shown in [
        "nightly export",
        "orders:read",
        "alice",
        prefix,
        "good for 89 days",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }

    let list = said(&database, &["list"]);
    assert!(list.contains(prefix) && list.contains("never"), "{list}");
    assert!(!list.contains(secret), "{list}");
    let widest = list.lines().map(|line| line.chars().count()).max();
    assert!(widest < Some(120), "{list}");

    let listed = json(&database, &["list"]);
    let [shown] = &listed.as_array().unwrap()[..] else {
        panic!("one key")
    };
    assert_eq!(shown["state"], "active");
    assert_eq!(shown["key"], Value::Null);
    assert_eq!(
        shown["expires_at"].as_str().unwrap().len(),
        "2026-01-01T00:00:00Z".len()
    );
    assert!(
        !fs::read(&database)
            .unwrap()
            .windows(12)
            .any(|window| window == &secret.as_bytes()[..12])
    );

    said(&database, &["revoke", prefix]);
    assert_eq!(json(&database, &["list"])[0]["state"], "revoked");
    let ended = complaint(&database, &["rotate", prefix], 1);
    assert!(ended.contains("is revoked or expired"), "{ended}");
    assert!(said(&database, &["list"]).contains("revoked "));
    assert_eq!(
        json(&database, &["list", "--owner", "bob"]),
        Value::Array(Vec::new())
    );
    assert!(said(&database, &["list", "--owner", "bob"]).contains("no keys"));
}

#[test]
fn what_goes_wrong_is_said_and_no_secret_with_it() {
    let database = new_database("apikeys-wrong.db");
    for command in [&["list"][..], &["revoke", "ak_x"], &["rotate", "ak_x"]] {
        let complaint = complaint(&database, command, 1);
        assert!(complaint.contains("there is no such file"), "{complaint}");
    }
    let made = json(&database, &["create", "alice"]);
    let key = made["key"].as_str().unwrap();
    let whole_key = complaint(&database, &["revoke", key], 1);
    assert!(whole_key.contains("that is a whole key") && !whole_key.contains(key));
    for unknown in [["revoke", "ak_unknown"], ["rotate", "ak_unknown"]] {
        assert!(complaint(&database, &unknown, 1).contains("no key \"ak_unknown\""));
    }
    let no_scope = complaint(&database, &["create", "alice", "--scope", "a b"], 1);
    assert!(
        no_scope.contains("no rule can name the scope \"a b\""),
        "{no_scope}"
    );
    for wrong in [
        &["create"][..],
        &["craete", "alice"],
        &["create", "alice", "--expires-in", "soon"],
    ] {
        complaint(&database, wrong, 2);
    }

    let nowhere = "postgres://someone:hunter2@127.0.0.1:1/keys";
    let down = complaint(nowhere, &["list"], 1);
    assert!(
        down.contains("127.0.0.1:1") && !down.contains("hunter2"),
        "{down}"
    );
    let help = run(nowhere, &["list", "--help"]);
    assert!(!String::from_utf8(help.stdout).unwrap().contains("hunter2"));
}
