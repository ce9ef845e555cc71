//! How the time of the guard grows with the number of scopes, keys, issuers, routes, leaves and cached tokens.

use http::StatusCode;

use super::turns::Turns;
use crate::rows::scale::{self, Growth, Point, Series};

/// The times of a series.
pub(crate) struct Curve {
    pub(crate) series: Series,
    /// The number, and the nanoseconds that the guard adds to the bare handler.
    pub(crate) points: Vec<(usize, f64)>,
}

impl Curve {
    /// Nanoseconds for each, or for a tenfold number, from the first point to the last.
    pub(crate) fn slope(&self) -> f64 {
        let [first, .., last] = self.points[..] else {
            panic!("{} has one point", self.series.label);
        };
        let numbers = last.0 as f64 - first.0 as f64;
        let decades = (last.0 as f64 / first.0 as f64).log10();
        let growth = last.1 - first.1;
        match self.series.growth {
            Growth::Logarithmic(_) => growth / decades,
            Growth::Linear(_) => growth / numbers,
        }
    }

    pub(crate) fn allowed_slope(&self) -> f64 {
        match self.series.growth {
            Growth::Logarithmic(slope) | Growth::Linear(slope) => slope,
        }
    }
}

/// All series, one after the other. The points of a series take turns.
pub(crate) fn measure(rounds: usize) -> Vec<Curve> {
    scale::all()
        .into_iter()
        .map(|series| curve(series, rounds))
        .collect()
}

fn curve(series: Series, rounds: usize) -> Curve {
    let mut points: Vec<_> = series
        .sizes
        .iter()
        .map(|size| {
            let Point { guarded, bare } = (series.build)(*size);
            let turns = |served| Turns::new(served, StatusCode::OK);
            (*size, turns(guarded), turns(bare))
        })
        .collect();
    for _ in 0..rounds {
        for (_, guarded, bare) in &mut points {
            guarded.take_turn();
            bare.take_turn();
        }
    }
    let points = points.into_iter().map(|(size, guarded, bare)| {
        let guard = guarded.tenth_percentile() - bare.tenth_percentile();
        (size, guard)
    });
    Curve {
        points: points.collect(),
        series,
    }
}
