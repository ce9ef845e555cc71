//! Request bodies: extractors, limits and upgrades.

use axum::extract::DefaultBodyLimit;

use crate::kit::{Probe, names};

fn upload(path: &str, length: usize) -> Probe {
    Probe::from(format!("POST {path}").as_str())
        .header("content-type", "text/plain")
        .body("a".repeat(length))
}

fn document(text: &str) -> Probe {
    Probe::from("POST /json")
        .header("content-type", "application/json")
        .body(text)
}

scenario!(body_extractors_receive_the_request_body {
    Router::new()
        .route("/text", post(text))
        .route("/bytes", post(bytes))
        .route("/json", post(json))
        .route("/whole", post(whole))
        .route("/service", post_service(service::<names::alpha>()))
} answers [
    upload("/text", 5), upload("/bytes", 5), upload("/whole", 5), upload("/whole", 101), upload("/service", 5),
    document(r#"{"a":1}"#), document("{"), document(""), upload("/json", 5), upload("/none", 5), "GET /text",
]);

scenario!(request_bodies_are_limited_by_default {
    Router::new().route("/text", post(text)).route("/bytes", post(bytes)).route("/json", post(json))
} answers [
    upload("/bytes", 2_097_152), upload("/bytes", 2_097_153), upload("/text", 2_097_153),
    document(&format!("\"{}\"", "a".repeat(2_097_152))),
]);

scenario!(a_body_limit_layer_applies_to_its_routes {
    Router::new()
        .route("/two", post(bytes).layer(DefaultBodyLimit::max(2)))
        .route("/ten", post(bytes).route_layer(DefaultBodyLimit::max(10)))
        .route("/default", post(bytes))
        .nest("/four", Router::new().route("/x", post(bytes)).layer(DefaultBodyLimit::max(4)))
} answers [
    upload("/two", 2), upload("/two", 3), upload("/ten", 10), upload("/ten", 11), upload("/default", 11),
    upload("/four/x", 4), upload("/four/x", 5), upload("/default", 2_097_153),
]);

scenario!(a_disabled_body_limit_accepts_a_large_body {
    Router::new().route("/bytes", post(bytes)).layer(DefaultBodyLimit::disable())
} answers [upload("/bytes", 3_000_000)]);

scenario!(a_websocket_upgrade_is_answered_like_axum {
    Router::new().route("/socket", any(upgrade)).route("/get", get(upgrade))
} answers [
    "GET /socket",
    "POST /socket",
    Probe::from("GET /socket").header("connection", "upgrade"),
    Probe::from("GET /socket").header("connection", "upgrade").header("upgrade", "websocket"),
    Probe::from("GET /socket")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "12"),
    // Well-formed, but there is no connection that could be upgraded: 426.
    Probe::from("GET /get")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    "POST /get",
]);
