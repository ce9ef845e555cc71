//! An authorization server on loopback whose responses a test chooses.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// It ends when this is dropped.
pub(crate) struct AuthorizationServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

/// How the server responds to every request.
#[derive(Clone)]
pub(crate) enum Manner {
    /// With the members of known tokens. Unknown tokens are not active.
    Honest,
    /// With this status, these lines and this content.
    Always(u16, &'static str, String),
    /// No response.
    Hangs,
    /// The connection is closed.
    HangsUp,
    /// With bytes that are not HTTP.
    Garbage,
}

/// A request that the server received.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) request_line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) form: String,
}

impl Question {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter().filter(|(found, _)| found == name);
        let (_, value) = lines.next()?;
        assert!(lines.next().is_none(), "{name} twice");
        Some(value)
    }

    /// The token. No test uses a token that needs an escape.
    pub(crate) fn token(&self) -> &str {
        let token = self.form.split('&').next().unwrap();
        token.strip_prefix("token=").unwrap()
    }
}

struct Shared {
    manner: Mutex<Manner>,
    tokens: Mutex<HashMap<String, String>>,
    questions: Mutex<Vec<Question>>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
}

impl AuthorizationServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            manner: Mutex::new(Manner::Honest),
            tokens: Mutex::default(),
            questions: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self {
            address,
            shared,
            accepting,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/introspect", self.address)
    }

    /// Sets the responses from now on.
    pub(crate) fn answers(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// Adds a known token with these members besides `active`.
    pub(crate) fn knows(&self, token: &str, members: &str) {
        let answer = format!(r#"{{"active":true,{members}}}"#);
        let mut tokens = self.shared.tokens.lock().unwrap();
        tokens.insert(token.to_owned(), answer);
    }

    pub(crate) fn questions(&self) -> Vec<Question> {
        self.shared.questions.lock().unwrap().clone()
    }

    /// The number of requests.
    pub(crate) fn count(&self) -> usize {
        self.shared.questions.lock().unwrap().len()
    }

    /// The largest number of concurrent requests.
    pub(crate) fn most_under_way(&self) -> usize {
        self.shared.most_under_way.load(Ordering::SeqCst)
    }
}

impl Drop for AuthorizationServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(serve(stream, Arc::clone(&shared)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    struct Leave<'a>(&'a AtomicUsize);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let mut received = Vec::new();
    while let Some(question) = next_question(&mut stream, &mut received).await {
        let under_way = shared.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        let leave = Leave(&shared.under_way);
        shared.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        let known = {
            let tokens = shared.tokens.lock().unwrap();
            tokens.get(question.token()).cloned()
        };
        shared.questions.lock().unwrap().push(question);
        let manner = shared.manner.lock().unwrap().clone();
        let answer = match manner {
            Manner::Honest => {
                let inactive = || r#"{"active":false}"#.to_owned();
                http(200, "", &known.unwrap_or_else(inactive))
            }
            Manner::Always(status, lines, content) => http(status, lines, &content),
            Manner::Hangs => {
                // Until the client closes the connection.
                drop(stream.read(&mut [0]).await);
                return;
            }
            Manner::HangsUp => return,
            Manner::Garbage => b"\x16\x03\x01 this is no HTTP\r\n\r\n".to_vec(),
        };
        drop(leave);
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

fn http(status: u16, lines: &str, content: &str) -> Vec<u8> {
    let length = content.len();
    format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         {lines}\r\n{content}"
    )
    .into_bytes()
}

/// The next request, whose content has a length.
async fn next_question(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<Question> {
    let end = loop {
        if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        fill(stream, received).await?;
    };
    let head: Vec<u8> = received.drain(..end + 4).collect();
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let mut question = Question {
        request_line: lines.next().unwrap().to_owned(),
        headers: lines
            .map(|line| {
                let (name, value) = line.split_once(": ").unwrap();
                (name.to_ascii_lowercase(), value.to_owned())
            })
            .collect(),
        form: String::new(),
    };
    let length: usize = question.header("content-length")?.parse().unwrap();
    while received.len() < length {
        fill(stream, received).await?;
    }
    question.form = String::from_utf8(received.drain(..length).collect()).unwrap();
    Some(question)
}

async fn fill(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 4096];
    let length = stream.read(&mut buffer).await.unwrap_or(0);
    received.extend(&buffer[..length]);
    (length > 0).then_some(())
}
