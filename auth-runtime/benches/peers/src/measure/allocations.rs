//! The allocations of a request, until its response has been read and dropped.

use super::{Figures, build_all, serve};
use crate::counting_allocator::counted;
use crate::rows::{Row, Served};

/// The result is an average, because not every request makes the same allocations: the cache grows now and then.
const REQUESTS: u64 = 100;

/// Allocations and bytes of a request.
pub(crate) fn measure() -> Figures<(f64, f64)> {
    let rows = build_all()
        .into_iter()
        .map(|(row, mut served)| (row, of_row(&row, &mut served)));
    Figures(rows.collect())
}

pub(super) fn of_row(row: &Row, served: &mut Served) -> (f64, f64) {
    serve(row, served, 10);
    let requests = served.requests(REQUESTS);
    let before = counted();
    for request in requests {
        assert_eq!(served.app.answer(request), row.status, "{}", row.id);
    }
    let after = counted();
    let each = |before, after| (after - before) as f64 / REQUESTS as f64;
    let number = each(before.number, after.number);
    (number, each(before.bytes, after.bytes))
}
