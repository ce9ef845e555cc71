//! The cost of a guard: `cargo bench -p auth-runtime`.
//!
//! Compares four handlers of one router: a bare one, one with a hand-written extractor around
//! `jsonwebtoken::decode`, and two with `#[require_auth]`, all with the same checks. `first` has no token cache,
//! as for a new token; `again` has cached the token. All verify with the same back end. The four are measured
//! alternately in one run and compared as ratios, because times of different runs can't be compared. `cost` is
//! the time in addition to that of the bare handler.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a benchmark panics on an unexpected result, and its figures are rounded"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_runtime::bearer::TokenCache;
use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Identity, require_auth};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde::Deserialize;
use tower::ServiceExt;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example";
const SECRET: &[u8] = b"a secret of thirty-two bytes, ok";

fn main() {
    // `cargo test --benches` runs one round, to show that it works.
    let rounds = if std::env::args().any(|argument| argument == "--bench") {
        300
    } else {
        1
    };
    let issuers = [
        (
            Algorithm::HS256,
            Issuer::with_secret(ISSUER, AUDIENCE, SECRET),
        ),
        (
            Algorithm::RS256,
            with_pem(include_str!("keys/rsa-2048.pem")),
        ),
        (Algorithm::ES256, Issuer::new(ISSUER, AUDIENCE)),
        (Algorithm::EdDSA, with_pem(include_str!("keys/ed25519.pem"))),
    ];
    auth_runtime::jsonwebtoken_provider()
        .install_default()
        .expect("no other provider");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    println!("cost over a bare handler, by hand = 1.00 ({rounds} rounds, medians)\n");
    println!(
        "{:<8}{:>12}{:>12}{:>12}{:>12}{:>9}{:>9}",
        "", "bare", "by hand", "first", "again", "first", "again"
    );
    for (algorithm, issuer) in issuers {
        let [bare, by_hand, first, again] = runtime.block_on(measure(algorithm, &issuer, rounds));
        let cost = |total: Duration| total.saturating_sub(bare).as_nanos() as f64;
        println!(
            "{:<8}{:>9} ns{:>9} ns{:>9} ns{:>9} ns{:>9.2}{:>9.2}",
            algorithm.name(),
            bare.as_nanos(),
            by_hand.as_nanos(),
            first.as_nanos(),
            again.as_nanos(),
            cost(first) / cost(by_hand),
            cost(again) / cost(by_hand),
        );
    }
}

fn with_pem(pem: &str) -> Issuer {
    Issuer::with_pem(ISSUER, AUDIENCE, pem)
}

/// The median time of a request to each of the four handlers.
async fn measure(algorithm: Algorithm, issuer: &Issuer, rounds: usize) -> [Duration; 4] {
    const REQUESTS: u32 = 50;
    let with_cache = |cache| {
        let auth = Auth::builder().bearer(issuer.jwt()).token_cache(cache);
        auth_runtime::Router::new()
            .route("/", auth_runtime::routing::get(guarded))
            .with_auth(auth.build().unwrap())
    };
    let routers = [
        Router::new().route("/", get(bare)),
        Router::new()
            .route("/", get(by_hand))
            .with_state(ByHand::new(algorithm, issuer)),
        with_cache(TokenCache::OFF),
        with_cache(TokenCache::new()),
    ];
    let token = issuer
        .token("alice")
        .scope("orders:read orders:write")
        .role("support")
        .sign();
    let value = format!("Bearer {token}");
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        for (router, times) in routers.iter().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..REQUESTS {
                let request = Request::get("/")
                    .header(AUTHORIZATION, &value)
                    .body(Body::empty())
                    .unwrap();
                let response = black_box(router.clone().oneshot(request).await.unwrap());
                assert_eq!(response.status(), StatusCode::OK);
            }
            times.push(start.elapsed() / REQUESTS);
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    })
}

async fn bare() -> &'static str {
    "orders"
}

#[require_auth(scope = "orders:read")]
async fn guarded(caller: Identity) -> &'static str {
    black_box(caller);
    "orders"
}

async fn by_hand(caller: Caller) -> &'static str {
    black_box(caller);
    "orders"
}

#[derive(Clone)]
struct ByHand(Arc<(DecodingKey, Validation)>);

impl ByHand {
    fn new(algorithm: Algorithm, issuer: &Issuer) -> Self {
        let key = if algorithm.is_symmetric() {
            DecodingKey::from_secret(SECRET).unwrap()
        } else {
            let keys: JwkSet = serde_json::from_str(&issuer.jwks()).unwrap();
            DecodingKey::from_jwk(keys.keys.first().unwrap()).unwrap()
        };
        let mut validation = Validation::new(algorithm.name().parse().unwrap());
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        Self(Arc::new((key, validation)))
    }
}

#[derive(Debug, Deserialize)]
#[allow(
    dead_code,
    reason = "handlers would read it, and a benchmark has none that do"
)]
struct Caller {
    sub: String,
    scope: String,
    #[serde(default)]
    roles: Vec<String>,
}

impl FromRequestParts<ByHand> for Caller {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &ByHand) -> Result<Self, StatusCode> {
        let State(ByHand(trust)) = State::from_request_parts(parts, state).await.unwrap();
        let (key, validation) = trust.as_ref();
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(StatusCode::UNAUTHORIZED)?;
        let token = decode::<Self>(token, key, validation).map_err(|_| StatusCode::UNAUTHORIZED)?;
        if token.header.typ.as_deref() != Some("at+jwt") {
            return Err(StatusCode::UNAUTHORIZED);
        }
        let claims = token.claims;
        if !claims.scope.split(' ').any(|scope| scope == "orders:read") {
            return Err(StatusCode::FORBIDDEN);
        }
        Ok(claims)
    }
}
