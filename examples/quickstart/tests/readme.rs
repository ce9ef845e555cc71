//! The response in the README is the one that the quickstart sends.

use example_runner::{Program, curl};

/// The README's ```` ```http ```` block: head and body.
fn shown() -> Option<&'static str> {
    let (_, block) = include_str!("../../../README.md").split_once("```http\n")?;
    Some(block.split_once("```")?.0.trim())
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
fn the_response_in_the_readme_is_real() {
    let program = Program::start(env!("CARGO_BIN_EXE_quickstart"), &[], &[("PORT", "0")]);
    let printed = program.printed();
    let orders = format!("{}/orders", printed.url);
    let bearer = format!("Authorization: Bearer {}", printed.variable("BOB"));
    assert_eq!(shown(), Some(sent(&[&orders, "-H", &bearer]).as_str()));
}
