//! The output and the exit status.

#![allow(clippy::unwrap_used, reason = "whatever goes wrong fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use auth_runtime::api_key::ApiKey;
use example_runner::run;
use serde_json::{Value, json};

const APIKEYS: &str = env!("CARGO_BIN_EXE_apikeys");

/// A database that does not exist yet.
struct Database(PathBuf);

impl Database {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("apikeys-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder.join("keys.db"))
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(
            APIKEYS,
            arguments,
            &[("API_KEYS_DB", self.0.to_str().unwrap())],
        )
    }

    /// The standard output of a successful run.
    fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.good(&[&["--json"], arguments].concat());
        serde_json::from_str(&printed).unwrap()
    }

    /// The standard error of a failed run, which prints nothing else.
    fn bad(&self, arguments: &[&str]) -> String {
        refused(&self.run(arguments), 1)
    }

    /// A new key, and its prefix.
    fn create(&self, owner: &str) -> (String, String) {
        let key = self.good(&["create", "--owner", owner]).trim().to_owned();
        let prefix = key.parse::<ApiKey>().unwrap().prefix().to_owned();
        (key, prefix)
    }
}

fn refused(output: &Output, code: i32) -> String {
    let complaint = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{complaint}");
    assert!(output.stdout.is_empty());
    complaint
}

#[test]
fn a_created_api_key_is_printed_once_and_alone_on_standard_output() {
    let database = Database::new("once");
    let output = database.run(&["create", "--owner", "alice", "--expires-in", "90d"]);
    let key = String::from_utf8(output.stdout).unwrap();
    let hint = String::from_utf8(output.stderr).unwrap();
    let parsed: ApiKey = key.strip_suffix('\n').unwrap().parse().unwrap();
    assert!(hint.contains("created "), "{hint}");
    assert!(hint.contains("expires in 90 days"), "{hint}");
    assert!(hint.contains("not shown again"), "{hint}");

    let (_, secret) = key.trim().rsplit_once('_').unwrap();
    let mut said = hint;
    said += &database.good(&["list"]);
    said += &database.json(&["list"]).to_string();
    said += &database.good(&["show", parsed.prefix()]);
    assert!(said.contains(parsed.prefix()), "{said}");
    assert!(!said.contains(secret), "{said}");
    let file = fs::read(&database.0).unwrap();
    let found = file
        .windows(secret.len())
        .any(|part| part == secret.as_bytes());
    assert!(!found, "the secret is in the file");
}

#[cfg(unix)]
#[test]
fn a_new_api_key_database_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let database = Database::new("mode");
    database.create("alice");
    let mode = fs::metadata(&database.0).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn api_keys_are_listed_as_a_table() {
    let database = Database::new("table");
    assert!(database.bad(&["list"]).contains("does not exist"));
    database.good(&[
        "create",
        "--owner",
        "alice",
        "--description",
        "nightly\u{1b}[31m export of all the orders there are, to the warehouse",
        "--scope",
        "orders:read",
        "--scope",
        "orders:write",
        "--role",
        "machine",
        "--expires-in",
        "2w",
    ]);
    let (_, bobs) = database.create("bob");
    let table = database.good(&["list"]);
    for text in ["alice", "orders:read", "as machine", "expires in 14 days"] {
        assert!(table.contains(text), "{text} in {table}");
    }
    assert!(!table.contains('\u{1b}'), "{table}");
    assert!(
        table.lines().all(|line| line.chars().count() <= 100),
        "{table}"
    );
    let row = |table: &str| {
        let row = table.lines().find(|line| line.contains(&bobs));
        row.unwrap()
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(row(&table), [&bobs, "bob", "-", "active", "never"]);

    database.good(&["revoke", &bobs]);
    let table = database.good(&["list", "--owner", "bob"]);
    assert_eq!(row(&table)[3], "revoked");
    assert!(!table.contains("alice"), "{table}");
    assert_eq!(database.good(&["list", "--owner", "nobody"]), "no keys\n");
}

#[test]
fn api_keys_are_listed_as_json() {
    let database = Database::new("json");
    let mut created = database.json(&[
        "create",
        "--owner",
        "alice",
        "--description",
        "export",
        "--scope",
        "orders:read",
        "--role",
        "machine",
        "--expires-in",
        "1h",
    ]);
    let key = created.as_object_mut().unwrap().remove("key").unwrap();
    let key: ApiKey = key.as_str().unwrap().parse().unwrap();
    let mut times = Vec::new();
    for time in ["created_at", "expires_at"] {
        let time = created[time].as_str().unwrap();
        assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
        times.push(time.to_owned());
    }
    let mut expected = json!({
        "prefix": key.prefix(),
        "owner": "alice",
        "description": "export",
        "scopes": ["orders:read"],
        "roles": ["machine"],
        "state": "active",
        "created_at": times[0],
        "expires_at": times[1],
        "revoked_at": null,
        "last_used_at": null,
        "replaces": null,
        "replaced_by": null,
    });
    assert_eq!(created, expected);
    let help = database.good(&["--help"]);
    for field in expected.as_object().unwrap().keys() {
        assert!(help.contains(field), "{field}: {help}");
    }

    let revoked = database.json(&["revoke", key.prefix()]);
    assert!(revoked["revoked_at"].is_string());
    expected["revoked_at"] = revoked["revoked_at"].clone();
    expected["state"] = "revoked".into();
    assert_eq!(revoked, expected);
    assert_eq!(database.json(&["show", key.prefix()]), expected);
    assert_eq!(database.json(&["list"]), json!([expected]));
}

#[test]
fn a_rotated_api_key_names_its_successor() {
    let database = Database::new("rotate");
    let (old_key, old) = database.create("alice");
    let new_key = database.good(&["rotate", &old, "--overlap", "12h"]);
    let new_key: ApiKey = new_key.trim().parse().unwrap();
    assert_ne!(new_key.reveal(), old_key);

    let replaced = database.json(&["show", &old]);
    assert_eq!(replaced["replaced_by"], new_key.prefix());
    assert!(replaced["expires_at"].is_string());
    let successor = database.json(&["show", new_key.prefix()]);
    assert_eq!(successor["replaces"], old.as_str());
    assert_eq!(successor["expires_at"], Value::Null);
    assert_eq!(database.json(&["list"]).as_array().unwrap().len(), 2);

    let again = database.bad(&["rotate", &old]);
    let by = format!("{old} is already replaced by {}", new_key.prefix());
    assert!(again.contains(&by), "{again}");
    database.good(&["rotate", new_key.prefix(), "--overlap", "0s"]);
    assert_eq!(
        database.json(&["show", new_key.prefix()])["state"],
        "expired"
    );
}

#[test]
fn a_command_accepts_a_whole_api_key_instead_of_its_prefix() {
    let database = Database::new("whole");
    let (key, prefix) = database.create("alice");
    database.good(&["revoke", &key]);
    assert_eq!(database.json(&["show", &prefix])["state"], "revoked");
    // A mistyped key is not printed.
    let complaint = database.bad(&["revoke", &key[..key.len() - 1]]);
    assert_eq!(complaint, "apikeys: no such key\n");
}

#[test]
fn a_missing_api_key_database_is_reported_with_exit_status_1() {
    let database = Database::new("not-there");
    for arguments in [
        &["list"][..],
        &["show", "ak_1"],
        &["revoke", "ak_1"],
        &["rotate", "ak_1"],
    ] {
        let complaint = database.bad(arguments);
        assert!(
            complaint.contains("keys.db does not exist: `apikeys create` creates it"),
            "{complaint}"
        );
    }
    assert!(!database.0.exists());

    let (_, prefix) = database.create("alice");
    for arguments in [["show", "ak_1"], ["revoke", "ak_1"], ["rotate", "ak_1"]] {
        assert_eq!(database.bad(&arguments), "apikeys: no such key: ak_1\n");
    }
    database.good(&["revoke", &prefix]);
    let complaint = database.bad(&["rotate", &prefix]);
    assert!(complaint.contains("is revoked"), "{complaint}");
}

#[test]
fn an_unusable_api_key_database_is_reported() {
    let database = Database::new("broken");
    fs::write(&database.0, "a text and no database. ".repeat(100)).unwrap();
    let complaint = database.bad(&["list"]);
    assert!(complaint.contains("keys.db: "), "{complaint}");
    assert!(complaint.contains("not a database"), "{complaint}");

    for (database, said) in [
        ("mysql://localhost/keys", "neither a file nor"),
        ("postgres://apikeys:hunter2@127.0.0.1:1/keys", "refused"),
        ("/nonexistent/keys.db", "does not exist"),
    ] {
        let output = run(APIKEYS, &["--database", database, "list"], &[]);
        let complaint = refused(&output, 1);
        assert!(complaint.contains(said), "{complaint}");
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
    let arguments = [
        "--database",
        "/nonexistent/keys.db",
        "create",
        "--owner",
        "a",
    ];
    let complaint = refused(&run(APIKEYS, &arguments, &[]), 1);
    assert!(complaint.contains("/nonexistent/keys.db: "), "{complaint}");
}

#[test]
fn the_apikeys_program_refuses_invalid_scopes_and_roles() {
    let database = Database::new("words");
    for arguments in [
        [
            "create",
            "--owner",
            "alice",
            "--scope",
            "orders:read orders:write",
        ],
        ["create", "--owner", "alice", "--role", ""],
    ] {
        let complaint = database.bad(&arguments);
        assert!(complaint.contains("RFC 6749 section 3.3"), "{complaint}");
    }
}

#[test]
fn wrong_usage_of_the_apikeys_program_has_exit_status_2() {
    let database = Database::new("usage");
    for (arguments, said) in [
        (&[][..], "Usage: apikeys"),
        (&["create"], "--owner"),
        (&["creat", "--owner", "alice"], "create"),
        (
            &["create", "--owner", "a", "--expires-in", "90"],
            "time unit",
        ),
        (
            &["create", "--owner", "a", "--expires-in", "soon"],
            "--expires-in",
        ),
        (&["revoke"], "<PREFIX>"),
    ] {
        let complaint = refused(&database.run(arguments), 2);
        assert!(complaint.contains(said), "{complaint}");
    }
    let empty = run(APIKEYS, &["list"], &[("API_KEYS_DB", "")]);
    assert!(refused(&empty, 2).contains("--database"));
    assert!(!database.0.exists());
}
