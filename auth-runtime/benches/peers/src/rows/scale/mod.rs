//! Series of rows that differ in the number of one thing, such as the scopes of a token.

mod issuers;
mod keys;
mod leaves;
mod routes;
mod scopes;
mod tokens;

use auth_runtime::keys::Algorithm;
use axum::Router;
use http::Request;

use super::Served;
use crate::app::App;

/// The algorithm of all series: its signature check is the fastest, so that other costs show.
const ALGORITHM: Algorithm = Algorithm::HS256;

/// The number of different tokens in a series of keys or issuers: the same for each point, because more tokens need more
/// of the caches of the CPU.
const TOKENS: usize = 1_000;

pub(crate) struct Series {
    /// What is counted, and how the requests are made.
    pub(crate) label: &'static str,
    pub(crate) sizes: &'static [usize],
    pub(crate) growth: Growth,
    pub(crate) build: fn(usize) -> Point,
}

/// How fast the time of the guard may grow with the number.
#[derive(Clone, Copy)]
pub(crate) enum Growth {
    /// By at most this number of nanoseconds when the number grows tenfold.
    Logarithmic(f64),
    /// By at most this number of nanoseconds for each.
    Linear(f64),
}

/// The same requests with and without a guard.
pub(crate) struct Point {
    pub(crate) guarded: Served,
    pub(crate) bare: Served,
}

impl Point {
    /// `request` makes the request with this number.
    fn new(
        guarded: Router,
        bare: Router,
        request: impl Fn(u64) -> Request<()> + Clone + 'static,
    ) -> Self {
        Self {
            guarded: Served::new(App::Axum(guarded), request.clone()),
            bare: Served::new(App::Axum(bare), request),
        }
    }
}

pub(crate) fn all() -> Vec<Series> {
    let series = |label, sizes, growth, build| Series {
        label,
        sizes,
        growth,
        build,
    };
    vec![
        // The text of the token is hashed and compared as a whole.
        series(
            "Scopes of a token, warm",
            &[1, 10, 100, 1_000],
            Growth::Linear(3.0),
            scopes::warm,
        ),
        series(
            "Scopes of a token, cold",
            &[1, 10, 100, 1_000],
            Growth::Linear(150.0),
            scopes::cold,
        ),
        series(
            "Keys of an issuer, cold, tokens of one key",
            &[1, 10, 100, 1_000],
            Growth::Logarithmic(300.0),
            keys::one_signs,
        ),
        series(
            "Keys of an issuer, cold, tokens of all keys",
            &[1, 10, 100, 1_000],
            Growth::Logarithmic(800.0),
            keys::all_sign,
        ),
        series(
            "Issuers, cold",
            &[1, 3, 10, 30, 100],
            Growth::Logarithmic(800.0),
            issuers::cold,
        ),
        series(
            "Issuers, warm",
            &[1, 3, 10, 30, 100],
            Growth::Logarithmic(200.0),
            issuers::warm,
        ),
        series(
            "Routes, warm",
            &[10, 100, 1_000, 5_000],
            Growth::Logarithmic(300.0),
            routes::warm,
        ),
        // Each is compared with the caller.
        series(
            "Leaves of a rule, warm",
            &[1, 4, 16, 64],
            Growth::Linear(60.0),
            leaves::warm,
        ),
        series(
            "Cached tokens, warm, in random order",
            &[100, 1_000, 10_000, 100_000, 1_000_000],
            Growth::Logarithmic(1_000.0),
            tokens::warm,
        ),
    ]
}

/// A number below `limit` that looks random, and is the same in each run (splitmix64).
fn random(number: u64, limit: usize) -> usize {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let below = u128::from(bits ^ (bits >> 31)) * limit as u128;
    usize::try_from(below >> 64).expect("below the limit")
}
