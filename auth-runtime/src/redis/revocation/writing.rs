//! Writes the revocations of this node to the stream.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::entry::{self, EntryId};
use super::{List, feed};
use crate::box_error::BoxError;
use crate::redis::shared_connection::{Repeat, Timeouts};
use crate::revocation::Revoked;

/// The time-outs for writing a revocation.
pub(super) const WRITE_TIMEOUTS: Timeouts = Timeouts {
    query: Duration::from_secs(2),
    command: Duration::from_secs(1),
};

/// Whether a revocation is in Redis. If it is not, even because its future was dropped, the reader of the stream
/// writes it.
struct Confirmation<'a> {
    list: &'a List,
    is_confirmed: bool,
}

impl Drop for Confirmation<'_> {
    fn drop(&mut self) {
        if !self.is_confirmed {
            self.list.position.lock().set_unconfirmed();
        }
    }
}

impl List {
    /// Writes the revocation to Redis, so that other nodes receive it.
    pub(super) async fn share(&self, revoked: &Revoked) -> Result<(), BoxError> {
        let mut confirmation = Confirmation {
            list: self,
            is_confirmed: false,
        };
        self.write(&self.command(revoked))
            .await
            .map_err(|reason| self.not_shared(&reason))?;
        confirmation.is_confirmed = true;
        Ok(())
    }

    /// The command that adds a revocation to the stream and trims expired entries. Identifiers of entries are
    /// times of the server's clock, so that clock decides, unless it is ahead of the local clock: then the
    /// local clock decides, so that a wrong server clock does not trim entries that are still needed.
    fn command(&self, revoked: &Revoked) -> redis::Cmd {
        let mut command = redis::cmd("XADD");
        command.arg(&self.key);
        let server = u128::from(self.last_read().milliseconds);
        let local = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = server.min(local.unwrap_or_default().as_millis());
        if let Some(oldest) = now.checked_sub(self.remembered().as_millis()) {
            command.arg("MINID").arg("~").arg(oldest.to_string());
        }
        command.arg("*");
        entry::write(&mut command, revoked);
        command
    }

    async fn write(&self, command: &redis::Cmd) -> Result<(), BoxError> {
        // Writing an entry twice has no effect.
        let id: String = self.writer.query(command, Repeat::Once).await?;
        let id = EntryId::parse(&id).ok_or_else(feed::unexpected_reply)?;
        self.position.lock().record_written(id);
        Ok(())
    }

    fn not_shared(&self, reason: &BoxError) -> BoxError {
        format!(
            "{}: other nodes may not receive the revocation: {reason}",
            self.target
        )
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::RedisRevocation;

    const HOUR: Duration = Duration::from_secs(3600);

    /// The command that is sent after an entry of this time was read, without the fields.
    fn written_after(read: Option<SystemTime>) -> Vec<String> {
        let list = RedisRevocation::builder("redis://127.0.0.1").entry_ttl(HOUR);
        let list = list.build().unwrap();
        if let Some(time) = read {
            let time = time.duration_since(UNIX_EPOCH).unwrap().as_millis();
            let id = EntryId::parse(&format!("{time}-0")).unwrap();
            list.0.position.lock().record_read(id);
        }
        let command = list.0.command(&Revoked::session("issuer", "session"));
        let arguments = command.args_iter().map(|argument| match argument {
            redis::Arg::Simple(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            _ => panic!("a cursor"),
        });
        arguments.take_while(|argument| argument != "v").collect()
    }

    #[test]
    fn expired_redis_entries_are_trimmed_by_the_clock_of_the_server() {
        assert_eq!(written_after(None), ["XADD", "auth:revoked", "*"]);
        let read = UNIX_EPOCH + 100 * HOUR;
        let oldest = (98 * HOUR).as_millis().to_string();
        let expected = ["XADD", "auth:revoked", "MINID", "~", &oldest, "*"];
        assert_eq!(written_after(Some(read)), expected);
    }

    #[test]
    fn a_redis_clock_that_is_ahead_trims_no_needed_entry() {
        let now = SystemTime::now();
        let written = written_after(Some(now + 1000 * HOUR));
        let oldest: u128 = written[4].parse().unwrap();
        let needed = now - 2 * HOUR;
        let needed = needed.duration_since(UNIX_EPOCH).unwrap().as_millis();
        // A test takes less than a minute.
        assert!((needed..needed + 60_000).contains(&oldest), "{oldest}");
    }

    #[test]
    fn without_a_runtime_a_revocation_applies_locally_and_stays_unconfirmed() {
        use futures_util::FutureExt;

        use super::super::position::Lacking;
        use crate::revocation::Revocation;

        let list = RedisRevocation::new("redis://:secret@127.0.0.1").unwrap();
        let revoked = Revoked::session("issuer", "session");
        let error = list.revoke(revoked).now_or_never().unwrap().unwrap_err();
        assert_eq!(
            error.to_string(),
            "Redis 127.0.0.1:6379: other nodes may not receive the revocation: it needs a Tokio runtime"
        );
        assert_eq!(list.status().entries, 1);
        assert_eq!(list.0.lacking(), Lacking::Unconfirmed);
    }
}
