//! Whether the response time reveals that a user exists:
//! `cargo bench -p auth-runtime --features basic --bench basic_timing`, with `-- 100` for a hundred
//! logins of each kind instead of a thousand.
//!
//! Measures kinds of failed logins, in random order, one at a time, with the default Argon2id: a user that
//! does not exist, a wrong password, a locked account with the right password; the same for users whose
//! stored hash costs less than the settings, and for one whose hash costs more. Each is compared with
//! the wrong passwords. A second set of wrong passwords is compared too, to show the difference by
//! chance.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a benchmark panics on an unexpected result, and its figures are rounded"
)]

mod distributions;

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use auth_runtime::routing::get;
use auth_runtime::users::{PasswordHashing, User, Users};
use auth_runtime::{Auth, Basic, Router, require_auth};
use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tower::ServiceExt;

const USERS: usize = 100;

#[require_auth]
async fn guarded() {}

/// A kind of login: its label, the user's name, the password.
type Kind = (&'static str, fn(usize) -> String, &'static str);

const KINDS: [Kind; 9] = [
    ("wrong password", |number| format!("user-{number}"), "wrong"),
    ("unknown user", |number| format!("none-{number}"), "wrong"),
    (
        "locked, right password",
        |number| format!("lock-{number}"),
        "secret",
    ),
    (
        "wrong password again",
        |number| format!("user-{number}"),
        "wrong",
    ),
    (
        "half the passes",
        |number| format!("half-{number}"),
        "wrong",
    ),
    (
        "half, locked, right password",
        |number| format!("half-{number}"),
        "secret",
    ),
    ("PBKDF2", |number| format!("pbkdf2-{number}"), "wrong"),
    ("scrypt", |number| format!("scrypt-{number}"), "wrong"),
    (
        "twice the passes (costlier)",
        |number| format!("twice-{number}"),
        "wrong",
    ),
];

const PBKDF2: &str = "$pbkdf2-sha256$i=10000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$+7soe+UrNSam+YwR4ODwdiwAMCPQYcEWSaJfv+8tCo8";
const SCRYPT: &str =
    "$scrypt$ln=11,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$Y7tHydXllsytc4PSPZXPVC+ctPMAraYug7sHvz/oxBg";

fn main() {
    // `cargo test --benches` runs a few rounds, to show that it works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let rounds = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(if is_bench { 1000 } else { 2 });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let samples = runtime.block_on(measure(rounds));
    println!("{rounds} failed logins of each kind\n");
    let names = KINDS.iter().map(|(name, ..)| *name);
    distributions::print(("ms", 1e3), names.zip(samples).collect());
}

/// The times of each kind.
async fn measure(rounds: usize) -> [Vec<Duration>; KINDS.len()] {
    let hashing = PasswordHashing::default();
    let hash = hashing.hash("secret").unwrap();
    let half = hashing.clone().iterations(1).hash("secret").unwrap();
    let twice = hashing.clone().iterations(4).hash("secret").unwrap();
    let users = (0..USERS).fold(Users::new(), |users, number| {
        users
            .add(format!("user-{number}"), User::new(&hash))
            .add(format!("lock-{number}"), User::new(&hash).locked(true))
            .add(format!("half-{number}"), User::new(&half).locked(true))
            .add(format!("pbkdf2-{number}"), User::new(PBKDF2))
            .add(format!("scrypt-{number}"), User::new(SCRYPT))
            .add(format!("twice-{number}"), User::new(&twice))
    });
    let basic = Basic::users(users).hashing(hashing).failure_limit(None);
    let auth = Auth::builder().basic(basic).build().unwrap();
    let app = Router::new().route("/", get(guarded)).with_auth(auth);

    let random = RandomState::new();
    let mut samples = KINDS.map(|_| Vec::with_capacity(rounds));
    // The first requests warm up the caches.
    for round in 0..rounds + rounds / 20 {
        let mut order = std::array::from_fn::<_, { KINDS.len() }, _>(|kind| kind);
        order.sort_by_key(|kind| random.hash_one((round, kind)));
        for kind in order {
            let (_, name, password) = KINDS[kind];
            let credentials = STANDARD.encode(format!("{}:{password}", name(round % USERS)));
            let request = Request::get("/")
                .header(AUTHORIZATION, format!("Basic {credentials}"))
                .body(Body::empty())
                .unwrap();
            let service = app.clone();
            let start = Instant::now();
            let response = service.oneshot(request).await.unwrap();
            let time = start.elapsed();
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            if round >= rounds / 20 {
                samples[kind].push(time);
            }
        }
    }
    samples
}
