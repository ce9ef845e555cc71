//! The tables of allocations.

use super::markdown::number;
use super::sections::{guards, list};
use crate::measure::Figures;
use crate::rows::{Row, Section};

pub(crate) fn report(figures: &Figures<(f64, f64)>) -> String {
    let over_bare = |row: &Row| {
        let (number, bytes) = figures.with(row.id, row.algorithm)?;
        let (bare_number, bare_bytes) = figures.get(row.bare)?;
        Some((number - bare_number, bytes - bare_bytes))
    };
    let cell = |row: &Row| {
        let (allocations, bytes) = over_bare(row)?;
        Some(format!("{} / {}", number(allocations), number(bytes)))
    };
    let others = |title, section| {
        let header = ["", "allocations", "bytes"];
        list(title, section, header, |row| {
            let (allocations, bytes) = over_bare(row).expect("the rows");
            [row.label.to_owned(), number(allocations), number(bytes)]
        })
    };
    [
        guards("Allocations and bytes over the bare handler", cell),
        others("Allocations of other guards", Section::Other),
        others("Allocations of refusals (ES256)", Section::Refusal),
    ]
    .concat()
}
