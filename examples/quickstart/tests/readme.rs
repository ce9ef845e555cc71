//! The responses in the README are those that the quickstart sends.

use example_runner::{Program, curl};

/// The README's ```` ```http ```` blocks: head and body.
fn shown() -> Vec<String> {
    let readme = include_str!("../../../README.md");
    readme
        .split("```http\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap().trim().to_owned())
        .collect()
}

/// A response without the fields that the server adds, and not the guard.
fn sent(arguments: &[&str]) -> String {
    let response = curl(arguments);
    let text = format!("{}\n\n{}", response.head, response.body).replace('\r', "");
    let lines = text.lines().filter(|line| {
        !["content-length: ", "date: "]
            .iter()
            .any(|field| line.starts_with(field))
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[test]
fn the_responses_in_the_readme_are_real() {
    let program = Program::start(env!("CARGO_BIN_EXE_quickstart"), &[], &[("PORT", "0")]);
    let printed = program.printed();
    let orders = format!("{}/orders", printed.url);
    let bearer = |name| format!("Authorization: Bearer {}", printed.variable(name));
    assert_eq!(
        shown(),
        [
            sent(&[&orders]),
            sent(&[&orders, "-H", &bearer("EXPIRED")]),
            sent(&[&orders, "-H", &bearer("BOB")]),
        ]
    );
}
