//! How far a stream was read, and whether the server still has the entries that were read and written.

use std::collections::BTreeSet;
use std::time::Duration;

use super::entry::EntryId;

/// The position of the reader in the stream. It outlives connections and runtimes.
#[derive(Debug, Default)]
pub(super) struct Position {
    /// The last entry that was read.
    read: EntryId,
    /// Entries that this node has written and not read back yet.
    to_read_back: BTreeSet<EntryId>,
    /// Whether the server may lack revocations that were made on this node.
    unconfirmed: bool,
    lacking: Lacking,
}

/// What the server may lack, so that its entries have to be compared with the local list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lacking {
    #[default]
    Nothing,
    /// Revocations of this node that it did not confirm.
    Unconfirmed,
    /// Entries that it has lost.
    Lost,
}

impl Position {
    pub(super) fn read(&self) -> EntryId {
        self.read
    }

    pub(super) fn record_read(&mut self, id: EntryId) {
        self.read = self.read.max(id);
        self.to_read_back.remove(&id);
    }

    pub(super) fn record_written(&mut self, id: EntryId) {
        // The entry may have been read before its confirmation arrived.
        if id > self.read {
            self.to_read_back.insert(id);
        }
    }

    pub(super) fn set_unconfirmed(&mut self) {
        self.unconfirmed = true;
    }

    /// The entries that this node has written and not read back yet.
    pub(super) fn unread(&self) -> BTreeSet<EntryId> {
        self.to_read_back.clone()
    }

    /// Whether all of these have been read back.
    pub(super) fn are_read(&self, entries: &BTreeSet<EntryId>) -> bool {
        self.to_read_back.is_disjoint(entries)
    }

    /// What the server may lack of the local list.
    pub(super) fn lacking(&self) -> Lacking {
        let unconfirmed = if self.unconfirmed {
            Lacking::Unconfirmed
        } else {
            Lacking::Nothing
        };
        self.lacking.max(unconfirmed)
    }

    /// Starts to read from the beginning, to find out what the server lacks. Revocations that are not confirmed
    /// from now on are handled the next time.
    pub(super) fn restart(&mut self, lacking: Lacking) {
        *self = Self {
            lacking: self.lacking().max(lacking),
            ..Self::default()
        };
    }

    /// The server has everything that the local list had at the last restart.
    pub(super) fn set_restored(&mut self) {
        self.lacking = Lacking::Nothing;
    }
}

/// Whether entries from `read` on, including it, continue where reading ended. If not, the server has lost data,
/// or was restored from an older backup.
///
/// The entry `read` itself must exist: later entries prove nothing, because they may have been written after the
/// loss. It may be missing only if, by the times in later identifiers, it is so old that it was trimmed.
pub(super) fn is_continuous(
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

    fn is_continuous_at(read: &str, ids: &[&str]) -> bool {
        let ids: Vec<_> = ids.iter().map(|text| id(text)).collect();
        let (first, last) = (ids.first().copied(), ids.last().copied());
        is_continuous(id(read), first, last, MINUTE)
    }

    #[test]
    fn redis_has_lost_nothing_if_the_last_entry_read_still_exists() {
        assert!(is_continuous_at("5000-1", &["5000-1"]));
        assert!(is_continuous_at(
            "5000-1",
            &["5000-1", "5000-2", "9999999-0"]
        ));
        // At the beginning nothing has been read.
        assert!(is_continuous_at("0-0", &[]));
        assert!(is_continuous_at("0-0", &["5000-1"]));
    }

    #[test]
    fn entries_written_after_a_loss_do_not_hide_the_loss() {
        assert!(!is_continuous_at("5000-1", &[]));
        assert!(!is_continuous_at("5000-1", &["5000-2"]));
        assert!(!is_continuous_at("5000-1", &["6000-0", "7000-0"]));
        assert!(!is_continuous_at("5000-1", &["65000-0"]));
    }

    #[test]
    fn a_trimmed_redis_entry_is_not_a_loss() {
        assert!(is_continuous_at("5000-1", &["65001-0"]));
        assert!(is_continuous_at("5000-1", &["6000-0", "65001-0"]));
    }

    #[test]
    fn an_entry_of_this_node_is_unread_until_redis_returns_it() {
        let mut position = Position::default();
        position.record_written(id("5-0"));
        position.record_written(id("6-0"));
        let asked = position.unread();
        // Written after the query, so its reply need not contain this entry.
        position.record_written(id("8-0"));
        position.record_read(id("6-0"));
        position.record_read(id("7-0"));
        assert!(!position.are_read(&asked));
        position.record_read(id("5-0"));
        assert!(position.are_read(&asked));
        assert_eq!(position.read(), id("7-0"));
        // An entry that was read before it was confirmed.
        position.record_written(id("6-1"));
        assert_eq!(position.unread(), BTreeSet::from([id("8-0")]));
    }

    #[test]
    fn an_unconfirmed_write_during_a_restore_is_restored_next_time() {
        let mut position = Position::default();
        assert_eq!(position.lacking(), Lacking::Nothing);
        position.set_unconfirmed();
        assert_eq!(position.lacking(), Lacking::Unconfirmed);
        position.record_read(id("5-0"));
        position.restart(Lacking::Nothing);
        assert_eq!(position.read(), EntryId::START);
        assert_eq!(position.lacking(), Lacking::Unconfirmed);
        position.set_unconfirmed();
        position.set_restored();
        assert_eq!(position.lacking(), Lacking::Unconfirmed);
        position.restart(Lacking::Lost);
        // A loss lasts until everything is restored.
        position.restart(Lacking::Unconfirmed);
        assert_eq!(position.lacking(), Lacking::Lost);
        position.set_restored();
        assert_eq!(position.lacking(), Lacking::Nothing);
    }
}
