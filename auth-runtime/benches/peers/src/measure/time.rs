//! The time of a request, within this process. All rows take turns, so that they share whatever else the machine
//! does, and the 10th percentile of each counts, because disturbances only ever add time.

use std::time::Instant;

use super::{Figures, build_all, serve};

/// Measured together, because reading the clock takes time, too.
const REQUESTS: u64 = 32;

/// Nanoseconds for a request.
pub(crate) fn measure(rounds: usize) -> Figures<f64> {
    let mut rows = build_all();
    let mut times = vec![Vec::with_capacity(rounds); rows.len()];
    for _ in 0..rounds {
        for ((row, served), times) in rows.iter_mut().zip(&mut times) {
            // So that no row pays for what the one before it pushed out of the caches of the CPU.
            serve(row, served, 2);
            let requests = served.requests(REQUESTS);
            let start = Instant::now();
            for request in requests {
                assert_eq!(served.app.answer(request), row.status, "{}", row.id);
            }
            times.push(start.elapsed().as_nanos() as f64 / REQUESTS as f64);
        }
    }
    let rows = rows.into_iter().map(|(row, _)| row);
    Figures(rows.zip(times.into_iter().map(tenth_percentile)).collect())
}

fn tenth_percentile(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 10]
}
