//! The tables of instructions.

use super::markdown::number;
use super::sections::{guards, list};
use crate::measure::Figures;
use crate::rows::{Row, Section};

pub(crate) fn report(figures: &Figures<f64>) -> String {
    let over_bare = |row: &Row| {
        let instructions = figures.with(row.id, row.algorithm)?;
        Some(number(instructions - figures.get(row.bare)?))
    };
    let others = |title, section| {
        list(title, section, ["", "instructions"], |row| {
            [row.label.to_owned(), over_bare(row).expect("the rows")]
        })
    };
    [
        guards("Instructions over the bare handler", over_bare),
        others("Instructions of other guards", Section::Other),
        others("Instructions of refusals (ES256)", Section::Refusal),
    ]
    .concat()
}
