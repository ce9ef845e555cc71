//! The time of a request, within this process. All rows take turns, so that other processes slow down all of them. The
//! result is the 10th percentile of the turns of a row, because disturbances only add time.

use std::time::{Duration, Instant};

use super::{Figures, build_all};
use crate::rows::{Row, Served};

/// The time of the requests of one turn together: long, so that reading the clock adds little, but short enough that
/// most turns are not interrupted.
const BATCH: Duration = Duration::from_micros(100);

/// Requests at the start of a turn that are not measured. They load what the row before, or signing tokens, has evicted
/// from the caches of the CPU.
const WARM_UP: usize = 4;

/// Nanoseconds for a request.
pub(crate) fn measure(rounds: usize) -> Figures<f64> {
    let rows = build_all().into_iter();
    let mut rows: Vec<_> = rows.map(|(row, served)| Turns::new(row, served)).collect();
    for _ in 0..rounds {
        for row in &mut rows {
            row.take_turn();
        }
    }
    let figures = rows
        .into_iter()
        .map(|row| (row.row, row.tenth_percentile()));
    Figures(figures.collect())
}

struct Turns {
    row: Row,
    served: Served,
    requests: u64,
    /// The nanoseconds of one request, for each turn.
    times: Vec<f64>,
}

impl Turns {
    fn new(row: Row, served: Served) -> Self {
        let mut turns = Self {
            row,
            served,
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

    fn take_turn(&mut self) {
        let mut requests = self
            .served
            .requests(WARM_UP as u64 + self.requests)
            .into_iter();
        let mut answer = |request| {
            let status = self.served.app.answer(request);
            assert_eq!(status, self.row.status, "{}", self.row.id);
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

    fn tenth_percentile(mut self) -> f64 {
        self.times.sort_unstable_by(f64::total_cmp);
        self.times[self.times.len() / 10]
    }
}
