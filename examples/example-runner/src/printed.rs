//! The commands that an example prints, and what they do in a shell.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::Response;

/// The output of an example until it listens.
#[derive(Debug)]
pub struct Printed {
    /// Where it listens: `http://127.0.0.1:3000`.
    pub url: String,
    pub(crate) lines: Vec<String>,
}

/// A printed command that was run.
#[derive(Debug)]
pub struct Pasted {
    /// The command.
    pub command: String,
    /// The status that the command says to expect.
    pub expected: u16,
    /// The response.
    pub response: Response,
}

impl Printed {
    /// The value of a printed shell variable.
    pub fn variable(&self, name: &str) -> String {
        let assignment = format!("{name}=");
        let value = self
            .lines
            .iter()
            .find_map(|line| line.strip_prefix(&assignment));
        let value = value.unwrap_or_else(|| panic!("no {name} in {self:#?}"));
        value.trim_matches('\'').to_owned()
    }

    /// The outcome of each printed command.
    pub fn outcomes(&self) -> Vec<String> {
        self.paste().iter().map(Pasted::outcome).collect()
    }

    /// Pastes everything from the first to the last command into bash. Each curl command ends with the
    /// expected status, which `curl -w` prints.
    pub fn paste(&self) -> Vec<Pasted> {
        let first = self.lines.iter().position(|line| is_command(line));
        let last = self.lines.iter().rposition(|line| is_command(line));
        let block = first.zip(last);
        let block = block.and_then(|(first, last)| self.lines.get(first..=last));
        let block = block.expect("a command");
        let commands: Vec<_> = block
            .iter()
            .filter(|line| line.starts_with("curl "))
            .collect();

        let output = bash(&block.join("\n"));
        let mut rest = output.as_str();
        let mut pasted = Vec::new();
        for command in commands {
            let (response, after) = rest
                .split_once("\nExpected: ")
                .unwrap_or_else(|| panic!("{command}: {rest}"));
            // The reason may follow the status.
            let (expected, after) = after.split_once('\n').expect("a whole line");
            let expected = expected.split(',').next().unwrap_or_default();
            pasted.push(Pasted {
                command: command.clone(),
                expected: expected.parse().unwrap(),
                response: Response::parse(response.trim_start()),
            });
            rest = after;
        }
        assert_eq!(rest.trim(), "", "output of no command");
        pasted
    }
}

impl Pasted {
    /// The status and the challenges, after a check that the status is the expected one.
    pub fn outcome(&self) -> String {
        let Response {
            status, challenges, ..
        } = &self.response;
        assert_eq!(*status, self.expected, "{self:#?}");
        let mut outcome = status.to_string();
        for challenge in challenges {
            outcome += " ";
            outcome += challenge;
        }
        outcome
    }
}

/// A curl command or the assignment of a variable.
fn is_command(line: &str) -> bool {
    let (name, _) = line.split_once('=').unwrap_or_default();
    let is_assignment = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    is_assignment || line.starts_with("curl ")
}

/// The standard output of the commands.
fn bash(commands: &str) -> String {
    let mut bash = Command::new("bash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("these tests need bash: `apt-get install bash`");
    let mut stdin = bash.stdin.take().unwrap();
    stdin.write_all(commands.as_bytes()).unwrap();
    drop(stdin);
    let output = bash.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    // Besides curl's progress meter nothing is printed there.
    assert!(
        !errors.lines().any(|line| line.starts_with("bash: ")),
        "{errors}"
    );
    String::from_utf8(output.stdout).unwrap()
}
