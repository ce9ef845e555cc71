//! The rows of a section as a table.

use auth_runtime::keys::Algorithm;

use super::markdown::table;
use crate::application::ALGORITHMS;
use crate::rows::{self, Row, Section};

/// A line for each guard, with a cell for each algorithm. The cell is a dash if there is no figure.
pub(super) fn guards(title: &str, cell: impl Fn(&Row) -> Option<String>) -> String {
    let rows = rows::all().into_iter();
    let rows = rows.filter(|row| row.section == Section::Guard && row.algorithm == ALGORITHMS[0]);
    let rows: Vec<_> = rows
        .map(|row| by_algorithm(row.label, |algorithm| cell(&row.with(algorithm))))
        .collect();
    table(title, &header(), &rows)
}

pub(super) fn header() -> [&'static str; 5] {
    let [one, two, three, four] = ALGORITHMS.map(Algorithm::name);
    ["", one, two, three, four]
}

pub(super) fn by_algorithm(label: &str, cell: impl Fn(Algorithm) -> Option<String>) -> Vec<String> {
    let cell = |algorithm| cell(algorithm).unwrap_or_else(|| "-".to_owned());
    let mut cells = vec![label.to_owned()];
    cells.extend(ALGORITHMS.map(cell));
    cells
}

/// A line for each row of a section.
pub(super) fn list<const N: usize>(
    title: &str,
    section: Section,
    header: [&str; N],
    cells: impl Fn(&Row) -> [String; N],
) -> String {
    let rows = rows::all().into_iter();
    let rows = rows.filter(|row| row.section == section);
    let rows: Vec<_> = rows.map(|row| cells(&row).to_vec()).collect();
    table(title, &header, &rows)
}
