//! The time of a request, measured in turns: everything that is compared takes turns, so that other processes slow down
//! all of it. The result is the 10th percentile of the turns, because disturbances only add time.

use std::time::{Duration, Instant};

use http::StatusCode;

use crate::rows::Served;

/// The time of the requests of one turn together: long, so that reading the clock adds little, but short enough that
/// most turns are not interrupted.
const BATCH: Duration = Duration::from_micros(100);

/// Requests at the start of a turn that are not measured. They load what the turn before, or signing tokens, has
/// evicted from the caches of the CPU.
const WARM_UP: usize = 4;

pub(super) struct Turns {
    served: Served,
    status: StatusCode,
    requests: u64,
    /// The nanoseconds of one request, for each turn.
    times: Vec<f64>,
}

impl Turns {
    /// Panics if a request is not answered with `status`.
    pub(super) fn new(served: Served, status: StatusCode) -> Self {
        let mut turns = Self {
            served,
            status,
            requests: 1,
            times: Vec::new(),
        };
        for _ in 0..10 {
            turns.take_turn();
        }
        let fastest = turns.times.drain(..).fold(f64::INFINITY, f64::min);
        while turns.requests < 64 && turns.requests as f64 * fastest < BATCH.as_nanos() as f64 {
            turns.requests += 1;
        }
        turns
    }

    pub(super) fn take_turn(&mut self) {
        let mut requests = self
            .served
            .requests(WARM_UP as u64 + self.requests)
            .into_iter();
        let mut answer = |request| {
            let status = self.served.app.answer(request);
            assert_eq!(status, self.status);
        };
        for request in requests.by_ref().take(WARM_UP) {
            answer(request);
        }
        let start = Instant::now();
        for request in requests {
            answer(request);
        }
        let time = start.elapsed().as_nanos() as f64;
        self.times.push(time / self.requests as f64);
    }

    /// Nanoseconds for a request.
    pub(super) fn tenth_percentile(mut self) -> f64 {
        self.times.sort_unstable_by(f64::total_cmp);
        self.times[self.times.len() / 10]
    }
}
