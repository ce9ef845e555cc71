//! Whether the time of an answer tells that there is such a user:
//! `cargo bench -p auth-runtime --features basic --bench basic_timing`.
//!
//! Three kinds of failed log-ins, in random order, one at a time, with the default Argon2id: a user
//! that there is not, a wrong password, a locked account with the right password. Each is compared
//! with the wrong passwords, and so is a second lot of wrong passwords, which shows what chance
//! alone comes to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a benchmark stops at what it did not expect, and its figures are rounded"
)]

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use auth_runtime::{Auth, Basic, PasswordHashing, User, Users, require_auth};
use axum::Router;
use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tower::ServiceExt;

const USERS: usize = 100;

#[require_auth]
async fn guarded() {}

/// What is measured: a name for people, the user's name, the password.
type Kind = (&'static str, fn(usize) -> String, &'static str);

const KINDS: [Kind; 4] = [
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
];

fn main() {
    // `cargo test --benches` runs it too: a few times around shows that it works.
    let rounds = if std::env::args().any(|argument| argument == "--bench") {
        1000
    } else {
        2
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut samples = runtime.block_on(measure(rounds));
    for times in &mut samples {
        times.sort();
    }
    println!("{rounds} failed log-ins of each kind, milliseconds\n");
    println!("{:<24}{:>9}{:>9}{:>9}", "", "quarter", "median", "3/4");
    for ((name, ..), times) in KINDS.iter().zip(&samples) {
        let [low, median, high] =
            [1, 2, 3].map(|quarter| milliseconds(times[times.len() * quarter / 4]));
        println!("{name:<24}{low:>9.3}{median:>9.3}{high:>9.3}");
    }
    let [wrong, others @ ..] = &samples;
    let critical = 1.63 * (2.0 / rounds as f64).sqrt();
    println!(
        "\nagainst the first line  {:>9}{:>18}",
        "longer", "greatest gap"
    );
    for ((name, ..), times) in KINDS.iter().skip(1).zip(others) {
        let (longer, gap) = (longer(times, wrong), greatest_gap(times, wrong));
        println!("{name:<24}{:>8.1}%{gap:>18.3}", 100.0 * longer);
    }
    println!(
        "\nlonger: how often a random one takes longer than a random one of the first line; 50 % \
         tells nothing (Mann and Whitney).\ngreatest gap: between the cumulative distributions; \
         chance alone exceeds {critical:.3} once in a hundred times (Kolmogorov and Smirnov)."
    );
}

/// The times of each kind.
async fn measure(rounds: usize) -> [Vec<Duration>; KINDS.len()] {
    let hashing = PasswordHashing::default();
    let hash = hashing.hash("secret").unwrap();
    let users = (0..USERS).fold(Users::new(), |users, number| {
        users
            .user(format!("user-{number}"), User::new(&hash))
            .user(format!("lock-{number}"), User::new(&hash).locked(true))
    });
    let basic = Basic::users(users).hashing(hashing).failure_limit(None);
    let auth = Auth::builder().basic(basic).build().unwrap();
    let app = Router::new().route("/", get(guarded)).layer(auth.layer());

    let random = RandomState::new();
    let mut samples = KINDS.map(|_| Vec::with_capacity(rounds));
    // The first ones find cold caches.
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

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// How often one of `left` is longer than one of `right`; both are sorted.
fn longer(left: &[Duration], right: &[Duration]) -> f64 {
    let shorter = |time: &Duration| right.partition_point(|other| other < time) as f64;
    let tied =
        |time: &Duration| right.partition_point(|other| other <= time) as f64 - shorter(time);
    let wins: f64 = left
        .iter()
        .map(|time| shorter(time) + tied(time) / 2.0)
        .sum();
    wins / (left.len() * right.len()) as f64
}

/// Between the cumulative distributions of both, which are sorted.
fn greatest_gap(left: &[Duration], right: &[Duration]) -> f64 {
    let share = |times: &[Duration], until: &Duration| {
        times.partition_point(|time| time <= until) as f64 / times.len() as f64
    };
    left.iter()
        .chain(right)
        .map(|time| (share(left, time) - share(right, time)).abs())
        .fold(0.0, f64::max)
}
