//! Row H5 for WebSocket handshakes, which any page can start.

use axum::body::Body;
use axum::extract::WebSocketUpgrade;
use axum::http::{self, Version};
use axum::response::Response as AxumResponse;
use tower::ServiceExt;

use super::*;

#[require_auth]
async fn socket(upgrade: WebSocketUpgrade) -> AxumResponse {
    upgrade.on_upgrade(|_| async {})
}

/// What Chromium sends: no `Sec-Fetch-Site`.
fn handshake(credential: &(&str, String), origin: Option<&str>) -> Vec<u8> {
    let (name, value) = credential;
    let origin = origin.map_or(String::new(), |origin| format!("Origin: {origin}\r\n"));
    format!(
        "GET /socket HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{origin}{name}: {value}\r\n\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn h5_a_websocket_handshake_must_come_from_a_page_of_the_service() {
    let world = World::start().await;
    let app = Router::new()
        .route("/socket", any(socket))
        .layer(world.auth.layer());
    let server = Server::start(app).await;
    for credential in world.credentials() {
        let answer = async |origin| {
            let mut connection = server.connect().await;
            connection.write(&handshake(&credential, origin)).await;
            connection.read(false).await.unwrap()
        };
        for origin in [Some(SHOP), Some(PARTNER), None] {
            assert_eq!(answer(origin).await.status, 101, "{origin:?}");
        }
        let before = world.asked();
        // Cookies with `SameSite=Strict` are sent with a handshake of another subdomain.
        for origin in [
            EVIL,
            "https://pages.shop.example",
            "http://shop.example",
            "null",
        ] {
            assert_answer(&answer(Some(origin)).await, csrf());
        }
        assert_eq!(world.asked(), before);
    }
}

/// As hyper passes requests on that it received by HTTP/2 (RFC 8441).
#[tokio::test]
async fn h5_a_websocket_handshake_over_http_2_is_judged_by_its_origin_alone() {
    let world = World::start().await;
    let app = routes().layer(world.auth.layer());
    for (name, value) in world.credentials() {
        for (origin, site, status) in [
            (SHOP, "same-origin", 200),
            (PARTNER, "cross-site", 200),
            (EVIL, "same-origin", 403),
            ("null", "same-origin", 403),
        ] {
            let request = http::Request::connect("https://shop.example/guarded")
                .version(Version::HTTP_2)
                .header("origin", origin)
                .header("sec-fetch-site", site)
                .header(name, &value)
                .body(Body::empty())
                .unwrap();
            let answer = app.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{origin} {site}");
        }
    }
}

#[tokio::test]
async fn h8_a_websocket_handshake_with_a_token_is_not_judged() {
    let world = World::start().await;
    let token = world.issuer.token("tina").sign();
    let request = Request::get("/guarded")
        .header("Upgrade", "websocket")
        .header("Cookie", "badge=ann")
        .header("Origin", EVIL);
    assert_answer(&world.send(&request).await, csrf());
    assert_eq!(
        world.send(&request.bearer(token)).await.text(),
        "tina by Bearer"
    );
}
