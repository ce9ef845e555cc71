//! Reading what was revoked on any node: the stream from its beginning, and then as it grows.

use std::convert::Infallible;
use std::io;
use std::sync::Weak;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::{Cmd, ErrorKind, RedisError, RedisResult, Value};
use tokio::time::{Instant, sleep};

use super::entry::{self, EntryId};
use super::position::{Lacking, goes_on};
use super::{List, Running};
use crate::redis::connection::Connection;
use crate::revocation::Revoked;
use crate::revocation::rules::Rules;

/// How long the server keeps a question for new entries when there are none. Also how often it is
/// looked whether its data is still there.
const BLOCK: Duration = Duration::from_secs(1);

/// How long an answer may take, that time included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How many entries are read or written in one go.
const BATCH: usize = 1000;

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long one node may take to write back what was lost before another does it. Also how long a node
/// that may not write waits until it tries again.
const RESTORING: Duration = Duration::from_secs(10);

/// The name and the fields of the entries, oldest first.
type Entries = Vec<(String, Vec<Vec<u8>>)>;

/// Keeps the list as the stream is, until nobody has the list any more.
pub(super) async fn follow(list: Weak<List>, _running: Running) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let Some(target) = list.upgrade().map(|list| list.target.clone()) else {
            return;
        };
        let began = Instant::now();
        let error = match target.connect(CONNECT_TIMEOUT).await {
            Err(error) => error,
            Ok(connection) => {
                let reader = Reader {
                    connection,
                    list: &list,
                    restore_at: None,
                };
                match reader.read_on().await {
                    Err(Interrupted::Failed(error)) => error,
                    Err(Interrupted::Forgotten) => return,
                }
            }
        };
        let Some(list) = list.upgrade() else {
            return;
        };
        list.lost_contact(&error);
        drop(list);
        // A server may let one in and refuse the first question: that is no reason to hurry.
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
    /// Nobody has the list any more.
    Forgotten,
}

impl From<RedisError> for Interrupted {
    fn from(error: RedisError) -> Self {
        Self::Failed(error)
    }
}

/// Holds the list only while it does something with it: not while it waits for the server.
struct Reader<'a> {
    connection: Connection,
    list: &'a Weak<List>,
    /// When to try again to write back, if the server refused it.
    restore_at: Option<Instant>,
}

impl Reader<'_> {
    async fn read_on(mut self) -> Result<Infallible, Interrupted> {
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
            None => Err(Interrupted::Forgotten),
        }
    }

    /// Reads all there is after the last entry that was read, also into the rules that are `there`.
    /// `false` if the server has lost that entry, or one that this node has written.
    async fn catch_up(&mut self, key: &str, there: Option<&Rules>) -> Result<bool, Interrupted> {
        let written = self.list(List::to_be_read)?;
        loop {
            // The answer tells what there is at some time after this.
            let asked = Instant::now();
            let read = self.list(List::last_read)?;
            let mut entries = self.entries_from(key, read).await?;
            let is_all = entries.len() < BATCH;
            let id = |entry: Option<&(String, _)>| entry.and_then(|(id, _)| EntryId::parse(id));
            let (first, last) = (id(entries.first()), id(entries.last()));
            if !self.list(|list| goes_on(read, first, last, list.remembered()))? {
                return Ok(false);
            }
            if first == Some(read) {
                entries.remove(0);
            }
            self.list(|list| list.learn(&entries, there))?;
            if is_all {
                return self.list(|list| {
                    let found = list.have_been_read(&written);
                    if found {
                        list.in_contact(asked);
                    }
                    found
                });
            }
        }
    }

    /// From this one on, and it as well.
    async fn entries_from(&mut self, key: &str, first: EntryId) -> RedisResult<Entries> {
        let mut command = redis::cmd("XRANGE");
        command.arg(key).arg(first.to_string()).arg("+");
        command.arg("COUNT").arg(BATCH);
        self.connection.ask(&command).await
    }

    /// Returns when there is more to read, or after a while.
    async fn wait_for_more(&mut self, key: &str) -> Result<(), Interrupted> {
        let read = self.list(List::last_read)?;
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(1);
        command.arg("BLOCK").arg(milliseconds(BLOCK));
        command.arg("STREAMS").arg(key).arg(read.to_string());
        let _: Value = self.connection.ask(&command).await?;
        Ok(())
    }

    /// The server may lack what is known here: reads what it has from the beginning, and writes what
    /// is missing, so that other nodes learn of it too, also those that start later.
    async fn restore(&mut self, key: &str, lacking: Lacking) -> Result<(), Interrupted> {
        self.list(|list| list.begin_to_restore(lacking))?;
        while !self.try_to_restore(key).await? {
            self.list(|list| list.begin_to_restore(Lacking::Lost))?;
        }
        Ok(())
    }

    /// `false` if the server has lost data meanwhile.
    async fn try_to_restore(&mut self, key: &str) -> Result<bool, Interrupted> {
        let there = Rules::new();
        loop {
            if !self.catch_up(key, Some(&there)).await? {
                return Ok(false);
            }
            if self.list(|list| list.rules.not_in(&there))?.is_empty() {
                break;
            }
            // One node after the other: what one has written, the others don't write again.
            match self.take_turn(key).await {
                Ok(true) => {}
                Ok(false) => {
                    sleep(BLOCK / 4).await;
                    continue;
                }
                Err(error) => return self.may_not_write(error),
            }
            if !self.catch_up(key, Some(&there)).await? {
                return Ok(false);
            }
            let missing = self.list(|list| list.rules.not_in(&there))?;
            if let Err(error) = self.write_back(key, &missing).await {
                return self.may_not_write(error);
            }
            break;
        }
        self.restore_at = None;
        self.list(List::is_restored)?;
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
        self.end_turn(key).await
    }

    /// It can still be read, so this node serves on.
    fn may_not_write(&mut self, error: RedisError) -> Result<bool, Interrupted> {
        if !is_refused(&error) {
            return Err(error.into());
        }
        self.restore_at = Some(Instant::now() + RESTORING);
        self.list(|list| list.may_not_write(&error))?;
        Ok(true)
    }

    async fn take_turn(&mut self, key: &str) -> RedisResult<bool> {
        let mut command = redis::cmd("SET");
        command.arg(turn(key)).arg(1).arg("NX");
        command.arg("PX").arg(milliseconds(RESTORING));
        let taken: Option<String> = self.connection.ask(&command).await?;
        Ok(taken.is_some())
    }

    async fn end_turn(&mut self, key: &str) -> RedisResult<()> {
        let mut command = redis::cmd("DEL");
        command.arg(turn(key));
        self.connection.ask(&command).await
    }
}

/// The key that says that a node writes back what was lost.
fn turn(key: &str) -> String {
    format!("{key}:restoring")
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl List {
    /// Applies entries that were read, in their order. Those that are readable also to the rules
    /// that the server is known to have.
    fn learn(&self, entries: &Entries, there: Option<&Rules>) {
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
                    // Without a time it is not from Redis, and everything may be revoked.
                    let written = id.map(|id| Duration::from_millis(id.milliseconds));
                    let written = written.and_then(|written| UNIX_EPOCH.checked_add(written));
                    self.rules
                        .add_everything(written.unwrap_or_else(SystemTime::now));
                    unreadable += 1;
                }
            }
            // After its rule is there: it is not read before that.
            if let Some(id) = id {
                self.has_read(id);
            }
        }
        if unreadable > 0 {
            self.could_not_read(unreadable);
        }
    }
}

/// An answer that is none of what was asked for.
pub(super) fn nonsense() -> RedisError {
    io::Error::from(io::ErrorKind::InvalidData).into()
}

/// Whether the server itself refused, by a connection that is as good as any other.
pub(super) fn is_refused(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::RedisRevocation;
    use crate::revocation::RevocationQuery;

    const KEEP_FOR: Duration = Duration::from_secs(3600);

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
        list.0.rules.check(&token, issued_at, KEEP_FOR)
    }

    #[test]
    fn entries_read_from_redis_are_applied_and_the_last_id_is_kept() {
        let (list, there) = (list(), Rules::new());
        let entries = vec![
            entry("5-0", &["v", "1", "iss", "i", "sid", "one"]),
            entry("6-1", &["v", "1", "iss", "i", "sid", "two"]),
        ];
        list.0.learn(&entries, Some(&there));
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
        list.0.learn(&entries, Some(&there));
        assert_eq!((list.0.rules.len(), there.len()), (1, 1));
        let second = |second| UNIX_EPOCH + Duration::from_secs(second);
        assert!(is_revoked(&list, "other", second(5000)));
        assert!(!is_revoked(&list, "other", second(5001)));
        list.0.in_contact(Instant::now());
        let degraded = list.0.degraded();
        assert_eq!(degraded.as_deref(), Some("1 entries can't be read"));
    }

    #[test]
    fn an_unreadable_redis_entry_without_a_time_revokes_all_tokens_so_far() {
        for id in ["", "now", "99999999999999999999-0"] {
            let list = list();
            let before = SystemTime::now();
            let fields = ["v", "1", "iss", "i", "sid", "one"];
            list.0.learn(&vec![entry(id, &fields)], None);
            assert!(is_revoked(&list, "other", before), "{id}");
            assert_eq!(list.0.last_read(), EntryId::START);
        }
    }

    #[test]
    fn only_an_error_sent_by_redis_counts_as_a_refusal() {
        assert!(!is_refused(&nonsense()));
        let cut = RedisError::from(io::Error::from(io::ErrorKind::ConnectionReset));
        assert!(!is_refused(&cut));
    }
}
