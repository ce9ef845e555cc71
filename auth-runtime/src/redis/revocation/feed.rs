//! Reads the revocations of all nodes: the stream from its beginning, and then each new entry.

use std::convert::Infallible;
use std::io;
use std::sync::Weak;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::{Cmd, RedisError, RedisResult, Value};
use tokio::time::{Instant, sleep};

use super::entry::{self, EntryId};
use super::position::{Lacking, is_continuous};
use super::{List, Running};
use crate::redis::connection::Connection;
use crate::redis::shared_connection::is_refused;
use crate::revocation::Revoked;
use crate::revocation::rules::Rules;

/// How long the server blocks a read when there are no new entries. Also how often it is checked that the
/// server still has its data.
const BLOCK: Duration = Duration::from_secs(1);

/// The time-out of a command, including that time.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(3);

/// How many entries are read or written at once.
const BATCH: usize = 1000;

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long one node may take to write back lost entries before another node does it. Also how long a node
/// whose writes are refused waits before it retries.
const RESTORE_LOCK_TIME: Duration = Duration::from_secs(10);

/// The identifiers and the fields of entries, oldest first.
type Entries = Vec<(String, Vec<Vec<u8>>)>;

/// Keeps the list up to date until it is dropped.
pub(super) async fn follow(list: Weak<List>, _running: Running) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let Some(target) = list.upgrade().map(|list| list.target.clone()) else {
            return;
        };
        let began = Instant::now();
        let error = match target.connect(COMMAND_TIMEOUT).await {
            Err(error) => error,
            Ok(connection) => {
                let reader = Reader {
                    connection,
                    list: &list,
                    restore_at: None,
                };
                match reader.follow().await {
                    Err(Interrupted::Failed(error)) => error,
                    Err(Interrupted::ListDropped) => return,
                }
            }
        };
        let Some(list) = list.upgrade() else {
            return;
        };
        list.record_lost_contact(&error);
        drop(list);
        // A server may accept a connection and refuse the first command. Then the pause still grows.
        if began.elapsed() > 2 * LONGEST_PAUSE {
            pause = SHORTEST_PAUSE;
        }
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(2 * pause);
    }
}

/// Why reading ended.
enum Interrupted {
    Failed(RedisError),
    /// The list was dropped.
    ListDropped,
}

impl From<RedisError> for Interrupted {
    fn from(error: RedisError) -> Self {
        Self::Failed(error)
    }
}

/// Holds a reference to the list only while it uses it, not while it waits for the server.
struct Reader<'a> {
    connection: Connection,
    list: &'a Weak<List>,
    /// When to retry writing back, if the server refused it.
    restore_at: Option<Instant>,
}

impl Reader<'_> {
    async fn follow(mut self) -> Result<Infallible, Interrupted> {
        let key = self.list(|list| list.key.clone())?;
        loop {
            let lacking = self.list(List::lacking)?;
            let wait = self.restore_at.is_some_and(|time| time > Instant::now());
            if lacking > Lacking::Nothing && !wait {
                self.restore(&key, lacking).await?;
            } else if !self.catch_up(&key, None).await? {
                self.restore(&key, Lacking::Lost).await?;
            }
            self.wait_for_more(&key).await?;
        }
    }

    fn list<T>(&self, act: impl FnOnce(&List) -> T) -> Result<T, Interrupted> {
        match self.list.upgrade() {
            Some(list) => Ok(act(&list)),
            None => Err(Interrupted::ListDropped),
        }
    }

    /// Reads all entries after the last one that was read, and also adds them to `there`. Returns `false` if the
    /// server has lost that entry, or one that this node has written.
    async fn catch_up(&mut self, key: &str, there: Option<&Rules>) -> Result<bool, Interrupted> {
        let written = self.list(List::unread)?;
        loop {
            // The reply is at least as recent as this.
            let asked = Instant::now();
            let read = self.list(List::last_read)?;
            let mut entries = self.entries_from(key, read).await?;
            let is_all = entries.len() < BATCH;
            let id = |entry: Option<&(String, _)>| entry.and_then(|(id, _)| EntryId::parse(id));
            let (first, last) = (id(entries.first()), id(entries.last()));
            if !self.list(|list| is_continuous(read, first, last, list.remembered()))? {
                return Ok(false);
            }
            if first == Some(read) {
                entries.remove(0);
            }
            self.list(|list| list.apply(&entries, there))?;
            if is_all {
                return self.list(|list| {
                    let found = list.are_read(&written);
                    if found {
                        list.record_contact(asked);
                    }
                    found
                });
            }
        }
    }

    /// The entries from `first` on, including it.
    async fn entries_from(&mut self, key: &str, first: EntryId) -> RedisResult<Entries> {
        let mut command = redis::cmd("XRANGE");
        command.arg(key).arg(first.to_string()).arg("+");
        command.arg("COUNT").arg(BATCH);
        self.connection.query(&command).await
    }

    /// Waits until there is a new entry, or until [`BLOCK`] is over.
    async fn wait_for_more(&mut self, key: &str) -> Result<(), Interrupted> {
        let read = self.list(List::last_read)?;
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(1);
        command.arg("BLOCK").arg(milliseconds(BLOCK));
        command.arg("STREAMS").arg(key).arg(read.to_string());
        let _: Value = self.connection.query(&command).await?;
        Ok(())
    }

    /// The server may lack entries that are known here. Reads the stream from its beginning and writes the
    /// missing entries, so that other nodes receive them, including nodes that start later.
    async fn restore(&mut self, key: &str, lacking: Lacking) -> Result<(), Interrupted> {
        self.list(|list| list.begin_restore(lacking))?;
        while !self.try_to_restore(key).await? {
            self.list(|list| list.begin_restore(Lacking::Lost))?;
        }
        Ok(())
    }

    /// Returns `false` if the server has lost data meanwhile.
    async fn try_to_restore(&mut self, key: &str) -> Result<bool, Interrupted> {
        let there = Rules::new();
        loop {
            if !self.catch_up(key, Some(&there)).await? {
                return Ok(false);
            }
            if self.list(|list| list.rules.not_in(&there))?.is_empty() {
                break;
            }
            // One node at a time, so that the others do not write the same entries again.
            match self.acquire_restore_lock(key).await {
                Ok(true) => {}
                Ok(false) => {
                    sleep(BLOCK / 4).await;
                    continue;
                }
                Err(error) => return self.postpone_restore(error),
            }
            if !self.catch_up(key, Some(&there)).await? {
                return Ok(false);
            }
            let missing = self.list(|list| list.rules.not_in(&there))?;
            if let Err(error) = self.write_back(key, &missing).await {
                return self.postpone_restore(error);
            }
            break;
        }
        self.restore_at = None;
        self.list(List::set_restored)?;
        Ok(true)
    }

    async fn write_back(&mut self, key: &str, missing: &[Revoked]) -> RedisResult<()> {
        for batch in missing.chunks(BATCH) {
            let mut commands = redis::pipe();
            for revoked in batch {
                let mut command = Cmd::new();
                command.arg("XADD").arg(key).arg("*");
                entry::write(&mut command, revoked);
                commands.add_command(command).ignore();
            }
            self.connection.run(&commands).await?;
        }
        self.release_restore_lock(key).await
    }

    /// The stream can still be read, so this node continues to serve requests.
    fn postpone_restore(&mut self, error: RedisError) -> Result<bool, Interrupted> {
        if !is_refused(&error) {
            return Err(error.into());
        }
        self.restore_at = Some(Instant::now() + RESTORE_LOCK_TIME);
        self.list(|list| list.record_refusal(&error))?;
        Ok(true)
    }

    async fn acquire_restore_lock(&mut self, key: &str) -> RedisResult<bool> {
        let mut command = redis::cmd("SET");
        command.arg(restore_lock_key(key)).arg(1).arg("NX");
        command.arg("PX").arg(milliseconds(RESTORE_LOCK_TIME));
        let taken: Option<String> = self.connection.query(&command).await?;
        Ok(taken.is_some())
    }

    async fn release_restore_lock(&mut self, key: &str) -> RedisResult<()> {
        let mut command = redis::cmd("DEL");
        command.arg(restore_lock_key(key));
        self.connection.query(&command).await
    }
}

/// The key that a node holds while it writes back lost entries.
fn restore_lock_key(key: &str) -> String {
    format!("{key}:restoring")
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl List {
    /// Applies entries in their order. Readable ones are also added to `there`, the rules that the server has.
    fn apply(&self, entries: &Entries, there: Option<&Rules>) {
        let mut unreadable = 0_usize;
        for (id, fields) in entries {
            let id = EntryId::parse(id);
            match entry::read(fields) {
                Some(revoked) if id.is_some() => {
                    if let Some(there) = there {
                        there.add(revoked.clone(), self.settings.entry_ttl);
                    }
                    self.rules.add(revoked, self.settings.entry_ttl);
                }
                _ => {
                    // An entry without a time is not from Redis, so everything until now may be revoked.
                    let written = id.map(|id| Duration::from_millis(id.milliseconds));
                    let written = written.and_then(|written| UNIX_EPOCH.checked_add(written));
                    self.rules
                        .add_everything(written.unwrap_or_else(SystemTime::now));
                    unreadable += 1;
                }
            }
            // Only after its rule is added: until then it does not count as read.
            if let Some(id) = id {
                self.record_read(id);
            }
        }
        if unreadable > 0 {
            self.record_unreadable(unreadable);
        }
    }
}

/// The error for a reply of an unexpected form.
pub(super) fn unexpected_reply() -> RedisError {
    io::Error::from(io::ErrorKind::InvalidData).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::RedisRevocation;
    use crate::revocation::RevocationQuery;

    fn list() -> RedisRevocation {
        RedisRevocation::new("redis://127.0.0.1").unwrap()
    }

    fn entry(id: &str, fields: &[&str]) -> (String, Vec<Vec<u8>>) {
        let fields = fields.iter().map(|text| text.as_bytes().to_vec());
        (id.to_owned(), fields.collect())
    }

    fn is_revoked(list: &RedisRevocation, session: &str, issued_at: SystemTime) -> bool {
        let token = RevocationQuery {
            issuer: "i",
            subject: "alice",
            token_id: None,
            session_id: Some(session),
            issued_at: Some(issued_at),
            leeway: Duration::ZERO,
        };
        list.0.rules.check(&token)
    }

    #[test]
    fn entries_read_from_redis_are_applied_and_the_last_id_is_kept() {
        let (list, there) = (list(), Rules::new());
        let entries = vec![
            entry("5-0", &["v", "1", "iss", "i", "sid", "one"]),
            entry("6-1", &["v", "1", "iss", "i", "sid", "two"]),
        ];
        list.0.apply(&entries, Some(&there));
        assert_eq!((list.0.rules.len(), there.len()), (2, 2));
        assert_eq!(list.0.last_read().to_string(), "6-1");
        let now = SystemTime::now();
        assert!(is_revoked(&list, "two", now));
        assert!(!is_revoked(&list, "three", now));
        assert_eq!(list.0.degraded().as_deref(), Some("not read yet"));
    }

    #[test]
    fn an_unreadable_redis_entry_revokes_all_tokens_issued_before_the_entry() {
        let (list, there) = (list(), Rules::new());
        let entries = vec![
            entry("5000000-0", &["v", "2"]),
            entry("6000000-0", &["v", "1", "iss", "i", "sid", "one"]),
        ];
        list.0.apply(&entries, Some(&there));
        assert_eq!((list.0.rules.len(), there.len()), (1, 1));
        let second = |second| UNIX_EPOCH + Duration::from_secs(second);
        assert!(is_revoked(&list, "other", second(5000)));
        assert!(!is_revoked(&list, "other", second(5001)));
        list.0.record_contact(Instant::now());
        let degraded = list.0.degraded();
        assert_eq!(degraded.as_deref(), Some("1 entries can't be read"));
    }

    #[test]
    fn an_unreadable_redis_entry_without_a_time_revokes_all_tokens_so_far() {
        for id in ["", "now", "99999999999999999999-0"] {
            let list = list();
            let before = SystemTime::now();
            let fields = ["v", "1", "iss", "i", "sid", "one"];
            list.0.apply(&vec![entry(id, &fields)], None);
            assert!(is_revoked(&list, "other", before), "{id}");
            assert_eq!(list.0.last_read(), EntryId::START);
        }
    }

    #[test]
    fn only_an_error_sent_by_redis_counts_as_a_refusal() {
        assert!(!is_refused(&unexpected_reply()));
        let cut = RedisError::from(io::Error::from(io::ErrorKind::ConnectionReset));
        assert!(!is_refused(&cut));
    }
}
