//! The table of requests in a second.

use super::markdown::{number, ratio, table};
use super::sections::{by_algorithm, header};
use crate::measure::Figures;
use crate::rows::{self, BARE};

pub(crate) fn report(rates: &Figures<f64>) -> String {
    let bare = rates.get(BARE).expect("the row");
    let mut lines = Vec::new();
    for row in rows::all() {
        let is_first = lines.iter().all(|line: &Vec<String>| line[0] != row.label);
        if row.id != BARE && is_first && rates.get(row.id).is_some() {
            lines.push(by_algorithm(row.label, |algorithm| {
                let rate = rates.with(row.id, algorithm)?;
                Some(format!("{} ({})", ratio(rate / bare), number(rate)))
            }));
        }
    }
    let title = format!(
        "End to end: requests in a second to those of a bare handler ({})",
        number(bare)
    );
    table(&title, &header(), &lines)
}
