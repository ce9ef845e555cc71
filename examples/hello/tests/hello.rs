//! The printed command works as it is.

use std::process::Command;

use example_runner::{Program, curl, run};

const HELLO: &str = env!("CARGO_BIN_EXE_hello");

#[test]
fn the_printed_command_greets_alice() {
    let program = Program::start(HELLO, &[], &[("PORT", "0")]);
    let command = program.line("curl ");
    let output = Command::new("bash").args(["-c", &command]).output();
    let output = output.expect("these tests need bash: `apt-get install bash`");
    let body = String::from_utf8(output.stdout).unwrap();
    assert_eq!(body, "Hello, alice!\n", "{command}");
}

#[test]
fn a_request_without_a_token_gets_401() {
    let program = Program::start(HELLO, &[], &[("PORT", "0")]);
    let response = curl(&[&program.printed().url]);
    assert_eq!(response.status, 401);
    assert_eq!(
        response.challenges,
        [r#"Bearer realm="api", scope="hello:read""#]
    );
}

#[test]
fn the_help_names_the_command_and_the_variable() {
    let output = run(HELLO, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        help.contains("cargo run -p hello") && help.contains("PORT"),
        "{help}"
    );
}
