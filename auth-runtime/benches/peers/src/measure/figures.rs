//! One figure for each row.

use auth_runtime::keys::Algorithm;

use crate::rows::Row;

pub(crate) struct Figures<T>(pub(super) Vec<(Row, T)>);

impl<T: Copy> Figures<T> {
    /// The figure of a row that is measured with one algorithm only.
    pub(crate) fn get(&self, id: &str) -> Option<T> {
        let found = self.0.iter().find(|(row, _)| row.id == id);
        found.map(|(_, figure)| *figure)
    }

    pub(crate) fn with(&self, id: &str, algorithm: Algorithm) -> Option<T> {
        let is_wanted = |row: &Row| row.id == id && row.algorithm == algorithm;
        let found = self.0.iter().find(|(row, _)| is_wanted(row));
        found.map(|(_, figure)| *figure)
    }
}
