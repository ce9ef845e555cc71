//! The printed commands, and the command line.

use example_runner::{Pasted, Program, curl, run};

const CHECKS: &str = env!("CARGO_BIN_EXE_checks");

#[test]
fn every_printed_command_gets_the_expected_response() {
    let program = Program::start(CHECKS, &[], &[("PORT", "0")]);
    let printed = program.printed();
    let pasted = printed.paste();
    let outcomes: Vec<_> = pasted.iter().map(Pasted::outcome).collect();
    let forbidden = r#"403 Bearer realm="api""#;
    assert_eq!(
        outcomes,
        [
            "200", forbidden, "200", forbidden, "404", "503", "200", forbidden, "200", "200",
            forbidden, "500",
        ]
    );
    assert_eq!(pasted[2].response.body, "a letter\n");
    // The auditor's length was loaded by the handler, Alice's by the check.
    assert_eq!(pasted[6].response.body, "8 bytes\n");
    assert_eq!(pasted[8].response.body, "7 bytes\n");
    assert!(pasted[5].response.head.contains("retry-after: 5"));

    let anonymous = curl(&[&format!("{}/documents/4", printed.url)]);
    assert_eq!(anonymous.status, 401);
}

#[test]
fn the_help_names_the_command_and_the_variable() {
    let output = run(CHECKS, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        help.contains("cargo run -p checks") && help.contains("PORT"),
        "{help}"
    );
}
