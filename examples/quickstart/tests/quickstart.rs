//! The printed commands, `--check`, and the command line.

use example_runner::{Program, curl, run};

const QUICKSTART: &str = env!("CARGO_BIN_EXE_quickstart");

#[test]
fn every_printed_command_gets_the_expected_response() {
    let program = Program::start(QUICKSTART, &[], &[("PORT", "0")]);
    let outcomes = program.printed().outcomes();
    assert_eq!(
        outcomes,
        [
            r#"401 Bearer realm="api""#,
            "200",
            r#"401 Bearer realm="api", error="invalid_token", error_description="The access token expired""#,
            r#"401 Bearer realm="api", scope="orders:read""#,
            "200",
            r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="orders:read""#,
            "200",
            r#"403 Bearer realm="api""#,
            "404",
            "200",
            r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="orders:admin""#,
        ]
    );
}

#[test]
fn the_self_check_of_the_quickstart_finds_no_difference() {
    let output = run(QUICKSTART, &["--check"], &[]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{report}");
    assert!(
        report.ends_with("11 requests, 0 different from what was expected\n"),
        "{report}"
    );
    for status in ["200", "401 Bearer", "403 Bearer"] {
        assert!(report.contains(&format!("got      {status}")), "{report}");
    }
}

#[test]
fn the_quickstart_serves_until_it_is_stopped() {
    let program = Program::start(QUICKSTART, &[], &[("PORT", "0")]);
    let url = program.printed().url;
    assert_eq!(curl(&[&format!("{url}/whoami")]).status, 401);
    // A shell starts background jobs with SIGINT ignored.
    program.signal("TERM");
    let _ = program.end();
}

#[test]
fn the_help_names_the_arguments_and_the_variable() {
    let output = run(QUICKSTART, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for word in ["cargo run -p quickstart", "--check", "PORT"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn the_quickstart_refuses_unknown_arguments_and_ports() {
    let output = run(QUICKSTART, &["--chekc"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("unknown argument `--chekc`, see --help"),
        "{error}"
    );

    let output = run(QUICKSTART, &[], &[("PORT", "http")]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("PORT=http"), "{error}");
}
