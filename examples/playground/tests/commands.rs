//! The command line and the settings.

use example_runner::{Program, curl, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_playground");

#[test]
fn the_help_names_the_command_and_the_variables() {
    let output = run(PROGRAM, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for name in [
        "cargo run -p playground",
        "PORT",
        "DATABASE",
        "ACCESS_TOKEN_LIFETIME",
    ] {
        assert!(help.contains(name), "{help}");
    }
}

#[test]
fn an_invalid_setting_is_one_error_that_names_it() {
    for (name, value, expected) in [
        ("PORT", "http", "expected a number from 0 to 65535"),
        (
            "ACCESS_TOKEN_LIFETIME",
            "0",
            "expected a number from 1 to 3600",
        ),
        ("DATABASE", "playground.db", "DATABASE: "),
    ] {
        let output = run(PROGRAM, &[], &[("PORT", "0"), (name, value)]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(name) && error.contains(expected), "{error}");
    }
}

#[test]
fn accounts_in_a_file_are_there_after_a_restart() {
    let folder = std::env::temp_dir().join(format!("playground-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let database = format!("sqlite:{}?mode=rwc", folder.join("playground.db").display());
    for _ in 0..2 {
        let program = Program::start(PROGRAM, &[], &[("PORT", "0"), ("DATABASE", &database)]);
        let login = format!("{}/login", program.printed().url);
        let body = r#"{"name":"alice","password":"correct horse"}"#;
        let response = curl(&["--json", body, &login]);
        assert_eq!(response.status, 200, "{response:?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_printed_accounts_can_log_in() {
    let program = Program::start(PROGRAM, &[], &[("PORT", "0")]);
    let mut accounts = Vec::new();
    while accounts.len() < 2 {
        let line = program.line("with the password: ");
        let (name, password) = line.split_once("with the password: ").unwrap();
        let name = name.trim().split(',').next().unwrap();
        accounts.push((name.to_owned(), password.to_owned()));
    }
    let url = program.printed().url;
    for (name, password) in accounts {
        let body = format!(r#"{{"name":"{name}","password":"{password}"}}"#);
        assert_eq!(
            curl(&["--json", &body, &format!("{url}/login")]).status,
            200
        );
    }
}
