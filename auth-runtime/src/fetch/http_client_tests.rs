//! The client with a server on a local socket.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;
use crate::box_error::BoxError;

/// Answers one connection with `answer`. Returns the URL and, later, the request.
async fn server(answer: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys?a=b", listener.local_addr().unwrap());
    let request_text = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request_text = Vec::new();
        while !request_text.ends_with(b"\r\n\r\n") {
            let mut buffer = [0; 1024];
            let read = stream.read(&mut buffer).await.unwrap();
            assert_ne!(read, 0, "the request ends before its empty line");
            request_text.extend_from_slice(&buffer[..read]);
        }
        // A client that stops reading breaks the connection, as some tests expect.
        let _ = stream.write_all(answer.as_bytes()).await;
        String::from_utf8(request_text).unwrap()
    });
    (url, request_text)
}

async fn fetch(answer: impl Into<String>) -> (Result<Response<Vec<u8>>, BoxError>, String) {
    let (url, request_text) = server(answer.into()).await;
    let request = Request::get(url)
        .header("accept", "application/json")
        .body(Vec::new())
        .unwrap();
    let answer = HttpClient::new().unwrap().fetch(request, 10).await;
    (answer, request_text.await.unwrap())
}

#[tokio::test]
async fn the_http_client_returns_the_response_as_sent() {
    let (answer, request_text) =
        fetch("HTTP/1.1 404 Not Found\r\nETag: x\r\nContent-Length: 4\r\n\r\ngone").await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["etag"], "x");
    assert_eq!(answer.body(), b"gone");

    let request_text = request_text.to_ascii_lowercase();
    assert!(
        request_text.starts_with("get /keys?a=b http/1.1\r\n"),
        "{request_text}"
    );
    assert!(
        request_text.contains("accept: application/json\r\n"),
        "{request_text}"
    );
    let agent = concat!(
        "user-agent: auth-runtime/",
        env!("CARGO_PKG_VERSION"),
        "\r\n"
    );
    assert!(request_text.contains(agent), "{request_text}");
    for unwanted in ["accept-encoding", "cookie", "referer"] {
        assert!(!request_text.contains(unwanted), "{request_text}");
    }
}

#[tokio::test]
async fn the_http_client_returns_a_redirect_without_following_it() {
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
async fn the_http_client_stops_reading_at_the_limit() {
    let (exact, _) = fetch("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789").await;
    assert_eq!(exact.unwrap().body(), b"0123456789");

    let (announced, _) = fetch("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n").await;
    let error = announced.unwrap_err().to_string();
    assert_eq!(error, "the response has more than 10 bytes");

    // A body without an end.
    let chunks = "6\r\n012345\r\n".repeat(2);
    let endless = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    let (endless, _) = fetch(endless).await;
    let error = endless.unwrap_err().to_string();
    assert_eq!(error, "the response has more than 10 bytes");
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_without_its_url() {
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

/// A self-signed certificate for `localhost` and 127.0.0.1.
const CERTIFICATE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/fetch/certificates/localhost.pem"
);

/// Answers one connection over TLS.
async fn tls_server() -> String {
    let certificate = CertificateDer::from_pem_file(CERTIFICATE).unwrap();
    let key = include_bytes!("certificates/localhost_private.pem");
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // A client that does not trust the certificate breaks the connection.
        if let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await {
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                .await;
            let _ = stream.shutdown().await;
        }
    });
    format!("https://localhost:{port}/keys")
}

/// The environment names the trusted certificates. This test runs with the environment of the machine, and the
/// next test runs it again with the certificate in the environment.
#[tokio::test]
async fn the_http_client_accepts_only_certificates_that_the_system_trusts() {
    let roots = env::var_os("SSL_CERT_FILE");
    let is_trusted = roots.is_some_and(|roots| Path::new(&roots) == Path::new(CERTIFICATE));
    let request = Request::get(tls_server().await).body(Vec::new()).unwrap();
    match HttpClient::new().unwrap().fetch(request, 10).await {
        Ok(answer) => {
            assert!(is_trusted, "an untrusted certificate was accepted");
            assert_eq!(answer.body(), b"{}");
        }
        Err(error) => {
            assert!(!is_trusted, "{error:?}");
            let reason = crate::fetch::exchange::chain(&error);
            assert!(reason.contains("certificate"), "{reason}");
        }
    }
}

/// Runs another test of this file in a process with this environment. Returns whether it passed, and its output.
fn passes(test: &str, environment: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([&format!("fetch::http_client::tests::{test}"), "--exact"]);
    for name in PROXY_VARIABLES.into_iter().chain(["no_proxy", "NO_PROXY"]) {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("running 1 test"), "{said}");
    (output.status.success(), said)
}

const OVER_TLS: &str = "the_http_client_accepts_only_certificates_that_the_system_trusts";
/// No server listens on this port.
const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn the_http_client_trusts_the_root_certificates_of_the_environment() {
    let (passes, text) = passes(OVER_TLS, &[("SSL_CERT_FILE", CERTIFICATE)]);
    assert!(passes, "{text}");
}

#[test]
fn https_requests_use_the_proxy_of_the_environment() {
    for name in PROXY_VARIABLES {
        let trusted = [("SSL_CERT_FILE", CERTIFICATE), (name, NOWHERE)];
        let (passed, text) = passes(OVER_TLS, &trusted);
        assert!(!passed && text.contains("tcp connect error"), "{text}");
        let excepted = [&trusted[..], &[("NO_PROXY", "localhost")]].concat();
        let (passed, text) = passes(OVER_TLS, &excepted);
        assert!(passed, "{text}");
    }
}

#[test]
fn http_requests_use_no_proxy() {
    let names = ["http_proxy", "HTTP_PROXY"]
        .into_iter()
        .chain(PROXY_VARIABLES);
    let environment: Vec<_> = names.map(|name| (name, NOWHERE)).collect();
    let (passed, text) = passes("the_http_client_returns_the_response_as_sent", &environment);
    assert!(passed, "{text}");
}
