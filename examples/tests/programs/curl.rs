//! Runs curl and parses the response.

use std::io::ErrorKind;
use std::process::{Child, Command, Stdio};

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The `WWW-Authenticate` field lines.
    pub(crate) challenges: Vec<String>,
    pub(crate) body: String,
}

/// Starts curl with piped standard input and output.
pub(crate) fn start(arguments: &[&str]) -> Child {
    let curl = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "20"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    match curl {
        Ok(curl) => curl,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("these tests need curl: `apt-get install curl`, or `brew install curl`")
        }
        Err(error) => panic!("curl: {error}"),
    }
}

pub(crate) fn answer(curl: Child) -> Answer {
    let output = curl.wait_with_output().unwrap();
    assert!(output.status.success(), "curl: {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .expect("a status line");
    Answer {
        status: status.parse().unwrap(),
        challenges: lines
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| name.eq_ignore_ascii_case("WWW-Authenticate"))
            .map(|(_, value)| value.to_owned())
            .collect(),
        body: body.to_owned(),
    }
}

pub(crate) fn curl(arguments: &[&str]) -> Answer {
    answer(start(arguments))
}
