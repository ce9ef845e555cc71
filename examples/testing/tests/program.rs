//! The command line of the application.

use example_runner::run;

const TESTING: &str = env!("CARGO_BIN_EXE_testing");

#[test]
fn the_help_says_where_the_keys_come_from() {
    let output = run(TESTING, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        help.contains("cargo run -p testing") && help.contains("cargo run -p token -- keys"),
        "{help}"
    );
}
