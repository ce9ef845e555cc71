//! The memory of cached tokens: `cargo bench -p auth-runtime --bench token_memory`.
//!
//! 1,000,000 different tokens are sent and cached. Prints how much memory the process uses for each of them in
//! addition to the text of the token. Linux only: it reads `/proc/self/status`.

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark panics on an unexpected result, and its figures are rounded"
)]

use auth_runtime::bearer::TokenCache;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Router, require_auth, routing::get};
use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Request, StatusCode};
use tower::ServiceExt;

#[require_auth(scope = "orders:read")]
async fn guarded() {}

fn main() {
    // `cargo test --benches` sends a few, to test that this works.
    let tokens = if std::env::args().any(|argument| argument == "--bench") {
        1_000_000
    } else {
        1_000
    };
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(run(tokens));
}

async fn run(tokens: usize) {
    let secret = b"a secret of thirty-two bytes, ok";
    let issuer = Issuer::with_secret("https://issuer.example", "https://api.example", secret);
    // Twice as large as needed, because the shards of the cache fill unevenly.
    let cache = TokenCache::new().entries(2 * tokens).bytes(usize::MAX / 2);
    let auth = Auth::builder().bearer(issuer.jwt()).token_cache(cache);
    let auth = auth.build().unwrap();
    let app = Router::new()
        .route("/", get(guarded))
        .with_auth(auth.clone());

    let before = resident_bytes();
    let mut texts = 0;
    for number in 0..tokens {
        let token = issuer
            .token(&format!("caller {number:07}"))
            .scope("orders:read orders:write")
            .role("support")
            .sign();
        texts += token.len();
        let mut request = Request::new(Body::empty());
        let value = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
        request.headers_mut().insert(AUTHORIZATION, value);
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }
    let used = resident_bytes().saturating_sub(before);
    let cached = auth.status().token_cache.unwrap().entries;
    assert_eq!(cached, tokens);
    println!(
        "{tokens} cached tokens of {} bytes: {:.0} bytes each in addition to the text",
        texts / tokens,
        (used.saturating_sub(texts)) as f64 / tokens as f64,
    );
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
    1024 * kibibytes.unwrap().parse::<usize>().unwrap()
}
