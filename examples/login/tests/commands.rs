//! The printed commands, the failure limit, and the command line.

use example_runner::{Pasted, Program, curl, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_login");

#[test]
fn every_printed_command_gets_the_expected_response() {
    let program = Program::start(PROGRAM, &[], &[("PORT", "0")]);
    let pasted = program.printed().paste();
    let basic = r#"401 Basic realm="api", charset="UTF-8""#;
    let outcomes: Vec<_> = pasted.iter().map(Pasted::outcome).collect();
    assert_eq!(
        outcomes,
        [
            r#"401 Bearer realm="api", scope="orders:read""#,
            basic,
            r#"401 Bearer realm="api", scope="orders:read""#,
            "200",
            r#"403 Bearer realm="api""#,
            r#"401 Bearer realm="api", error="invalid_token", error_description="The access token is malformed", scope="orders:read""#,
            "200",
            "200",
            "400",
            "400",
            "204",
            r#"401 Bearer realm="api", error="invalid_token", error_description="The access token was revoked", scope="orders:read""#,
            "400",
            "200",
        ]
    );
    for command in pasted {
        let response = command.response;
        if command.command.contains("/refresh") {
            assert!(
                response.head.contains("cache-control: no-store"),
                "{response:?}"
            );
            let refused = response.status == 400;
            assert_eq!(
                response.body.contains(r#"{"error":"invalid_grant"}"#),
                refused
            );
            assert_eq!(response.body.contains(r#""expires_in":300"#), !refused);
        }
    }
}

#[test]
fn repeated_failures_delay_the_login_and_not_the_access_tokens() {
    let program = Program::start(PROGRAM, &[], &[("PORT", "0")]);
    let url = program.printed().url;
    let log_in = |user: &str| curl(&["-X", "POST", "-u", user, &format!("{url}/login")]);
    let tokens = log_in("alice:correct horse");
    assert_eq!(tokens.status, 200);
    let token = tokens.body.split('"').nth(3).unwrap();
    let failures: Vec<_> = (0..100).map(|_| log_in("alice:guessed").status).collect();
    assert!(failures.starts_with(&[401]), "{failures:?}");
    assert!(failures.ends_with(&[429]), "{failures:?}");
    assert_eq!(log_in("alice:correct horse").status, 429);
    let header = format!("Authorization: Bearer {token}");
    assert_eq!(curl(&["-H", &header, &format!("{url}/orders")]).status, 200);
}

#[test]
fn the_key_in_a_file_is_kept_over_a_restart() {
    let folder = std::env::temp_dir().join(format!("login-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("key.pem");
    let environment = [("PORT", "0"), ("KEY_FILE", file.to_str().unwrap())];
    let published = || {
        let program = Program::start(PROGRAM, &[], &environment);
        let url = program.printed().url;
        curl(&[&format!("{url}/.well-known/jwks.json")]).body
    };
    let first = published();
    assert!(first.contains(r#""alg":"ES256""#), "{first}");
    assert_eq!(published(), first);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_help_names_the_command_and_the_variables() {
    let output = run(PROGRAM, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        help.contains("cargo run -p login") && help.contains("PORT"),
        "{help}"
    );
}
