//! The client against a server on a socket of this machine.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;

/// Answers one connection with `answer`; returns where, and what was asked.
async fn server(answer: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys?a=b", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut buffer = [0; 1024];
            let read = stream.read(&mut buffer).await.unwrap();
            assert_ne!(read, 0, "the request ends before its empty line");
            asked.extend_from_slice(&buffer[..read]);
        }
        // Who stops reading breaks the connection, which is the point of some tests.
        let _ = stream.write_all(answer.as_bytes()).await;
        String::from_utf8(asked).unwrap()
    });
    (url, asked)
}

async fn fetch(answer: impl Into<String>) -> (Result<Response<Vec<u8>>, FetchError>, String) {
    let (url, asked) = server(answer.into()).await;
    let request = Request::get(url)
        .header("accept", "application/json")
        .body(Vec::new())
        .unwrap();
    let answer = HttpClient::new().unwrap().fetch(request, 10).await;
    (answer, asked.await.unwrap())
}

#[tokio::test]
async fn an_answer_comes_back_as_it_was_sent() {
    let (answer, asked) =
        fetch("HTTP/1.1 404 Not Found\r\nETag: x\r\nContent-Length: 4\r\n\r\ngone").await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["etag"], "x");
    assert_eq!(answer.body(), b"gone");

    let asked = asked.to_ascii_lowercase();
    assert!(asked.starts_with("get /keys?a=b http/1.1\r\n"), "{asked}");
    assert!(asked.contains("accept: application/json\r\n"), "{asked}");
    let agent = concat!(
        "user-agent: auth-runtime/",
        env!("CARGO_PKG_VERSION"),
        "\r\n"
    );
    assert!(asked.contains(agent), "{asked}");
    for unwanted in ["accept-encoding", "cookie", "referer"] {
        assert!(!asked.contains(unwanted), "{asked}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let (answer, _) = fetch(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nSet-Cookie: a=b\r\n\
         Content-Length: 0\r\n\r\n",
    )
    .await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "http://127.0.0.1:9/");
}

#[tokio::test]
async fn reading_stops_at_the_limit() {
    let (exact, _) = fetch("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789").await;
    assert_eq!(exact.unwrap().body(), b"0123456789");

    let (announced, _) = fetch("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n").await;
    let error = announced.unwrap_err().to_string();
    assert_eq!(error, "the answer has more than 10 bytes");

    // Without an end: it would go on for ever.
    let chunks = "6\r\n012345\r\n".repeat(2);
    let endless = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    let (endless, _) = fetch(endless).await;
    let error = endless.unwrap_err().to_string();
    assert_eq!(error, "the answer has more than 10 bytes");
}

#[tokio::test]
async fn who_can_not_be_reached_is_an_error_without_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/?secret", listener.local_addr().unwrap());
    drop(listener);
    let request = Request::get(url).body(Vec::new()).unwrap();
    let error = HttpClient::new()
        .unwrap()
        .fetch(request, 10)
        .await
        .unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}
