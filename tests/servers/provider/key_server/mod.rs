//! A server of keys and metadata on loopback whose responses a test chooses. It counts its requests.

mod answer;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub(crate) use answer::{Answer, MEGABYTE, key_of, key_set};

/// The path of the keys, unless a test uses another.
pub(crate) const KEYS: &str = "/jwks";

/// It ends when this is dropped. Paths without an answer are answered 404.
pub(crate) struct KeyServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    /// Bound and not listening, so that the port stays reserved while the server is down.
    _port: TcpSocket,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<HashMap<String, Answer>>,
    requests: Mutex<HashMap<String, Vec<Instant>>>,
    connections: AtomicUsize,
    written: AtomicU64,
}

impl Shared {
    /// Notes the request.
    fn answer(&self, path: &str) -> Answer {
        let mut requests = self.requests.lock().unwrap();
        let requests = requests.entry(path.to_owned()).or_default();
        requests.push(Instant::now());
        let answer = self.answers.lock().unwrap().get(path).cloned();
        answer.unwrap_or_else(|| Answer::text("no such thing").status(404))
    }
}

impl KeyServer {
    /// A server that listens and has no documents yet.
    pub(crate) async fn start() -> Self {
        let mut server = Self::down();
        server.come_back();
        // So that `come_back` can be called where nothing can be awaited.
        tokio::task::yield_now().await;
        server
    }

    /// One that gives this answer at [`KEYS`].
    pub(crate) async fn with_keys(answer: Answer) -> Self {
        let server = Self::start().await;
        server.answer(KEYS, answer);
        server
    }

    /// One that has a port and refuses connections.
    pub(crate) fn down() -> Self {
        let port = socket();
        port.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self {
            address: port.local_addr().unwrap(),
            shared: Arc::default(),
            accepting: None,
            _port: port,
        }
    }

    /// Closes all connections, and refuses new ones.
    pub(crate) async fn go_down(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // Waits until it has ended. That it was cancelled is expected.
            drop(accepting.await);
        }
    }

    /// Listens again.
    pub(crate) fn come_back(&mut self) {
        assert!(self.accepting.is_none(), "it is up");
        let socket = socket();
        socket.bind(self.address).unwrap();
        // A small buffer, so that the client has read about as much as was written.
        socket.set_send_buffer_size(16 * 1024).unwrap();
        let listener = socket.listen(1024).unwrap();
        let shared = Arc::clone(&self.shared);
        self.accepting = Some(tokio::spawn(accept(listener, shared)));
    }

    /// The address of `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sets the response to requests for `path`.
    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        let mut answers = self.shared.answers.lock().unwrap();
        answers.insert(path.to_owned(), answer);
    }

    /// The times of the requests for `path`.
    pub(crate) fn requests(&self, path: &str) -> Vec<Instant> {
        let requests = self.shared.requests.lock().unwrap();
        requests.get(path).cloned().unwrap_or_default()
    }

    /// The number of requests for `path`.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.requests(path).len()
    }

    /// The number of all requests.
    pub(crate) fn count_all(&self) -> usize {
        let requests = self.shared.requests.lock().unwrap();
        requests.values().map(Vec::len).sum()
    }

    /// How many connections were opened.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The number of content bytes written to clients.
    pub(crate) fn written(&self) -> u64 {
        self.shared.written.load(Ordering::SeqCst)
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

fn socket() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket
}

/// The connections end with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        shared.connections.fetch_add(1, Ordering::SeqCst);
        connections.spawn(serve(stream, Arc::clone(&shared)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut received = Vec::new();
    while let Some(path) = next_request(&mut stream, &mut received).await {
        let answer = shared.answer(&path);
        let count = |bytes| {
            let bytes = u64::try_from(bytes).unwrap();
            shared.written.fetch_add(bytes, Ordering::SeqCst);
        };
        // The client has closed the connection.
        if !answer.write(&mut stream, count).await.unwrap_or(false) {
            return;
        }
    }
}

/// The path and the query of the next request, which has no content.
async fn next_request(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<String> {
    let end = loop {
        if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        let mut buffer = [0; 1024];
        let length = stream.read(&mut buffer).await.unwrap_or(0);
        if length == 0 {
            return None;
        }
        received.extend(&buffer[..length]);
    };
    let head: Vec<u8> = received.drain(..end + 4).collect();
    let head = String::from_utf8(head).unwrap();
    let mut words = head.split(' ');
    assert_eq!(words.next(), Some("GET"), "{head}");
    Some(words.next().unwrap().to_owned())
}
