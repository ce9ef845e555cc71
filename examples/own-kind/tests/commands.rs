//! The printed commands, and the command line.

use example_runner::{Program, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_own-kind");

#[test]
fn every_printed_command_gets_the_expected_response() {
    let program = Program::start(PROGRAM, &[], &[("PORT", "0")]);
    let outcomes = program.printed().outcomes();
    let challenge = r#"401 Gateway realm="api""#;
    assert_eq!(
        outcomes,
        [
            challenge, challenge, "200", challenge, "200", "403", "200", "403", "200", "403",
        ]
    );
}

#[test]
fn the_help_names_the_command_and_the_variable() {
    let output = run(PROGRAM, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        help.contains("cargo run -p own-kind") && help.contains("PORT"),
        "{help}"
    );
}
