//! What nodes tell each other about sessions that have ended, through the lists of revoked credentials that they share.

use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use tokio::time::{Instant, timeout};

use super::cache::CachedSession;
use super::store::SessionDigest;
use super::{Sessions, Shared};
use crate::revocation::{RevocationList, RevocationQuery, Revoked};

/// The issuer of ended sessions in a list of revoked credentials, so that no token has it.
const ENDED_SESSIONS: &str = "urn:auth-runtime:sessions";

/// How long other nodes are told that a session was ended: as long as any of them may cache it.
pub(super) const NOTICE_TTL: Duration = Duration::from_secs(60 * 60);

/// How far the clocks of two nodes may differ.
const LEEWAY: Duration = Duration::from_secs(60);

/// The maximum number of sessions of one subject that other nodes are told about.
const MAX_NOTICES: usize = 1_000;

impl Sessions {
    /// From now on, this list tells other nodes when this node ends a session, and the other way round.
    pub(crate) fn add_revocation_list(&self, list: &RevocationList) {
        self.shared.revocation_lists.add(list);
    }

    /// Whether a list says that the cached session may have ended on another node. The store then knows.
    pub(super) fn may_have_ended(
        &self,
        session: &CachedSession,
        now: Instant,
        time: impl Fn() -> SystemTime,
    ) -> bool {
        let lists = &self.shared.revocation_lists;
        if !lists.is_used() {
            return false;
        }
        let time = time();
        let looked_up_at = time.checked_sub(session.elapsed(now));
        let ended = RevocationQuery {
            token_id: Some(&session.id),
            ..RevocationQuery::new(ENDED_SESSIONS, "")
        };
        let revoked = RevocationQuery {
            session_id: session.record.provider_session_id.as_deref(),
            // What was revoked before is known to the store.
            issued_at: looked_up_at,
            leeway: LEEWAY,
            ..RevocationQuery::new(&session.record.issuer, &session.record.subject)
        };
        [ended, revoked]
            .iter()
            .any(|query| lists.have(query, || time).unwrap_or(true))
    }
}

impl Shared {
    /// Sessions of a subject that are about to end. Only so that other nodes refuse them sooner: the store ends also those
    /// that are not listed.
    pub(super) async fn known_sessions(
        &self,
        issuer: &str,
        subject: &str,
    ) -> impl Iterator<Item = SessionDigest> + use<> {
        let sessions = if self.revocation_lists.is_used() {
            self.store.list(issuer, subject).await.unwrap_or_default()
        } else {
            Vec::new()
        };
        let digests = sessions.into_iter().map(|session| session.digest);
        digests.take(MAX_NOTICES)
    }

    /// Tells other nodes, through the lists that they share, that these sessions were ended. Without this, they use
    /// their cached copies a little longer.
    pub(super) async fn notify_nodes(&self, digests: &[SessionDigest], time_limit: Duration) {
        let lists = self.revocation_lists.all();
        let Some(until) = SystemTime::now().checked_add(NOTICE_TTL) else {
            return;
        };
        let told = lists.iter().flat_map(|list| {
            let ended = digests.iter().map(SessionDigest::id);
            ended.map(move |id| list.revoke(Revoked::token(ENDED_SESSIONS, id, until)))
        });
        // All of them, also if one fails.
        let told = async { join_all(told).await.into_iter().collect::<Result<(), _>>() };
        let told = timeout(time_limit, told).await;
        if let Err(error) = told.unwrap_or_else(|late| Err(late.into())) {
            tracing::warn!(
                target: "auth_runtime",
                %error,
                "could not tell other nodes that a session was ended: they may accept it until they look it up again"
            );
        }
    }
}
