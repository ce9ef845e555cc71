//! The measurements of each row.

mod allocations;
mod figures;
mod instructions;
mod observers;
mod scale;
mod threads;
mod time;
mod turns;
mod wrk;

pub(crate) use self::allocations::measure as allocations;
pub(crate) use self::figures::Figures;
pub(crate) use self::instructions::{count, measure as instructions};
pub(crate) use self::observers::{
    OBSERVED_ROWS, Observed, measure as observers, print as print_observed,
};
pub(crate) use self::scale::{Curve, measure as scale};
pub(crate) use self::threads::{Throughput, measure as threads};
pub(crate) use self::time::measure as time;
pub(crate) use self::wrk::{measure as wrk, serve as serve_for_wrk};

use crate::rows::{self, Row, Served};

/// Sends a few requests to each row. Panics if a status is not the expected one.
pub(crate) fn check() {
    let rows = build_all();
    let number = rows.len();
    for (row, mut served) in rows {
        serve(&row, &mut served, 3);
    }
    println!("{number} rows answer as expected");
}

fn build_all() -> Vec<(Row, Served)> {
    let rows = rows::all().into_iter();
    rows.map(|row| (row, row.build())).collect()
}

fn serve(row: &Row, served: &mut Served, requests: u64) {
    for request in served.requests(requests) {
        let status = served.app.answer(request);
        assert_eq!(status, row.status, "{} {}", row.id, row.algorithm.name());
    }
}
