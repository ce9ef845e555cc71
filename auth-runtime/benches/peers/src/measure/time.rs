//! The time of a request, within this process.

use super::turns::Turns;
use super::{Figures, build_all};

/// Nanoseconds for a request.
pub(crate) fn measure(rounds: usize) -> Figures<f64> {
    let rows = build_all().into_iter();
    let mut rows: Vec<_> = rows
        .map(|(row, served)| (row, Turns::new(served, row.status)))
        .collect();
    for _ in 0..rounds {
        for (_, turns) in &mut rows {
            turns.take_turn();
        }
    }
    let figures = rows
        .into_iter()
        .map(|(row, turns)| (row, turns.tenth_percentile()));
    Figures(figures.collect())
}
