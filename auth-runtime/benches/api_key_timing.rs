//! Whether the response time reveals that a key with some prefix exists, and the cost of a key in use:
//! `cargo bench -p auth-runtime --features sqlite --bench api_key_timing`.
//!
//! Measures refused requests in random order, one at a time: an existing prefix with a wrong secret, an
//! unknown prefix, and a revoked key. Secrets are new each time. Each is compared with the wrong secrets. A
//! second set of wrong secrets is compared too, to show the difference by chance. A revoked key takes longer,
//! because the store finds it. That is acceptable: only a client that has the whole key can see it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a benchmark panics on an unexpected result, and its figures are rounded"
)]

mod distributions;

use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use auth_runtime::api_key::{ApiKey, ApiKeyStore, MemoryApiKeys, NewApiKey};
use auth_runtime::authenticator::FailureLimit;
use auth_runtime::routing::get;
use auth_runtime::testing::Issuer;
use auth_runtime::{ApiKeys, Auth, Identity, Router, require_auth};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use tower::ServiceExt;

const KEYS: usize = 10_000;
/// How many prefixes of each kind are tried repeatedly.
const TRIED: usize = 100;
const KINDS: [&str; 4] = [
    "wrong secret",
    "unknown prefix",
    "revoked key",
    "wrong secret again",
];

fn main() {
    // `cargo test --benches` runs a few rounds, to show that it works.
    let measuring = std::env::args().any(|argument| argument == "--bench");
    let (keys, rounds) = if measuring {
        (KEYS, 20_000)
    } else {
        (2 * TRIED, 4)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        println!("{rounds} refused requests of each kind, {keys} keys in memory\n");
        refused(MemoryApiKeys::new(), keys, rounds).await;
        #[cfg(feature = "sqlite")]
        {
            let rounds = rounds / 4;
            println!("\n{rounds} refused requests of each kind, {keys} keys in a SQLite file\n");
            let folder = std::env::temp_dir().join(format!("auth-keys-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let database = format!("sqlite:{}?mode=rwc", folder.join("keys.db").display());
            let store = auth_runtime::sql::SqlStore::connect(&database)
                .await
                .unwrap();
            refused(store, keys, rounds).await;
            let _ = std::fs::remove_dir_all(folder);
        }
        in_use(if measuring { 300 } else { 1 }).await;
    });
}

#[require_auth]
async fn guarded(caller: Identity) -> &'static str {
    black_box(caller);
    "orders"
}

fn guarded_by(auth: Auth) -> axum::Router {
    Router::new().route("/", get(guarded)).with_auth(auth)
}

async fn bare() -> &'static str {
    "orders"
}

async fn refused(store: impl ApiKeyStore, keys: usize, rounds: usize) {
    const SECOND: Duration = Duration::from_secs(1);
    // Otherwise most requests would get 429.
    let no_limit = FailureLimit::default()
        .per_address(NonZeroU32::MAX, SECOND)
        .per_account(NonZeroU32::MAX, SECOND);
    let accepted = ApiKeys::new(store).failure_limit(no_limit);
    let others = ApiKeys::new(MemoryApiKeys::new());
    let mut known = Vec::with_capacity(keys);
    for _ in 0..keys {
        known.push(create(&accepted).await);
    }
    let mut revoked = Vec::with_capacity(TRIED);
    let mut unknown = Vec::with_capacity(TRIED);
    for _ in 0..TRIED {
        let key = create(&accepted).await;
        accepted.revoke(key.prefix()).await.unwrap();
        revoked.push(key);
        unknown.push(create(&others).await);
    }
    let auth = Auth::builder().api_keys(accepted).build().unwrap();
    let app = guarded_by(auth);

    let random = RandomState::new();
    let mut samples = KINDS.map(|name| (name, Vec::with_capacity(rounds)));
    // The first requests warm up the caches.
    for round in 0..rounds + rounds / 20 {
        let mut order = std::array::from_fn::<_, { KINDS.len() }, _>(|kind| kind);
        order.sort_by_key(|kind| random.hash_one((round, kind)));
        for kind in order {
            let secret = create(&others).await;
            let key = match kind {
                1 => with_secret(&unknown[round % TRIED], &secret),
                2 => revoked[round % TRIED].reveal().to_owned(),
                0 => with_secret(&known[round % TRIED], &secret),
                // Other prefixes, so that the second set of a round does not find warm caches.
                _ => with_secret(&known[TRIED + round % TRIED], &secret),
            };
            let request = Request::get("/").header("X-API-Key", key);
            let request = request.body(Body::empty()).unwrap();
            let service = app.clone();
            let start = Instant::now();
            let response = service.oneshot(request).await.unwrap();
            let time = start.elapsed();
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            if round >= rounds / 20 {
                samples[kind].1.push(time);
            }
        }
    }
    distributions::print(("us", 1e6), samples.into());
}

/// A key that was accepted a moment ago, compared with a bearer token and a handler without a guard.
async fn in_use(rounds: usize) {
    const REQUESTS: u32 = 50;
    let issuer = Issuer::new("https://issuer.example", "https://api.example");
    let keys = ApiKeys::new(MemoryApiKeys::new());
    let key = create(&keys).await;
    let token = issuer.token("alice").scope("orders:read").sign();
    let by_key = Auth::builder().api_keys(keys).build().unwrap();
    let by_token = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    let kinds = [
        (
            axum::Router::new().route("/", axum::routing::get(bare)),
            "accept",
            "*/*".to_owned(),
        ),
        (guarded_by(by_key), "x-api-key", key.reveal().to_owned()),
        (
            guarded_by(by_token),
            "authorization",
            format!("Bearer {token}"),
        ),
    ];
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        for ((app, name, value), times) in kinds.iter().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..REQUESTS {
                let request = Request::get("/").header(*name, value);
                let request = request.body(Body::empty()).unwrap();
                let response = black_box(app.clone().oneshot(request).await.unwrap());
                assert_eq!(response.status(), StatusCode::OK);
            }
            times.push(start.elapsed() / REQUESTS);
        }
    }
    let [bare, by_key, by_token] = times.map(|mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let [key, token] = [by_key, by_token].map(|time| time.saturating_sub(bare));
    println!(
        "\ncost over a handler without a guard ({bare:?}), medians\na key in use            {key:?}\n\
         an ES256 token          {token:?}, {:.1} times as much",
        token.as_nanos() as f64 / key.as_nanos() as f64
    );
}

async fn create(keys: &ApiKeys) -> ApiKey {
    let new = NewApiKey::new("alice").scopes(["orders:read"]);
    keys.create(new).await.unwrap().1
}

/// The prefix of one key and the secret of another, with the checksum that makes it well-formed.
fn with_secret(prefix: &ApiKey, secret: &ApiKey) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let (_, secret) = secret.reveal().rsplit_once('_').unwrap();
    let text = format!("{}_{}", prefix.prefix(), &secret[..43]);
    let crc = !text.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    });
    let digit = |place| char::from(DIGITS[(crc / 62_u32.pow(place) % 62) as usize]);
    let checksum: String = (0..6).rev().map(digit).collect();
    format!("{text}{checksum}")
}
