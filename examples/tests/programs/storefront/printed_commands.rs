//! The printed curl commands work.

use std::process::Command;

use crate::process::Process;

use super::STOREFRONT;

#[test]
fn every_printed_curl_command_gets_the_printed_response() {
    let process = Process::start(STOREFRONT, &[("PORT", "0")]);
    let mut variables = String::new();
    for name in [
        "ALICE=",
        "ALICE_JUST_LOGGED_IN=",
        "SAM=",
        "TILL=",
        "PARTNER=",
        "MACHINE=",
    ] {
        variables += &process.says(name);
        variables.push('\n');
    }
    for number in 1..=16 {
        let expected = process.says("# ");
        let line = process.says("curl -i ");
        let script = format!("{variables}{line} -s --max-time 20 | head -n 1");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let status = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            status.split(' ').nth(1),
            expected.split(' ').nth(1),
            "{number}: {expected}\n{line}"
        );
    }
    process.says("Listening on http://");
}
