//! The health of a list of revoked tokens: whether it may be used, its status, and its log messages.

use std::sync::atomic::Ordering;
use std::time::Duration;

use redis::RedisError;
use tokio::time::Instant;

use super::List;
use super::position::Lacking;
use crate::box_error::BoxError;

impl List {
    /// How long ago the list was last known to be complete; `None` if it never was.
    pub(super) fn behind(&self) -> Option<Duration> {
        match self.contact.load(Ordering::Relaxed) {
            0 => None,
            contact => Some(
                self.made
                    .elapsed()
                    .saturating_sub(Duration::from_millis(contact)),
            ),
        }
    }

    pub(super) fn check_contact(&self) -> Result<(), BoxError> {
        let behind = self.behind().ok_or_else(|| {
            BoxError::from(format!(
                "{}: the revocations have not been read yet",
                self.target
            ))
        })?;
        if behind > self.settings.stale_for && !self.settings.keep_serving {
            let seconds = behind.as_secs();
            return Err(format!(
                "{}: the revocations of the last {seconds} seconds are unknown",
                self.target
            )
            .into());
        }
        Ok(())
    }

    /// Records that the list was complete at this time.
    pub(super) fn record_contact(&self, time: Instant) {
        let contact = time.saturating_duration_since(self.made).as_millis();
        let contact = u64::try_from(contact).unwrap_or(u64::MAX).max(1);
        self.contact.fetch_max(contact, Ordering::Relaxed);
        if !self.loaded.send_replace(true) {
            tracing::info!(
                target: "auth_runtime",
                server = %self.target,
                entries = self.rules.len(),
                "the list of revocations was read"
            );
        }
        if self.problem.lock().take().is_some() {
            tracing::info!(target: "auth_runtime", server = %self.target, "revocations are read again");
        }
    }

    pub(super) fn record_lost_contact(&self, error: &RedisError) {
        let news = self.problem.lock().replace(error.to_string()).is_none();
        if news {
            tracing::warn!(
                target: "auth_runtime",
                server = %self.target,
                error = %error,
                stale_for = ?self.settings.stale_for,
                keep_serving = self.settings.keep_serving,
                "revocations can't be read: the last known list stays in use"
            );
        }
    }

    pub(super) fn begin_restore(&self, lacking: Lacking) {
        let mut position = self.position.lock();
        let known = position.lacking();
        position.restart(lacking);
        drop(position);
        // Unreadable entries will be read again.
        self.unreadable.store(0, Ordering::Relaxed);
        if lacking == Lacking::Lost && known != Lacking::Lost {
            tracing::error!(
                target: "auth_runtime",
                server = %self.target,
                "Redis has lost revocations: this node keeps those that it knows, and writes them back"
            );
        }
    }

    pub(super) fn set_restored(&self) {
        self.position.lock().set_restored();
        self.refusal.lock().take();
        tracing::info!(
            target: "auth_runtime",
            server = %self.target,
            "Redis has all revocations that this node knows"
        );
    }

    pub(super) fn record_refusal(&self, error: &RedisError) {
        let news = self.refusal.lock().replace(error.to_string()).is_none();
        if news {
            tracing::error!(
                target: "auth_runtime",
                server = %self.target,
                error = %error,
                "Redis refuses to store revocations: other nodes do not receive them"
            );
        }
    }

    pub(super) fn record_unreadable(&self, entries: usize) {
        self.unreadable.fetch_add(entries, Ordering::Relaxed);
        tracing::error!(
            target: "auth_runtime",
            server = %self.target,
            key = self.key,
            entries,
            "a revocation can't be read: all tokens issued before it count as revoked"
        );
    }

    pub(super) fn degraded(&self) -> Option<String> {
        let problem = self.problem.lock().clone();
        let unreadable = self.unreadable.load(Ordering::Relaxed);
        let refusal = self.refusal.lock().clone();
        match (problem, self.behind()) {
            (Some(problem), None) => Some(format!("never read: {problem}")),
            (None, None) => Some("not read yet".to_owned()),
            (Some(problem), Some(_)) => Some(format!("no contact: {problem}")),
            (None, Some(behind)) if behind > self.settings.stale_for => {
                Some("no contact: the task that reads the list is not running".to_owned())
            }
            _ => match (self.lacking(), refusal) {
                (Lacking::Lost, None) => {
                    Some("Redis has lost data, which is being restored".to_owned())
                }
                (Lacking::Lost, Some(refusal)) => Some(format!(
                    "Redis has lost data, and refuses to store it again: {refusal}"
                )),
                (Lacking::Unconfirmed, None) => {
                    Some("Redis lacks revocations of this node, which are being written".to_owned())
                }
                (Lacking::Unconfirmed, Some(refusal)) => {
                    Some(format!("Redis refuses to store revocations: {refusal}"))
                }
                (Lacking::Nothing, _) if unreadable > 0 => {
                    Some(format!("{unreadable} entries can't be read"))
                }
                (Lacking::Nothing, _) => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::redis::{RedisRevocation, RedisRevocationBuilder};

    const STALE: Duration = Duration::from_secs(10);

    fn builder() -> RedisRevocationBuilder {
        RedisRevocation::builder("redis://127.0.0.1").stale_for(STALE)
    }

    fn list() -> RedisRevocation {
        builder().build().unwrap()
    }

    async fn pass(time: Duration) {
        tokio::time::advance(time).await;
    }

    #[tokio::test(start_paused = true)]
    async fn i7_without_contact_to_redis_the_list_is_used_for_the_stale_period() {
        for (builder, serves) in [(builder(), false), (builder().keep_serving(), true)] {
            let list = &builder.build().unwrap().0;
            assert!(list.check_contact().is_err(), "never read");
            assert_eq!(list.behind(), None);
            pass(STALE / 2).await;
            list.record_contact(Instant::now());
            assert_eq!(list.behind(), Some(Duration::ZERO));
            pass(STALE).await;
            assert!(list.check_contact().is_ok());
            pass(Duration::from_millis(1)).await;
            assert_eq!(list.check_contact().is_ok(), serves);
            // An earlier time has no effect.
            list.record_contact(Instant::now() - STALE * 2);
            assert_eq!(list.check_contact().is_ok(), serves);
            list.record_contact(Instant::now());
            assert!(list.check_contact().is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_stale_period_of_the_redis_list_is_at_least_three_seconds() {
        let list = builder().stale_for(Duration::ZERO).build().unwrap();
        pass(STALE).await;
        list.0.record_contact(Instant::now());
        pass(Duration::from_secs(3)).await;
        assert!(list.0.check_contact().is_ok());
        pass(Duration::from_millis(1)).await;
        assert!(list.0.check_contact().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn the_redis_list_reports_why_it_is_degraded() {
        let list = list();
        let list = &list.0;
        let says = |text: &str| assert_eq!(list.degraded().unwrap_or_default(), text);
        says("not read yet");
        let cut = RedisError::from(io::Error::from(io::ErrorKind::ConnectionReset));
        list.record_lost_contact(&cut);
        says(&format!("never read: {cut}"));
        list.record_contact(Instant::now() + Duration::from_millis(1));
        says("");
        list.record_lost_contact(&cut);
        says(&format!("no contact: {cut}"));
        list.record_contact(Instant::now());
        list.position.lock().set_unconfirmed();
        says("Redis lacks revocations of this node, which are being written");
        list.record_refusal(&cut);
        says(&format!("Redis refuses to store revocations: {cut}"));
        list.begin_restore(Lacking::Lost);
        says(&format!(
            "Redis has lost data, and refuses to store it again: {cut}"
        ));
        list.set_restored();
        says("");
        list.begin_restore(Lacking::Lost);
        says("Redis has lost data, which is being restored");
        list.set_restored();
        list.record_unreadable(2);
        says("2 entries can't be read");
        pass(STALE * 2).await;
        says("no contact: the task that reads the list is not running");
    }
}
