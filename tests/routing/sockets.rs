//! Responses over a socket: how hyper sends `HEAD`, `Allow`, lengths and upgrades.

use auth_tests::client::Request;
use auth_tests::server::Server;

use crate::kit::compare::TRUST;
use crate::kit::names;

#[tokio::test]
async fn responses_over_a_socket_have_the_same_bytes_as_in_axum() {
    let pair = pair!({
        Router::new()
            .route("/text", get(alpha).post(text).put(nothing))
            .route("/json", post(json))
            .route("/length", get(own_length))
            .route("/head", head(created))
            .route("/any", any(method_name))
            .route("/moved", get(moved))
            .route("/connect", connect(alpha))
            .route("/socket", any(upgrade))
            .route_service("/service", service::<names::beta>())
            .nest(
                "/nested",
                Router::new().route("/", get(place)).fallback(inner),
            )
            .fallback(outer)
    });
    let bare = Server::start(pair.bare).await;
    let guarded = Server::start(pair.guarded.with_auth(TRUST.auth.clone())).await;

    let lines = [
        ("GET", "/text", 200),
        ("HEAD", "/text", 200),
        ("PUT", "/text", 200),
        ("DELETE", "/text", 405),
        ("OPTIONS", "/text", 405),
        ("HEAD", "/json", 405),
        ("HEAD", "/head", 201),
        ("GET", "/head", 405),
        ("HEAD", "/any", 200),
        ("PURGE", "/any", 200),
        ("TRACE", "/any", 200),
        ("GET", "/moved", 308),
        ("HEAD", "/moved", 308),
        ("HEAD", "/service", 200),
        ("GET", "/service", 200),
        ("GET", "/nested", 200),
        ("HEAD", "/nested/x", 404),
        ("GET", "/none", 404),
        ("HEAD", "/none", 404),
        ("OPTIONS", "*", 404),
        ("CONNECT", "example.com:443", 404),
    ];
    let mut requests: Vec<_> = lines
        .iter()
        .map(|(method, target, status)| (Request::new(method, target), *status))
        .collect();
    requests.push((Request::post("/text", "text/plain", "abc"), 200));
    requests.push((Request::post("/json", "application/json", "{\"a\":1}"), 200));
    requests.push((Request::post("/json", "text/plain", "{}"), 415));
    requests.push((handshake("12"), 400));
    requests.push((handshake("13"), 101));

    for (request, status) in requests {
        let credential =
            |request: &Request| request.clone().header("Authorization", &TRUST.credential);
        if status == 101 {
            // What follows is not HTTP: only the head is compared.
            let allowed = head_of(&guarded, &credential(&request)).await;
            let same = head_of(&bare, &request).await;
            assert_eq!(allowed, same, "{request:?}");
            assert!(same.starts_with("HTTP/1.1 101"), "{same}");
            let refused = head_of(&guarded, &request).await;
            assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
            continue;
        }
        let same = bare.send(&request).await.comparable();
        assert_eq!(same.status, status, "{request:?}");
        let allowed = guarded.send(&credential(&request)).await.comparable();
        assert_eq!(allowed, same, "{request:?}");
        let refused = guarded.send(&request).await.comparable();
        if status == 405 {
            assert_eq!(refused, same, "{request:?}");
            assert!(refused.one("allow").is_some());
        } else {
            assert_eq!(refused.status, 401, "{request:?}");
        }
    }
}

#[tokio::test]
async fn a_404_over_a_socket_has_the_bytes_of_axum() {
    let pair = pair!({ Router::new().route("/x", get(alpha)) });
    let bare = Server::start(pair.bare).await;
    let guarded = Server::start(pair.guarded.with_auth(TRUST.auth.clone())).await;
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
        let request = Request::new(method, "/x/");
        let same = bare.send(&request).await.comparable();
        assert_eq!(same.status, 404);
        assert_eq!(guarded.send(&request).await.comparable(), same);
    }
}

fn handshake(version: &str) -> Request {
    Request::get("/socket")
        .header("Connection", "upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", version)
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
}

async fn head_of(server: &Server, request: &Request) -> String {
    let mut connection = server.connect().await;
    connection.write(&request.to_bytes()).await;
    let response = connection.read(true).await.unwrap();
    let headers = response.comparable().headers;
    let lines = headers
        .iter()
        .map(|(name, value)| format!("\n{name}: {}", value.escape_ascii()));
    format!("HTTP/1.1 {}{}", response.status, lines.collect::<String>())
}
