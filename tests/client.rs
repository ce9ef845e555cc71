//! An HTTP/1.1 client that sends requests and returns responses unchanged.

use std::fmt;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request as it is sent: `Host` first, `Connection: close` last.
#[derive(Clone)]
pub struct Request {
    method: String,
    target: String,
    host: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            host: "test".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// `GET target`.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// `POST target` with a body and its length.
    pub fn post(target: &str, content_type: &str, body: &str) -> Self {
        let mut request = Self::new("POST", target)
            .header("Content-Type", content_type)
            .header("Content-Length", body.len().to_string());
        request.body = body.as_bytes().to_vec();
        request
    }

    /// Adds a header line.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Replaces the host `test`.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// `Authorization: Bearer token`.
    #[must_use]
    pub fn bearer(self, token: impl AsRef<str>) -> Self {
        self.header("Authorization", format!("Bearer {}", token.as_ref()))
    }

    /// Replaces the method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// The method as it is sent.
    pub fn verb(&self) -> &str {
        &self.method
    }

    pub(crate) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// What goes over the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\n",
            self.method, self.target, self.host
        )
        .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"Connection: close\r\n\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.to_bytes();
        let shown = bytes.get(..bytes.len().min(400)).unwrap_or_default();
        write!(formatter, "{}", shown.escape_ascii())
    }
}

/// A response as it was received.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names as on the wire, in the order of the wire.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The content, taken out of its chunks.
    pub body: Vec<u8>,
}

impl Response {
    /// The values of all lines of this name, in order.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.headers
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    /// The value of the one line of this name.
    pub fn one(&self, name: &str) -> Option<String> {
        let mut values = self.all(name);
        assert!(values.len() < 2, "several {name}: {values:?}");
        values.pop()
    }

    /// The lines of `WWW-Authenticate`.
    pub fn challenges(&self) -> Vec<String> {
        self.all("www-authenticate")
    }

    /// The lower-case names of all lines in order, without those that the server adds to every response.
    pub fn header_names(&self) -> Vec<String> {
        self.headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .filter(|name| !["date", "connection", "content-length"].contains(&name.as_str()))
            .collect()
    }

    /// The content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The response without its date, and with its lines sorted by name, to compare it with another.
    #[must_use]
    pub fn comparable(&self) -> Self {
        let mut response = self.clone();
        response
            .headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
        response
            .headers
            .sort_by(|(left, _), (right, _)| left.cmp(right));
        response
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.status)?;
        for (name, value) in &self.headers {
            write!(formatter, " | {name}: {}", value.escape_ascii())?;
        }
        write!(formatter, " | {}", self.body.escape_ascii())
    }
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        Self {
            stream,
            received: Vec::new(),
        }
    }

    /// Sends bytes. The server may have hung up already; then there is an answer to read.
    pub async fn write(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes).await);
    }

    /// The last response: nothing may follow it. `None` if the connection ends without a response.
    pub async fn read_last(&mut self, to_head: bool) -> Option<Response> {
        let response = self.read(to_head).await?;
        while self.fill().await {}
        assert!(
            self.received.is_empty(),
            "more than an answer: {}",
            self.received.escape_ascii()
        );
        Some(response)
    }

    /// The next response; `None` if the connection ends without one.
    pub async fn read(&mut self, to_head: bool) -> Option<Response> {
        let end = loop {
            if let Some(end) = find(&self.received, b"\r\n\r\n") {
                break end;
            }
            if !self.fill().await {
                assert!(
                    self.received.is_empty(),
                    "cut: {}",
                    self.received.escape_ascii()
                );
                return None;
            }
        };
        let head = String::from_utf8_lossy(&self.take(end)).into_owned();
        self.take(4);
        let mut response = parse_head(&head);
        let no_content = to_head || response.status < 200 || [204, 304].contains(&response.status);
        if no_content {
            return Some(response);
        }
        if response.one("transfer-encoding").as_deref() == Some("chunked") {
            response.body = self.read_chunks().await;
        } else if let Some(length) = response.one("content-length") {
            let length = length.parse().expect("a length");
            response.body = self.read_exactly(length).await;
        } else {
            while self.fill().await {}
            response.body = std::mem::take(&mut self.received);
        }
        Some(response)
    }

    async fn read_chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match find(&self.received, b"\r\n") {
                    Some(end) => break end,
                    None => assert!(self.fill().await, "cut in a chunk's size"),
                }
            };
            let size = String::from_utf8(self.take(end)).expect("a size");
            self.take(2);
            let size = usize::from_str_radix(&size, 16).expect("a size");
            body.extend(self.read_exactly(size).await);
            self.read_exactly(2).await;
            if size == 0 {
                return body;
            }
        }
    }

    /// The next bytes.
    pub async fn read_exactly(&mut self, length: usize) -> Vec<u8> {
        while self.received.len() < length {
            assert!(self.fill().await, "the content is shorter than {length}");
        }
        self.take(length)
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.received.drain(..length).collect()
    }

    /// Receives more bytes; `false` at the end. A reset after the response is an end too.
    async fn fill(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let length = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.received.extend(buffer.iter().take(length));
        length > 0
    }
}

fn parse_head(head: &str) -> Response {
    let mut lines = head.split("\r\n");
    let status_line = lines.next().expect("a status line");
    let status = status_line
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.get(2..5));
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").expect("a header line");
            (name.to_owned(), value.as_bytes().to_vec())
        })
        .collect();
    Response {
        status: status
            .and_then(|status| status.parse().ok())
            .expect("a status"),
        headers,
        body: Vec::new(),
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes
        .windows(pattern.len())
        .position(|window| window == pattern)
}
