//! The table of two threads.

use super::markdown::{number, ratio, table};
use crate::measure::Throughput;

/// The least that two threads answer, compared with what two threads answer without a guard.
const ALLOWED: f64 = 0.75;

pub(crate) fn report(rows: Option<&[Throughput]>) -> String {
    let Some(rows) = rows else {
        return "\nTwo threads were not measured: this machine has one core.\n".to_owned();
    };
    let cells = |row: &Throughput| {
        let Throughput { label, one, two } = *row;
        vec![label.to_owned(), number(one), number(two), ratio(two / one)]
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    let header = ["requests in a second", "one thread", "two threads", "ratio"];
    table("Two threads, one `Auth`", &header, &rows)
}

/// The rows where a second thread helps much less than it does without a guard.
pub(crate) fn too_slow(rows: &[Throughput]) -> Vec<String> {
    let Some((bare, guarded)) = rows.split_first() else {
        return Vec::new();
    };
    let speedup = |row: &Throughput| row.two / row.one;
    let least = ALLOWED * speedup(bare);
    guarded
        .iter()
        .filter(|row| speedup(row) < least)
        .map(|row| {
            format!(
                "two threads, {}: {:.2} of one, at least {least:.2} are required",
                row.label,
                speedup(row)
            )
        })
        .collect()
}
