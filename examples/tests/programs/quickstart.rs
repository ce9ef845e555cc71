//! `quickstart`.

use crate::curl::curl;
use crate::process::{self, Process};

const QUICKSTART: &str = env!("CARGO_BIN_EXE_quickstart");

#[test]
fn the_self_check_of_the_quickstart_finds_no_difference() {
    let output = process::run(QUICKSTART, &["--check"], &[]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{report}");
    assert!(
        report.ends_with("10 requests, 0 different from what was expected\n"),
        "{report}"
    );
    for status in ["200", "401 Bearer", "403 Bearer"] {
        assert!(report.contains(&format!("got       {status}")), "{report}");
    }
}

#[test]
fn the_quickstart_serves_until_it_is_stopped() {
    for signal in ["TERM", "INT"] {
        let server = Process::start(QUICKSTART, &[("PORT", "0")]);
        let line = server.says("Listening on http://");
        let url = line.split(' ').nth(2).unwrap();
        assert_eq!(curl(&[&format!("{url}/whoami")]).status, 401);
        server.signal(signal);
        assert_eq!(server.end().code(), Some(0), "{signal}");
    }
}

#[test]
fn a_custom_credential_kind_takes_part_in_readiness() {
    let file = std::env::temp_dir().join(format!("gateway-secret-{}", std::process::id()));
    let _ = std::fs::remove_file(&file);
    let environment = [
        ("PORT", "0"),
        ("GATEWAY_SECRET_FILE", file.to_str().unwrap()),
    ];
    let server = Process::start_with(QUICKSTART, &["gateway"], &environment);
    let alice = server.says("ALICE=");
    let alice = alice.trim_start_matches("ALICE=").trim_matches('\'');
    let alice = format!("X-Gateway-Caller: {alice}");
    let line = server.says("Listening on http://");
    let url = line.split(' ').nth(2).unwrap();
    let ready = || curl(&[&format!("{url}/ready")]).status;
    let whoami = || curl(&["-H", &alice, &format!("{url}/whoami")]).status;
    assert_eq!((ready(), whoami()), (503, 503));

    std::fs::write(&file, "known to this service and to its gateway").unwrap();
    while ready() != 200 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(whoami(), 200);
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn the_quickstart_refuses_unknown_arguments_and_ports() {
    let output = process::run(QUICKSTART, &["--chekc"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("there are bearer, basic, api-key, gateway, and `--check`")
    );

    let output = process::run(QUICKSTART, &[], &[("PORT", "http")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("PORT=http")
    );
}
