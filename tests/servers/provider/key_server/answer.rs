//! Valid and invalid responses of a key server.

use std::time::Duration;

use auth_runtime::testing::Issuer;
use serde_json::{Value, json};
use tokio::io::{self, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// One megabyte, as the sizes of answers are given here.
pub(crate) const MEGABYTE: u64 = 1024 * 1024;

/// A response, valid unless a method changes that.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    content: Content,
    after: Duration,
}

#[derive(Clone, Debug)]
enum Content {
    /// The whole content, with its length.
    Whole(Vec<u8>),
    /// In chunks.
    Chunked(Vec<u8>),
    /// The whole content, with a wrong length.
    Lying { bytes: Vec<u8>, declared: u64 },
    /// One byte at a time.
    Drip { bytes: Vec<u8>, every: Duration },
    /// So many bytes, with this length or in chunks.
    Long { bytes: u64, declared: Option<u64> },
    /// Instead of HTTP.
    Raw(Vec<u8>),
}

/// The JWK Set of these issuers together.
pub(crate) fn key_set<'a>(issuers: impl IntoIterator<Item = &'a Issuer>) -> Value {
    let keys: Vec<Value> = issuers.into_iter().flat_map(keys_of).collect();
    json!({ "keys": keys })
}

/// The one key of this issuer, to be changed.
pub(crate) fn key_of(issuer: &Issuer) -> Value {
    keys_of(issuer).pop().unwrap()
}

fn keys_of(issuer: &Issuer) -> Vec<Value> {
    let set: Value = serde_json::from_str(&issuer.jwks()).unwrap();
    set["keys"].as_array().unwrap().clone()
}

impl Answer {
    fn new(content: Content) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content,
            after: Duration::ZERO,
        }
    }

    pub(crate) fn text(text: impl Into<Vec<u8>>) -> Self {
        Self::new(Content::Whole(text.into()))
    }

    pub(crate) fn json(value: &Value) -> Self {
        Self::text(value.to_string()).header("Content-Type", "application/json")
    }

    /// The keys of these issuers.
    pub(crate) fn keys<'a>(issuers: impl IntoIterator<Item = &'a Issuer>) -> Self {
        Self::json(&key_set(issuers))
    }

    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn redirect(location: &str) -> Self {
        Self::text("").status(302).header("Location", location)
    }

    /// The same response, sent after this time.
    pub(crate) fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self.content {
            Content::Whole(bytes) => bytes,
            other => panic!("not a plain answer: {other:?}"),
        }
    }

    /// The length of the content in bytes.
    pub(crate) fn length(&self) -> usize {
        self.clone().into_bytes().len()
    }

    /// The same content in chunks.
    pub(crate) fn chunked(self) -> Self {
        let bytes = self.clone().into_bytes();
        let content = Content::Chunked(bytes);
        Self { content, ..self }
    }

    /// The same content with this `Content-Length`. The connection is closed after it.
    pub(crate) fn declared(self, declared: u64) -> Self {
        let bytes = self.clone().into_bytes();
        let content = Content::Lying { bytes, declared };
        Self { content, ..self }
    }

    /// The same content byte by byte.
    pub(crate) fn drip(self, every: Duration) -> Self {
        let bytes = self.clone().into_bytes();
        let content = Content::Drip { bytes, every };
        Self { content, ..self }
    }

    /// A JWK Set with a valid beginning and this many bytes, in chunks.
    pub(crate) fn long(bytes: u64) -> Self {
        let declared = None;
        Self::new(Content::Long { bytes, declared })
    }

    /// The same with this `Content-Length`.
    pub(crate) fn long_declared(bytes: u64, declared: u64) -> Self {
        let declared = Some(declared);
        Self::new(Content::Long { bytes, declared })
    }

    /// These bytes, which need not be HTTP, and the end of the connection.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(Content::Raw(bytes.into()))
    }

    /// The end of the connection.
    pub(crate) fn hang_up() -> Self {
        Self::raw("")
    }

    fn head(&self, framing: &str) -> String {
        use std::fmt::Write as _;

        let mut head = format!("HTTP/1.1 {} Whatever\r\n", self.status);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head + framing + "\r\n"
    }

    /// Whether the connection can be used for another request; `count` is told of each piece of
    /// content that was handed to the system.
    pub(super) async fn write(
        &self,
        stream: &mut TcpStream,
        mut count: impl FnMut(usize),
    ) -> io::Result<bool> {
        if !self.after.is_zero() {
            sleep(self.after).await;
        }
        let length = |length: u64| self.head(&format!("Content-Length: {length}\r\n"));
        let size = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap();
        match &self.content {
            Content::Whole(bytes) => {
                // A length is not allowed here, and nothing may follow.
                let head = if self.status == 204 || self.status == 304 {
                    self.head("")
                } else {
                    length(size(bytes))
                };
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(bytes).await?;
                count(bytes.len());
                Ok(true)
            }
            Content::Chunked(bytes) => {
                let head = self.head("Transfer-Encoding: chunked\r\n");
                stream.write_all(head.as_bytes()).await?;
                for piece in bytes.chunks(100) {
                    write_chunk(stream, piece).await?;
                    count(piece.len());
                }
                stream.write_all(b"0\r\n\r\n").await?;
                Ok(true)
            }
            Content::Lying { bytes, declared } => {
                stream.write_all(length(*declared).as_bytes()).await?;
                stream.write_all(bytes).await?;
                count(bytes.len());
                Ok(false)
            }
            Content::Drip { bytes, every } => {
                stream.write_all(length(size(bytes)).as_bytes()).await?;
                for byte in bytes {
                    stream.write_u8(*byte).await?;
                    count(1);
                    sleep(*every).await;
                }
                Ok(true)
            }
            Content::Long { bytes, declared } => {
                let head = match declared {
                    Some(declared) => length(*declared),
                    None => self.head("Transfer-Encoding: chunked\r\n"),
                };
                stream.write_all(head.as_bytes()).await?;
                let mut piece = vec![b' '; 16 * 1024];
                let mut left = *bytes;
                let beginning = br#"{"keys":["#;
                piece[..beginning.len()].copy_from_slice(beginning);
                while left > 0 {
                    if declared.is_some() {
                        stream.write_all(&piece).await?;
                    } else {
                        write_chunk(stream, &piece).await?;
                    }
                    count(piece.len());
                    left = left.saturating_sub(size(&piece));
                    piece.fill(b' ');
                }
                Ok(false)
            }
            Content::Raw(bytes) => {
                stream.write_all(bytes).await?;
                Ok(false)
            }
        }
    }
}

async fn write_chunk(stream: &mut TcpStream, piece: &[u8]) -> io::Result<()> {
    stream
        .write_all(format!("{:x}\r\n", piece.len()).as_bytes())
        .await?;
    stream.write_all(piece).await?;
    stream.write_all(b"\r\n").await
}
