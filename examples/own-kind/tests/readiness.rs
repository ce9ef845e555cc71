//! The kind is not ready until the secret has been read.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use example_runner::{Program, curl};

#[test]
fn a_custom_credential_kind_takes_part_in_readiness() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gateway-secret");
    let _ = fs::remove_file(&file);
    let environment = [
        ("PORT", "0"),
        ("GATEWAY_SECRET_FILE", file.to_str().unwrap()),
    ];
    let program = Program::start(env!("CARGO_BIN_EXE_own-kind"), &[], &environment);
    let printed = program.printed();
    let url = &printed.url;
    let alice = format!("X-Gateway-Caller: {}", printed.variable("ALICE"));
    let ready = || curl(&[&format!("{url}/ready")]).status;
    let whoami = || curl(&["-H", &alice, &format!("{url}/whoami")]).status;
    assert_eq!((ready(), whoami()), (503, 503));

    fs::write(&file, "known to this service and to its gateway").unwrap();
    while ready() != 200 {
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(whoami(), 200);
}
