//! The printed commands, with and without enforcement, and the command line.

use example_runner::{Pasted, Program, run};

const REPORT_ONLY: &str = env!("CARGO_BIN_EXE_report-only");

#[test]
fn denials_are_counted_and_logged_but_not_enforced() {
    let program = Program::start(REPORT_ONLY, &[], &[("PORT", "0")]);
    let pasted = program.printed().paste();
    let outcomes: Vec<_> = pasted.iter().map(Pasted::outcome).collect();
    assert_eq!(outcomes, ["200"; 5]);
    assert_eq!(pasted[0].response.body, "The orders of an unknown caller\n");
    assert_eq!(pasted[2].response.body, "The orders of alice\n");
    let report = &pasted[4].response.body;
    assert!(
        report.contains("::list_orders: 2 would have got 401 Unauthorized\n"),
        "{report}"
    );
    assert!(
        report.contains("::list_orders: 1 would have got 403 Forbidden\n"),
        "{report}"
    );
    program.log("would have been denied");
}

#[test]
fn denials_are_enforced_on_request() {
    let program = Program::start(REPORT_ONLY, &["--enforce"], &[("PORT", "0")]);
    let pasted = program.printed().paste();
    let outcomes: Vec<_> = pasted.iter().map(Pasted::outcome).collect();
    let statuses: Vec<_> = outcomes.iter().map(|outcome| &outcome[..3]).collect();
    assert_eq!(statuses, ["401", "401", "403", "200", "200"]);
    assert_eq!(pasted[4].response.body, "");
}

#[test]
fn the_help_names_the_arguments_and_an_unknown_one_is_an_error() {
    let output = run(REPORT_ONLY, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for word in ["cargo run -p report-only", "--enforce", "PORT"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let output = run(REPORT_ONLY, &["--enforec"], &[]);
    assert_eq!(output.status.code(), Some(1));
}
