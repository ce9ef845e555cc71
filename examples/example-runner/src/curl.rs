//! Runs curl and parses the response.

use std::io::ErrorKind;
use std::process::{Child, Command, Stdio};

/// A response to a request.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The status line and the header fields.
    pub head: String,
    /// The `WWW-Authenticate` field lines.
    pub challenges: Vec<String>,
    /// The body.
    pub body: String,
}

impl Response {
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .expect("a status line");
        Self {
            status: status.parse().unwrap(),
            head: head.to_owned(),
            challenges: lines
                .filter_map(|line| line.split_once(": "))
                .filter(|(name, _)| name.eq_ignore_ascii_case("WWW-Authenticate"))
                .map(|(_, value)| value.to_owned())
                .collect(),
            body: body.to_owned(),
        }
    }
}

/// Sends one request.
pub fn curl(arguments: &[&str]) -> Response {
    finish(start_curl(arguments))
}

/// Starts curl with piped standard input and output.
pub fn start_curl(arguments: &[&str]) -> Child {
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

/// Waits for the response.
pub fn finish(curl: Child) -> Response {
    let output = curl.wait_with_output().unwrap();
    assert!(output.status.success(), "curl: {}", output.status);
    Response::parse(&String::from_utf8(output.stdout).unwrap())
}
