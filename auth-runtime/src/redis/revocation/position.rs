//! How far a stream was read, and whether the server still has what was read and written.

use std::collections::BTreeSet;
use std::time::Duration;

use super::entry::EntryId;

/// What the reader of a stream has come to. It outlives connections, and runtimes.
#[derive(Debug, Default)]
pub(super) struct Position {
    /// The last entry that was read.
    read: EntryId,
    /// Entries that this node has written and not read yet.
    unread: BTreeSet<EntryId>,
    /// Revocations were made here of which it is not sure that the server has them.
    unconfirmed: bool,
    lacking: Lacking,
}

/// Why what is known here is compared to what the server has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lacking {
    #[default]
    Nothing,
    /// It did not confirm all that was written.
    Unconfirmed,
    /// It has lost entries.
    Lost,
}

impl Position {
    pub(super) fn read(&self) -> EntryId {
        self.read
    }

    pub(super) fn has_read(&mut self, id: EntryId) {
        self.read = self.read.max(id);
        self.unread.remove(&id);
    }

    pub(super) fn has_written(&mut self, id: EntryId) {
        // The confirmation may come later than the entry itself.
        if id > self.read {
            self.unread.insert(id);
        }
    }

    pub(super) fn is_unconfirmed(&mut self) {
        self.unconfirmed = true;
    }

    /// What is read when all was read that the server has now.
    pub(super) fn to_be_read(&self) -> BTreeSet<EntryId> {
        self.unread.clone()
    }

    /// Whether all of these were read.
    pub(super) fn have_been_read(&self, entries: &BTreeSet<EntryId>) -> bool {
        self.unread.is_disjoint(entries)
    }

    /// What the server may lack of what is known here.
    pub(super) fn lacking(&self) -> Lacking {
        let unconfirmed = if self.unconfirmed {
            Lacking::Unconfirmed
        } else {
            Lacking::Nothing
        };
        self.lacking.max(unconfirmed)
    }

    /// Everything is read again, to see what the server lacks. What is not confirmed from now on is
    /// for the next time.
    pub(super) fn start_again(&mut self, lacking: Lacking) {
        *self = Self {
            lacking: self.lacking().max(lacking),
            ..Self::default()
        };
    }

    /// The server has all that was known here when it was last started again.
    pub(super) fn is_restored(&mut self) {
        self.lacking = Lacking::Nothing;
    }
}

/// Whether entries from `read` on, that one included, go on where reading ended. If not, the server
/// has lost data, or got older data back.
///
/// The entry itself has to be there: that there are later ones says nothing, they may have been
/// written after the loss. It may be missing only when it is so old, by the names of later ones, that
/// it was trimmed.
pub(super) fn goes_on(
    read: EntryId,
    first: Option<EntryId>,
    last: Option<EntryId>,
    remembered: Duration,
) -> bool {
    let is_trimmed = || {
        last.is_some_and(|last| {
            let later = u128::from(last.milliseconds.saturating_sub(read.milliseconds));
            later > remembered.as_millis()
        })
    };
    read == EntryId::START || first == Some(read) || is_trimmed()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn id(text: &str) -> EntryId {
        EntryId::parse(text).unwrap()
    }

    fn goes_on_at(read: &str, ids: &[&str]) -> bool {
        let ids: Vec<_> = ids.iter().map(|text| id(text)).collect();
        let (first, last) = (ids.first().copied(), ids.last().copied());
        goes_on(id(read), first, last, MINUTE)
    }

    #[test]
    fn reading_from_redis_continues_while_the_last_entry_exists() {
        assert!(goes_on_at("5000-1", &["5000-1"]));
        assert!(goes_on_at("5000-1", &["5000-1", "5000-2", "9999999-0"]));
        // In the beginning there is none.
        assert!(goes_on_at("0-0", &[]));
        assert!(goes_on_at("0-0", &["5000-1"]));
    }

    #[test]
    fn entries_written_after_a_loss_do_not_hide_the_loss() {
        assert!(!goes_on_at("5000-1", &[]));
        assert!(!goes_on_at("5000-1", &["5000-2"]));
        assert!(!goes_on_at("5000-1", &["6000-0", "7000-0"]));
        assert!(!goes_on_at("5000-1", &["65000-0"]));
    }

    #[test]
    fn a_trimmed_redis_entry_is_not_a_loss() {
        assert!(goes_on_at("5000-1", &["65001-0"]));
        assert!(goes_on_at("5000-1", &["6000-0", "65001-0"]));
    }

    #[test]
    fn every_entry_written_by_this_node_must_be_read_back() {
        let mut position = Position::default();
        position.has_written(id("5-0"));
        position.has_written(id("6-0"));
        let asked = position.to_be_read();
        // After that question, so nothing about it can be told by the answer.
        position.has_written(id("8-0"));
        position.has_read(id("6-0"));
        position.has_read(id("7-0"));
        assert!(!position.have_been_read(&asked));
        position.has_read(id("5-0"));
        assert!(position.have_been_read(&asked));
        assert_eq!(position.read(), id("7-0"));
        // One that was read before it was confirmed.
        position.has_written(id("6-1"));
        assert_eq!(position.to_be_read(), BTreeSet::from([id("8-0")]));
    }

    #[test]
    fn an_unconfirmed_write_during_a_restore_is_restored_next_time() {
        let mut position = Position::default();
        assert_eq!(position.lacking(), Lacking::Nothing);
        position.is_unconfirmed();
        assert_eq!(position.lacking(), Lacking::Unconfirmed);
        position.has_read(id("5-0"));
        position.start_again(Lacking::Nothing);
        assert_eq!(position.read(), EntryId::START);
        assert_eq!(position.lacking(), Lacking::Unconfirmed);
        position.is_unconfirmed();
        position.is_restored();
        assert_eq!(position.lacking(), Lacking::Unconfirmed);
        position.start_again(Lacking::Lost);
        // A loss stays one until all is back, whatever comes on top of it.
        position.start_again(Lacking::Unconfirmed);
        assert_eq!(position.lacking(), Lacking::Lost);
        position.is_restored();
        assert_eq!(position.lacking(), Lacking::Nothing);
    }
}
