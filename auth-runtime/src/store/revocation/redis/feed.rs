//! Reading what was revoked on any node: the stream from its beginning, and then as it grows.

use std::io;
use std::sync::Weak;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::{Cmd, ErrorKind, RedisError, RedisResult};
use tokio::time::sleep;

use super::connection::Connection;
use super::entry::{self, EntryId};
use super::{List, Running};
use crate::store::revocation::rules::Rules;

/// How long the server keeps a question for new entries when there are none. Also how often it is
/// looked whether its data is still there.
const BLOCK: Duration = Duration::from_secs(1);

/// How long an answer may take, that time included.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many entries are read or written in one go.
const BATCH: usize = 1000;

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long one node may take to write back what was lost before another does it.
const RESTORING: Duration = Duration::from_secs(10);

/// What the reader of a stream has come to. It outlives connections, and runtimes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    /// The last entry that was read.
    pub(super) read: EntryId,
    /// The last one that was written by this node.
    pub(super) written: EntryId,
    /// The server has lost entries, and not all are known to be back.
    pub(super) lost: bool,
}

/// The name and the fields of the entries, oldest first.
type Entries = Vec<(String, Vec<Vec<u8>>)>;

/// Keeps the list as the stream is, until nobody has the list any more.
pub(super) async fn follow(list: Weak<List>, _running: Running) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let Some(target) = list.upgrade().map(|list| list.target.clone()) else {
            return;
        };
        let error = match target.connect(PATIENCE).await {
            Err(error) => error,
            Ok(connection) => {
                pause = SHORTEST_PAUSE;
                let reader = Reader {
                    connection,
                    list: &list,
                };
                match reader.read_on().await {
                    Err(Interrupted::Failed(error)) => error,
                    Ok(()) | Err(Interrupted::Forgotten) => return,
                }
            }
        };
        let Some(list) = list.upgrade() else {
            return;
        };
        list.lost_contact(&error);
        drop(list);
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
}

impl Reader<'_> {
    async fn read_on(mut self) -> Result<(), Interrupted> {
        // There may be anything new in the beginning; later only what comes in.
        let mut block = None;
        loop {
            let (key, position) = self.list(|list| (list.key.clone(), list.position()))?;
            if position.lost || !self.is_there(&key, position).await? {
                self.restore(&key).await?;
                block = None;
                continue;
            }
            let entries = self.entries_after(&key, position.read, block).await?;
            let complete = entries.len() < BATCH;
            self.list(|list| {
                list.learn(&entries, None);
                if complete {
                    list.in_contact();
                }
            })?;
            block = complete.then_some(BLOCK);
        }
    }

    fn list<T>(&self, act: impl FnOnce(&List) -> T) -> Result<T, Interrupted> {
        match self.list.upgrade() {
            Some(list) => Ok(act(&list)),
            None => Err(Interrupted::Forgotten),
        }
    }

    /// Whether the newest entry that this node knows is still there. The newest one of a stream is
    /// never trimmed, so without it the server has lost its data, or got older data back.
    async fn is_there(&mut self, key: &str, position: Position) -> RedisResult<bool> {
        let newest = position.read.max(position.written);
        if newest == EntryId::START {
            return Ok(true);
        }
        let mut command = redis::cmd("XRANGE");
        let id = newest.to_string();
        command.arg(key).arg(&id).arg(&id);
        let found: Entries = self.connection.ask(&command).await?;
        Ok(!found.is_empty())
    }

    async fn entries_after(
        &mut self,
        key: &str,
        last: EntryId,
        block: Option<Duration>,
    ) -> RedisResult<Entries> {
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(BATCH);
        if let Some(block) = block {
            command.arg("BLOCK").arg(milliseconds(block));
        }
        command.arg("STREAMS").arg(key).arg(last.to_string());
        let streams: Option<Vec<(String, Entries)>> = self.connection.ask(&command).await?;
        let streams = streams.unwrap_or_default().into_iter();
        Ok(streams.flat_map(|(_, entries)| entries).collect())
    }

    /// The server has lost data: reads what it has from the beginning, keeps what is known here, and
    /// writes back what it lacks, so that nodes which start later learn of it too.
    async fn restore(&mut self, key: &str) -> Result<(), Interrupted> {
        self.list(List::begin_to_restore)?;
        let there = Rules::new();
        loop {
            self.read_to_the_end(key, &there).await?;
            let missing = self.list(|list| {
                list.in_contact();
                list.rules.not_in(&there)
            })?;
            if missing.is_empty() {
                break;
            }
            // One node after the other: what one has written, the others don't write again.
            if !self.take_turn(key).await? {
                sleep(BLOCK / 4).await;
                continue;
            }
            self.read_to_the_end(key, &there).await?;
            let missing = self.list(|list| list.rules.not_in(&there))?;
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
            self.end_turn(key).await?;
            break;
        }
        self.list(List::is_restored)?;
        Ok(())
    }

    /// Everything after the last entry that was read, also into the rules that are `there`.
    async fn read_to_the_end(&mut self, key: &str, there: &Rules) -> Result<(), Interrupted> {
        loop {
            let last = self.list(|list| list.position().read)?;
            let entries = self.entries_after(key, last, None).await?;
            self.list(|list| list.learn(&entries, Some(there)))?;
            if entries.len() < BATCH {
                return Ok(());
            }
        }
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
        let mut position = self.position();
        let mut unreadable = 0_usize;
        for (id, fields) in entries {
            let Some(id) = EntryId::parse(id) else {
                // Not from Redis, then: everything may be revoked.
                self.rules.add_everything(SystemTime::now());
                unreadable += 1;
                continue;
            };
            position.read = position.read.max(id);
            match entry::read(fields) {
                Some(revoked) => {
                    if let Some(there) = there {
                        there.add(revoked.clone(), self.settings.keep_for);
                    }
                    self.rules.add(revoked, self.settings.keep_for);
                }
                None => {
                    let written = Duration::from_millis(id.milliseconds);
                    let written = UNIX_EPOCH.checked_add(written);
                    self.rules
                        .add_everything(written.unwrap_or_else(SystemTime::now));
                    unreadable += 1;
                }
            }
        }
        self.have_read(position.read, unreadable);
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
