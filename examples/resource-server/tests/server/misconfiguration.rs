//! `resource-server` with wrong environment variables.

use example_runner::run;

use crate::api::{AUDIENCE, ISSUER, RESOURCE_SERVER, SECRET, file};

#[test]
fn the_help_names_every_environment_variable() {
    let output = run(RESOURCE_SERVER, &["--help"], &[]);
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for variable in [
        "BIND",
        "ISSUER",
        "AUDIENCE",
        "OIDC_ISSUER",
        "JWKS_FILE",
        "JWKS_URL",
        "HS256_SECRET",
        "LEEWAY_SECONDS",
        "KEY_COOL_DOWN_SECONDS",
        "TOKEN_CACHE",
        "REDIS_URL",
        "INTROSPECTION_URL",
        "INTROSPECTION_CLIENT_ID",
        "INTROSPECTION_CLIENT_SECRET",
        "INTROSPECTION_CACHE_SECONDS",
        "BASIC_FILE",
        "API_KEYS_DB",
        "API_KEY_HEADER",
        "TRUSTED_PROXIES",
        "PUBLIC_ORIGIN",
        "REALM",
        "TYP",
        "ROLES_CLAIM",
        "ROLES_FORM",
        "RUST_LOG",
    ] {
        assert!(
            help.lines().any(|line| {
                line.strip_prefix("  ")
                    .is_some_and(|line| line.split(' ').next() == Some(variable))
            }),
            "{variable}: {help}"
        );
    }
}

#[test]
fn without_an_environment_the_resource_server_reports_the_required_variables() {
    refused(
        &[],
        &[
            "ISSUER, OIDC_ISSUER: neither is set",
            "AUDIENCE: is not set",
        ],
    );
    refused(
        &[("ISSUER", ISSUER), ("AUDIENCE", AUDIENCE)],
        &["JWKS_FILE, JWKS_URL, HS256_SECRET: none is set"],
    );
}

#[test]
fn two_kinds_of_verification_keys_are_refused() {
    refused(
        &[
            ("ISSUER", ISSUER),
            ("AUDIENCE", AUDIENCE),
            ("JWKS_FILE", "keys.json"),
            ("HS256_SECRET", SECRET),
        ],
        &["JWKS_FILE, JWKS_URL, HS256_SECRET: several are set"],
    );
}

#[test]
fn a_short_hmac_secret_is_refused_and_not_shown() {
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
fn an_invalid_key_file_is_refused() {
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
fn all_wrong_environment_variables_are_reported_together() {
    refused(
        &[
            ("ISSUER", ISSUER),
            ("AUDIENCE", ""),
            ("HS256_SECRET", "short"),
            ("BIND", "nowhere"),
            ("REALM", "bell\u{7}"),
            ("TYP", "Strict"),
            ("ROLES_FORM", "commas"),
            ("RUST_LOG", "a=b=c"),
        ],
        &[
            "BIND: \"nowhere\"",
            "RUST_LOG: ",
            "AUDIENCE: is not set",
            "TYP: \"Strict\" is not one of strict, if_present, off",
            "ROLES_FORM: \"commas\" is not one of strings, comma_separated, object_keys",
            "REALM: ",
            "HS256_SECRET: ",
        ],
    );
}

#[test]
fn an_invalid_user_file_is_refused_without_showing_hashes() {
    refused(
        &[("BASIC_FILE", "/nonexistent/users")],
        &["BASIC_FILE: /nonexistent/users: "],
    );
    let broken = file("broken-users", "# users\nalice\nbob:$2y$05$abcdefgh\n");
    let broken = broken.to_str().unwrap();
    let complaint = refused(&[("BASIC_FILE", broken)], &["BASIC_FILE: ", "BASIC_FILE: "]);
    assert!(complaint.contains("line 2") && complaint.contains("line 3"));
    assert!(!complaint.contains("abcdefgh"), "{complaint}");
}

#[test]
fn the_settings_of_api_keys_are_validated() {
    refused(
        &[("API_KEYS_DB", "redis://localhost")],
        &["API_KEYS_DB: the database is neither"],
    );
    refused(
        &[
            ("API_KEYS_DB", "postgres://someone:hunter2@localhost/keys"),
            ("API_KEY_HEADER", "Authorization"),
            ("TRUSTED_PROXIES", "127.0.0.1, everybody"),
            ("PUBLIC_ORIGIN", "https://api.example/"),
        ],
        &[
            "PUBLIC_ORIGIN: `.public_origin(\"https://api.example/\")`: browsers never send it",
            "TRUSTED_PROXIES: the trusted proxy \"everybody\"",
            "API_KEY_HEADER: \"Authorization\" can't be the header field for API keys",
        ],
    );
    refused(
        &[("BASIC_FILE", "/nonexistent"), ("API_KEY_HEADER", "X-Key")],
        &[
            "API_KEY_HEADER: has no effect without API_KEYS_DB",
            "BASIC_FILE: ",
        ],
    );
}

#[test]
fn an_incomplete_token_configuration_is_refused() {
    let hash = "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg$FrU+NwEIycX6TirU";
    let users = file("some-users", &format!("alice:{hash}\n"));
    refused(
        &[
            ("BASIC_FILE", users.to_str().unwrap()),
            ("AUDIENCE", AUDIENCE),
        ],
        &["ISSUER, OIDC_ISSUER: neither is set"],
    );
}

#[test]
fn discovery_and_explicit_issuer_settings_exclude_each_other() {
    refused(
        &[
            ("ISSUER", ISSUER),
            ("OIDC_ISSUER", "https://other.example"),
            ("AUDIENCE", AUDIENCE),
        ],
        &["ISSUER, OIDC_ISSUER: both are set"],
    );
    refused(
        &[
            ("OIDC_ISSUER", ISSUER),
            ("AUDIENCE", AUDIENCE),
            ("JWKS_FILE", "keys.json"),
        ],
        &["JWKS_FILE: has no effect with OIDC_ISSUER"],
    );
}

#[test]
fn each_of_several_issuers_is_validated() {
    let complaint = refused(
        &[
            (
                "OIDC_ISSUER",
                "https://issuer.example, http://other.example,https://issuer.example,",
            ),
            ("AUDIENCE", AUDIENCE),
            ("LEEWAY_SECONDS", "301"),
            ("KEY_COOL_DOWN_SECONDS", "4000"),
        ],
        &[
            "LEEWAY_SECONDS: ",
            "KEY_COOL_DOWN_SECONDS: ",
            "OIDC_ISSUER: ",
            "OIDC_ISSUER: ",
            "OIDC_ISSUER: ",
            "OIDC_ISSUER: ",
        ],
    );
    assert!(complaint.contains("http://other.example"), "{complaint}");
    assert!(complaint.contains("twice"), "{complaint}");
}

#[test]
fn a_jwks_url_must_use_https_or_a_loopback_host() {
    refused(
        &[
            ("ISSUER", ISSUER),
            ("AUDIENCE", AUDIENCE),
            ("JWKS_URL", "http://issuer.example/keys"),
        ],
        &["JWKS_URL: "],
    );
}

#[test]
fn an_invalid_redis_url_is_refused_and_not_shown() {
    let complaint = refused(
        &[
            ("ISSUER", ISSUER),
            ("AUDIENCE", AUDIENCE),
            ("HS256_SECRET", SECRET),
            ("REDIS_URL", "postgres://api:hunter2@redis.example/0"),
        ],
        &["REDIS_URL: "],
    );
    assert!(!complaint.contains("hunter2"), "{complaint}");
}

#[test]
fn opaque_tokens_require_a_client_and_an_issuer() {
    let trust = [("ISSUER", ISSUER), ("AUDIENCE", AUDIENCE)];
    let with = |variables: &[_]| [&trust[..], variables].concat();
    refused(
        &with(&[("INTROSPECTION_URL", "https://issuer.example/introspect")]),
        &[
            "INTROSPECTION_CLIENT_ID: is not set",
            "INTROSPECTION_CLIENT_SECRET: is not set",
        ],
    );
    let client = [
        ("HS256_SECRET", SECRET),
        ("INTROSPECTION_CLIENT_ID", "api"),
        ("INTROSPECTION_CLIENT_SECRET", "hunter2"),
        ("INTROSPECTION_CACHE_SECONDS", "60"),
    ];
    let complaint = refused(
        &with(&client),
        &[
            "INTROSPECTION_CLIENT_ID: has no effect without INTROSPECTION_URL",
            "INTROSPECTION_CLIENT_SECRET: has no effect without INTROSPECTION_URL",
            "INTROSPECTION_CACHE_SECONDS: has no effect without INTROSPECTION_URL",
        ],
    );
    assert!(!complaint.contains("hunter2"), "{complaint}");
    refused(
        &[
            ("AUDIENCE", AUDIENCE),
            ("INTROSPECTION_URL", "http://issuer.example/introspect"),
            ("INTROSPECTION_CLIENT_ID", "api"),
            ("INTROSPECTION_CLIENT_SECRET", "hunter2"),
            ("INTROSPECTION_CACHE_SECONDS", "a minute"),
            ("TOKEN_CACHE", "no"),
        ],
        &[
            "ISSUER, OIDC_ISSUER: neither is set",
            "INTROSPECTION_CACHE_SECONDS: \"a minute\" is not a whole number of seconds",
            "TOKEN_CACHE: \"no\" is not one of on, off",
            "INTROSPECTION_URL: ",
        ],
    );
}

#[test]
fn an_unknown_argument_of_the_resource_server_is_refused() {
    let output = run(RESOURCE_SERVER, &["--verbose"], &[]);
    assert_eq!(output.status.code(), Some(2));
}

/// It ends with 2 and these complaints, one a line, and no others.
fn refused(variables: &[(&str, &str)], complaints: &[&str]) -> String {
    let output = run(RESOURCE_SERVER, &[], variables);
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
