//! The table of requests whose events and counters are collected.

use super::markdown::{number, table};
use crate::measure::{OBSERVED_ROWS, Observed};
use crate::rows;

pub(crate) fn report(observed: &[Observed]) -> String {
    let rows: Vec<_> = observed
        .iter()
        .map(|observed| {
            let cell = |(time, allocations): &(f64, f64)| {
                format!("{} / {}", number(*time), number(*allocations))
            };
            let mut cells = vec![observed.observers.label.to_owned()];
            cells.extend(observed.figures.iter().map(cell));
            cells
        })
        .collect();
    let all = rows::all();
    let label = |id: &&str| {
        let row = all.iter().find(|row| row.id == *id);
        row.expect("the row").label
    };
    let mut header = vec!["observers"];
    header.extend(OBSERVED_ROWS.iter().map(label));
    let feature = if cfg!(feature = "metrics") {
        "with"
    } else {
        "without"
    };
    let title = format!(
        "Events and counters, {feature} the feature `metrics`: ns / allocations over the bare handler"
    );
    table(&title, &header, &rows)
}
