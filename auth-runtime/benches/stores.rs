//! The cost of a look-up in SQL: `cargo bench -p auth-runtime --features sqlite,postgres --bench stores --
//! [DATABASE]`. The default database is a new SQLite file.
//!
//! 10,000 keys are looked up by one client, by 8 and by 100 clients at the same time, without a cache. Half of
//! the look-ups are for unknown keys, in an irregular order.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a benchmark panics on an unexpected result, and its figures are rounded"
)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use auth_runtime::api_key::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore};
use auth_runtime::sql::SqlStore;
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

const KEYS: u32 = 10_000;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let database = arguments.iter().find(|argument| !argument.starts_with('-'));
    // `cargo test --benches` runs one round, to show that it works.
    let (keys, lookups) = if arguments.iter().any(|argument| argument == "--bench") {
        (KEYS, 20_000)
    } else {
        (10, 10)
    };
    let folder = std::env::temp_dir().join(format!("auth-stores-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let own = format!("sqlite:{}?mode=rwc", folder.join("keys.db").display());
    let store = SqlStore::connect(database.unwrap_or(&own)).await.unwrap();

    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for first in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            for number in (first..keys).step_by(8) {
                store.insert(&key(number)).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let rate = f64::from(keys) / start.elapsed().as_secs_f64();
    println!("{store:?}\n\n{keys} keys inserted by 8 clients: {rate:.0}/s\n");

    println!("clients  look-ups/s    known p50   p99     unknown p50   p99");
    for clients in [1, 8, 100] {
        look_up(&store, keys, clients, lookups).await;
    }
    let uses: Vec<_> = (0..keys.min(1_000))
        .map(|number| (key(number).prefix, SystemTime::now()))
        .collect();
    let start = Instant::now();
    store.record_use(&uses).await.unwrap();
    println!("\n{} uses recorded: {:?}", uses.len(), start.elapsed());
    drop(store);
    let _ = std::fs::remove_dir_all(folder);
}

async fn look_up(store: &SqlStore, keys: u32, clients: u32, lookups: u32) {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let store = store.clone();
        tasks.spawn(async move {
            let mut times = [Vec::new(), Vec::new()];
            for lookup in (client..lookups).step_by(clients as usize) {
                // A multiplier that has no factor in common with the number of keys.
                let number = lookup.wrapping_mul(7_919) % keys;
                let known = lookup % 2 == 0;
                let number = if known { number } else { number + keys };
                let digest = digest(number);
                let start = Instant::now();
                let found = store.find(&digest).await.unwrap();
                times[usize::from(!known)].push(start.elapsed());
                assert_eq!(found.is_some(), known);
            }
            times
        });
    }
    let mut times = [Vec::new(), Vec::new()];
    for of_client in tasks.join_all().await {
        for (all, some) in times.iter_mut().zip(of_client) {
            all.extend(some);
        }
    }
    let rate = f64::from(lookups) / start.elapsed().as_secs_f64();
    let [known, unknown] = times.map(|mut times| {
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).copied();
        [at(50), at(99)].map(Option::unwrap_or_default).map(micros)
    });
    println!(
        "{clients:>7}  {rate:>10.0}  {:>8.0} us {:>5.0} us   {:>8.0} us {:>5.0} us",
        known[0], known[1], unknown[0], unknown[1]
    );
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn key(number: u32) -> ApiKeyRecord {
    let prefix = format!("ak_{number}");
    let mut key = ApiKeyRecord::new(prefix, digest(number), "alice", UNIX_EPOCH);
    key.scopes = vec!["orders:read".to_owned(), "orders:write".to_owned()];
    key
}

fn digest(number: u32) -> ApiKeyDigest {
    ApiKeyDigest::from_bytes(Sha256::digest(number.to_be_bytes()).into())
}
