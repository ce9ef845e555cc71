//! Requests in a second over TCP, with the server on one core and wrk on another. All servers run at the same time and
//! are loaded in turns.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use http::header::AUTHORIZATION;

use super::Figures;
use crate::app::App;
use crate::rows::{self, BARE, HAND_WRITTEN, LIMIT_WARM, Row, WARM, WARM_LAYER};

const MEASURED: [&str; 5] = [BARE, HAND_WRITTEN, LIMIT_WARM, WARM, WARM_LAYER];
const CONNECTIONS: &str = "16";

/// Requests in a second: the highest rate of all rounds, because disturbances only lower it.
pub(crate) fn measure(server_core: &str, wrk_core: &str, rounds: usize) -> Figures<f64> {
    let rows = rows::all().into_iter();
    let servers: Vec<_> = rows
        .filter(|row| MEASURED.contains(&row.id))
        .map(|row| Server::start(row, server_core))
        .collect();
    let mut rates = vec![0.0_f64; servers.len()];
    for _ in 0..rounds {
        for (server, rate) in servers.iter().zip(&mut rates) {
            *rate = rate.max(server.load(wrk_core));
        }
    }
    let rows = servers.iter().map(|server| server.row);
    Figures(rows.zip(rates).collect())
}

/// A row that another process serves. The process is killed when this is dropped.
struct Server {
    row: Row,
    process: Child,
    url: String,
    authorization: String,
}

impl Server {
    fn start(row: Row, core: &str) -> Self {
        let mut process = Command::new("taskset")
            .args(["--cpu-list", core])
            .arg(std::env::current_exe().expect("the program"))
            .args(["serve", row.id, row.algorithm.name()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut lines = output.lines().map_while(Result::ok);
        Self {
            row,
            process,
            url: lines.next().expect("a URL"),
            authorization: lines.next().expect("a header"),
        }
    }

    fn load(&self, core: &str) -> f64 {
        let output = Command::new("taskset")
            .args(["--cpu-list", core, "wrk", "--threads", "1"])
            .args(["--connections", CONNECTIONS, "--duration", "2s"])
            .args(["--header", &self.authorization, &self.url])
            .output()
            .expect("taskset");
        assert!(
            output.status.success(),
            "{} If wrk is missing: apt-get install wrk",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8_lossy(&output.stdout);
        let refused = text.contains("Non-2xx") || text.contains("Socket errors");
        assert!(!refused, "{}: {text}", self.row.id);
        let rate = text
            .lines()
            .find_map(|line| line.strip_prefix("Requests/sec:"));
        rate.expect("a rate").trim().parse().expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Prints the URL of a row and the header field that its requests need, and serves it.
pub(crate) async fn serve(row: &Row) -> std::io::Result<()> {
    use axum::serve::ListenerExt;

    let mut served = row.build();
    let request = served.requests(1).remove(0);
    let App::Axum(router) = served.app else {
        panic!("no row of axum 0.7 is served");
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    let value = &request.headers()[AUTHORIZATION];
    println!("Authorization: {}", value.to_str().expect("visible"));
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await
}
