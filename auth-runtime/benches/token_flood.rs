//! The effect of a flood of invalid tokens on cached ones: `cargo bench -p auth-runtime --bench token_flood`.
//!
//! 1,000 tokens are in the cache. Then 1,000,000 different tokens with a wrong signature are sent, and verified.
//! Afterwards every cached token must still be in the cache, and the process must not use more memory. Otherwise
//! the benchmark panics.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark panics on an unexpected result, and its figures are rounded"
)]

use std::time::Instant;

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Router, require_auth, routing::get};
use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tower::ServiceExt;

const KNOWN: u64 = 1_000;
/// The memory that the allocator may keep, in kibibytes.
const SLACK: u64 = 4 * 1024;

#[require_auth]
async fn guarded() {}

fn main() {
    // `cargo test --benches` runs one round, to show that it works.
    let flood = if std::env::args().any(|argument| argument == "--bench") {
        1_000_000
    } else {
        1_000
    };
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(run(flood));
}

async fn run(flood: u64) {
    // The cheapest signature: this measures memory, not the cost of verifying.
    let secret = b"a secret of thirty-two bytes, ok";
    let issuer = Issuer::with_secret("https://issuer.example", "https://api.example", secret);
    let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    let app = Router::new()
        .route("/", get(guarded))
        .with_auth(auth.clone());
    let status = async |value: HeaderValue| {
        let mut request = Request::new(Body::empty());
        request.headers_mut().insert(AUTHORIZATION, value);
        app.clone().oneshot(request).await.unwrap().status()
    };
    let bearer = |token: &str| HeaderValue::try_from(format!("Bearer {token}")).unwrap();

    let known: Vec<HeaderValue> = (0..KNOWN)
        .map(|number| bearer(&issuer.token(&format!("caller {number}")).sign()))
        .collect();
    for value in &known {
        assert_eq!(status(value.clone()).await, StatusCode::OK);
    }
    // Header and claims of a token in use; the signature is a number.
    let token = issuer.token("alice").sign();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let bad = |number: u64| {
        let mut signature = [0; 32];
        signature
            .iter_mut()
            .zip(number.to_be_bytes())
            .for_each(|(octet, digit)| *octet = digit);
        bearer(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    };
    // The first tokens make the process reach its size.
    for number in 0..flood / 10 {
        assert_eq!(status(bad(number)).await, StatusCode::UNAUTHORIZED);
    }

    let before = resident();
    let start = Instant::now();
    for number in 0..flood {
        let number = flood + number;
        assert_eq!(status(bad(number)).await, StatusCode::UNAUTHORIZED);
    }
    let took = start.elapsed();
    let after = resident();

    let cache = auth.status().token_cache.unwrap();
    for value in &known {
        assert_eq!(status(value.clone()).await, StatusCode::OK);
    }
    let hits = auth.status().token_cache.unwrap().hits - cache.hits;
    println!(
        "{flood} invalid tokens in {took:.2?}, {:.0} ns each\n\
         known tokens: {} before, {} after, {hits} of them found\n\
         memory: {before} KiB before, {after} KiB after",
        took.as_nanos() as f64 / flood as f64,
        KNOWN,
        cache.entries,
    );
    assert_eq!((cache.entries as u64, hits), (KNOWN, KNOWN));
    assert!(after <= before + SLACK, "the memory has grown");
}

/// The resident memory of the process, in kibibytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a Linux system");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap()
}
