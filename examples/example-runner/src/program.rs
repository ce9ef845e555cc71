//! A process: its output and its exit status.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::Printed;

/// The time limit of every wait. Only a test that hangs reaches it.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Runs a program that ends by itself.
pub fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    command(program, environment)
        .args(arguments)
        .output()
        .unwrap()
}

/// A program that runs until it is stopped; at the latest when this is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Program {
    /// Starts a program.
    pub fn start(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = command(program, environment)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
        }
    }

    /// Waits for a line on standard output that contains this text.
    pub fn line(&self, text: &str) -> String {
        lines_until(&self.stdout, text).pop().unwrap_or_default()
    }

    /// Waits for a line on standard error that contains this text.
    pub fn log(&self, text: &str) -> String {
        lines_until(&self.stderr, text).pop().unwrap_or_default()
    }

    /// Waits until the example listens.
    pub fn printed(&self) -> Printed {
        let lines = lines_until(&self.stdout, "Listening on http://");
        let listening = lines.last().and_then(|line| line.split(' ').nth(2));
        Printed {
            url: listening.expect("an address").to_owned(),
            lines,
        }
    }

    /// Sends `TERM` or `INT`.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success(),
            "{kill}"
        );
    }

    /// Waits for the end.
    pub fn end(mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < TIMEOUT, "it does not stop");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed leaves no server behind; one that ended can't be killed again.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// With nothing of the tester's own environment.
fn command(program: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null());
    command
}

/// The lines as they come; all are read, so that the program never waits for a reader.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let _ = sender.send(line.unwrap());
        }
    });
    receiver
}

/// The lines up to the first that contains this text.
fn lines_until(lines: &Receiver<String>, text: &str) -> Vec<String> {
    let mut seen = Vec::new();
    while let Ok(line) = lines.recv_timeout(TIMEOUT) {
        let found = line.contains(text);
        seen.push(line);
        if found {
            return seen;
        }
    }
    panic!("no line with {text:?} in {seen:#?}");
}
