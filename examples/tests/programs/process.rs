//! A program under test: its output and exit status.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// The time limit of every wait. Only a test that hangs reaches it.
const STOP_AFTER: Duration = Duration::from_secs(180);

/// Runs a program that ends by itself.
pub(crate) fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    command(program, environment)
        .args(arguments)
        .output()
        .unwrap()
}

/// A program that runs until it is told to stop.
pub(crate) struct Process {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Process {
    pub(crate) fn start(program: &str, environment: &[(&str, &str)]) -> Self {
        Self::start_with(program, &[], environment)
    }

    pub(crate) fn start_with(
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
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

    /// Waits for a line on standard output with this text in it.
    pub(crate) fn says(&self, text: &str) -> String {
        wait_for(&self.stdout, text)
    }

    /// Waits for a line on standard error with this text in it.
    pub(crate) fn logs(&self, text: &str) -> String {
        wait_for(&self.stderr, text)
    }

    /// Sends `TERM` or `INT`.
    pub(crate) fn signal(&self, name: &str) {
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

    pub(crate) fn end(mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < STOP_AFTER, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
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

fn wait_for(lines: &Receiver<String>, text: &str) -> String {
    let mut seen = Vec::new();
    while let Ok(line) = lines.recv_timeout(STOP_AFTER) {
        if line.contains(text) {
            return line;
        }
        seen.push(line);
    }
    panic!("no line with {text:?} in {seen:#?}");
}
