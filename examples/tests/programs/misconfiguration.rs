//! `resource-server` in environments that are not right.

use crate::process;
use crate::resource_server::{AUDIENCE, ISSUER, RESOURCE_SERVER, SECRET, file};

#[test]
fn help_names_every_variable() {
    let output = process::run(RESOURCE_SERVER, &["--help"], &[]);
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for variable in [
        "BIND",
        "ISSUER",
        "AUDIENCE",
        "JWKS_FILE",
        "HS256_SECRET",
        "BASIC_FILE",
        "API_KEYS_DB",
        "API_KEY_HEADER",
        "TRUSTED_PROXIES",
        "REALM",
        "TYP",
        "RUST_LOG",
    ] {
        assert!(
            help.contains(&format!("\n  {variable} ")),
            "{variable}: {help}"
        );
    }
}

#[test]
fn without_an_environment_it_says_what_is_needed() {
    refused(
        &[],
        &[
            "ISSUER: is not set",
            "AUDIENCE: is not set",
            "JWKS_FILE, HS256_SECRET: neither is set",
        ],
    );
}

#[test]
fn two_kinds_of_keys_are_one_too_many() {
    refused(
        &[
            ("ISSUER", ISSUER),
            ("AUDIENCE", AUDIENCE),
            ("JWKS_FILE", "keys.json"),
            ("HS256_SECRET", SECRET),
        ],
        &["JWKS_FILE, HS256_SECRET: both are set"],
    );
}

#[test]
fn a_short_secret_is_refused_and_not_shown() {
    let variables = [
        ("ISSUER", ISSUER),
        ("AUDIENCE", AUDIENCE),
        ("HS256_SECRET", "hunter2"),
    ];
    let complaint = refused(&variables, &["HS256_SECRET: "]);
    assert!(complaint.contains("at least 32"), "{complaint}");
    assert!(!complaint.contains("hunter2"), "{complaint}");
}

#[test]
fn a_file_of_keys_has_to_be_one() {
    let not_json = file("not-json.txt", "-----BEGIN PUBLIC KEY-----");
    let empty = file("empty.json", r#"{"keys":[]}"#);
    for file in [
        "/nonexistent/keys.json",
        not_json.to_str().unwrap(),
        empty.to_str().unwrap(),
    ] {
        let variables = [
            ("ISSUER", ISSUER),
            ("AUDIENCE", AUDIENCE),
            ("JWKS_FILE", file),
        ];
        let complaint = refused(&variables, &["JWKS_FILE: "]);
        assert!(complaint.contains(file), "{complaint}");
    }
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    refused(
        &[
            ("ISSUER", ISSUER),
            ("AUDIENCE", ""),
            ("HS256_SECRET", "short"),
            ("BIND", "nowhere"),
            ("REALM", "bell\u{7}"),
            ("TYP", "Strict"),
            ("RUST_LOG", "a=b=c"),
        ],
        &[
            "BIND: \"nowhere\"",
            "RUST_LOG: ",
            "AUDIENCE: is not set",
            "TYP: \"Strict\" is none of strict, if_present, off",
            "REALM: ",
            "HS256_SECRET: ",
        ],
    );
}

#[test]
fn a_file_of_users_has_to_be_one_and_its_hashes_are_not_shown() {
    refused(
        &[("BASIC_FILE", "/nonexistent/users")],
        &["BASIC_FILE: /nonexistent/users: "],
    );
    let broken = file("broken-users", "# ours\nalice\nbob:$2y$05$abcdefgh\n");
    let broken = broken.to_str().unwrap();
    let complaint = refused(&[("BASIC_FILE", broken)], &["BASIC_FILE: ", "BASIC_FILE: "]);
    assert!(complaint.contains("line 2") && complaint.contains("line 3"));
    assert!(!complaint.contains("abcdefgh"), "{complaint}");
}

#[test]
fn api_keys_come_from_a_database_in_a_field_of_their_own() {
    refused(
        &[("API_KEYS_DB", "redis://localhost")],
        &["API_KEYS_DB: the database is neither"],
    );
    refused(
        &[
            ("API_KEYS_DB", "postgres://someone:hunter2@localhost/keys"),
            ("API_KEY_HEADER", "Authorization"),
            ("TRUSTED_PROXIES", "127.0.0.1, everybody"),
        ],
        &[
            "TRUSTED_PROXIES: the trusted proxy \"everybody\"",
            "API_KEY_HEADER: \"Authorization\" is no header field for API keys",
        ],
    );
    refused(
        &[("BASIC_FILE", "/nonexistent"), ("API_KEY_HEADER", "X-Key")],
        &[
            "API_KEY_HEADER: is of no use without API_KEYS_DB",
            "BASIC_FILE: ",
        ],
    );
}

#[test]
fn tokens_are_trusted_wholly_or_not_at_all() {
    let hash = "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg$FrU+NwEIycX6TirU";
    let users = file("some-users", &format!("alice:{hash}\n"));
    refused(
        &[
            ("BASIC_FILE", users.to_str().unwrap()),
            ("AUDIENCE", AUDIENCE),
        ],
        &[
            "ISSUER: is not set",
            "JWKS_FILE, HS256_SECRET: neither is set",
        ],
    );
}

#[test]
fn an_unknown_argument_is_refused() {
    let output = process::run(RESOURCE_SERVER, &["--verbose"], &[]);
    assert_eq!(output.status.code(), Some(2));
}

/// It ends with 2 and these complaints, one a line, and no others.
fn refused(variables: &[(&str, &str)], complaints: &[&str]) -> String {
    let output = process::run(RESOURCE_SERVER, &[], variables);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(output.stdout.is_empty());
    let lines: Vec<&str> = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .collect();
    assert_eq!(lines.len(), complaints.len(), "{stderr}");
    for (line, complaint) in lines.iter().zip(complaints) {
        assert!(line.starts_with(complaint), "{complaint} in {stderr}");
    }
    stderr
}
