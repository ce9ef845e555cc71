//! The printed commands, and the command line.

use example_runner::{Program, run};

use crate::shop::STOREFRONT;

#[test]
fn every_printed_curl_command_gets_the_printed_response() {
    let program = Program::start(STOREFRONT, &[], &[("PORT", "0")]);
    let pasted = program.printed().paste();
    let statuses: Vec<_> = pasted
        .iter()
        .map(|pasted| pasted.outcome()[..3].to_owned())
        .collect();
    assert_eq!(
        statuses,
        [
            "200", "200", "401", "200", "200", "200", "403", "401", "200", "403", "200", "200",
            "200", "200", "401", "404", "303", "303", "200", "200", "403", "303", "401",
        ]
    );
}

#[test]
fn the_help_names_the_arguments_and_the_variables() {
    let output = run(STOREFRONT, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for word in [
        "cargo run -p storefront",
        "--map",
        "PORT",
        "ORIGIN",
        "TOKEN_SECRET",
        "RUST_LOG",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
}
