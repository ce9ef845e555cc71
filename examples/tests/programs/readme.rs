//! The responses in the README are those that the quickstart sends.

use crate::curl;
use crate::process::Process;

/// The README's ```` ```http ```` blocks: head and body.
fn shown() -> Vec<String> {
    let readme = include_str!("../../../README.md");
    readme
        .split("```http\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap().trim().to_owned())
        .collect()
}

/// An answer without the fields that are the server's, not the guard's.
fn sent(arguments: &[&str]) -> String {
    let output = curl::start(arguments).wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap().replace('\r', "");
    let lines = text.lines().filter(|line| {
        !["content-length: ", "date: "]
            .iter()
            .any(|field| line.starts_with(field))
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[test]
fn the_responses_in_the_readme_are_real() {
    let server = Process::start(env!("CARGO_BIN_EXE_quickstart"), &[("PORT", "0")]);
    let token = |name: &str| {
        let line = server.says(&format!("{name}="));
        let (_, token) = line.split_once('=').unwrap();
        format!("Authorization: Bearer {token}")
    };
    // In the order in which they are printed.
    let (bob, expired) = (token("BOB"), token("EXPIRED"));
    let line = server.says("Listening on http://");
    let orders = format!("{}/orders", line.split(' ').nth(2).unwrap());
    assert_eq!(
        shown(),
        [
            sent(&[&orders]),
            sent(&[&orders, "-H", &expired]),
            sent(&[&orders, "-H", &bob]),
        ]
    );
}
