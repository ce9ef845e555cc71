//! A Redis server on loopback, which is deleted afterwards.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// The first port to try. It is below the ports of outgoing connections, so that the port of a killed server stays
/// free.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

/// A server that is killed, and its data deleted, when this is dropped.
#[derive(Debug)]
pub struct RedisServer {
    process: Option<Child>,
    port: u16,
    folder: PathBuf,
    options: Vec<String>,
}

/// The output of `program`, or a panic that says how to install it.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| missing(program, &error));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {text}{errors}"
    );
    text
}

fn missing(program: &str, error: &std::io::Error) -> ! {
    match (error.kind(), program) {
        (ErrorKind::NotFound, "openssl") => panic!("no openssl: apt-get install openssl"),
        (ErrorKind::NotFound, _) => panic!("no {program}: apt-get install redis-server"),
        _ => panic!("{program}: {error}"),
    }
}

fn free_port() -> u16 {
    let first = 10_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    loop {
        let port = first + NEXT_PORT.fetch_add(1, Ordering::Relaxed) % 2_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl RedisServer {
    /// With these options, such as `["--appendonly", "yes"]`. Without options it stores no data.
    pub async fn start(options: &[&str]) -> Self {
        let mut server = Self::stopped(options);
        server.run().await;
        server
    }

    /// A port without a server, and the options for the server.
    pub fn stopped(options: &[&str]) -> Self {
        let port = free_port();
        let name = format!("auth-redis-{}-{port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            process: None,
            port,
            folder,
            options: options.iter().map(|&option| option.to_owned()).collect(),
        }
    }

    /// Starts the server with its stored data. Returns when it responds.
    pub async fn run(&mut self) {
        let port = self.port.to_string();
        let program = "redis-server";
        let process = Command::new(program)
            .args(["--bind", "127.0.0.1", "--port", &port, "--save", ""])
            .args(["--dir", self.folder.to_str().unwrap()])
            .args(&self.options)
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| missing(program, &error));
        self.process = Some(process);
        let start = Instant::now();
        while !self.answers() {
            assert!(start.elapsed() < Duration::from_secs(180), "it has started");
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn answers(&self) -> bool {
        let answer = self.command(&["PING"]).output();
        let answer = answer.unwrap_or_else(|error| missing("redis-cli", &error));
        let text = String::from_utf8_lossy(&answer.stdout);
        // No command is allowed before a login, not even this one.
        text.contains("PONG") || text.contains("NOAUTH")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string()]).args(arguments);
        command
    }

    /// The output of `redis-cli`. Options may precede the command.
    pub fn ask(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output();
        let output = output.unwrap_or_else(|error| missing("redis-cli", &error));
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        text
    }

    /// Uses the certificate in its folder. Returns the URL.
    pub fn use_tls(&mut self) -> String {
        let file = |name| self.folder.join(name).to_str().unwrap().to_owned();
        let port = free_port().to_string();
        let options = ["--tls-port", &port, "--tls-auth-clients", "no"];
        let certificate = ["--tls-cert-file", &file("server.pem")];
        let key = ["--tls-key-file", &file("server.key")];
        for options in [&options[..], &certificate, &key] {
            self.options
                .extend(options.iter().map(|&option| option.to_owned()));
        }
        format!("rediss://127.0.0.1:{port}")
    }

    /// Where it stores its data.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of the server.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// As if the machine had failed (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// The server hangs: connections stay open without a response.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// It answers again.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let process = self.process.as_ref().unwrap().id().to_string();
        run("kill", &[signal, &process]);
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
