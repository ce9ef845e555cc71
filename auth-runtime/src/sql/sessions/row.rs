//! A session as a row of the table.

use crate::box_error::BoxError;
use crate::session::stored::{self, StoredSession};
use crate::session::{FoundSession, SessionDigest, SessionRecord};

/// The columns of a new row.
pub(super) struct NewRow<'a> {
    pub(super) session: &'a SessionRecord,
    pub(super) created_at: i64,
    pub(super) stored: StoredSession,
}

impl<'a> NewRow<'a> {
    pub(super) fn of(session: &'a SessionRecord) -> Result<Self, BoxError> {
        let names = [&session.issuer, &session.subject];
        let mut names = names.into_iter().chain(&session.provider_session_id);
        if names.any(|name| name.contains('\0')) {
            return Err("the issuer, subject or session of a caller contains a zero byte".into());
        }
        Ok(Self {
            session,
            created_at: stored::milliseconds(session.created_at),
            stored: StoredSession::of(session)?,
        })
    }
}

/// The digest, the last use, the data, the sealed value, and the time of the database's clock.
pub(super) type FoundRow = (Vec<u8>, i64, String, Option<Vec<u8>>, i64);

pub(super) fn found(row: FoundRow) -> sqlx::Result<FoundSession> {
    let (digest, last_seen_at, data, sealed, now) = row;
    let unreadable = || sqlx::Error::Decode("a session that can't be read".into());
    let digest = <[u8; 32]>::try_from(digest).map_err(|_| unreadable())?;
    let digest = SessionDigest::from_bytes(digest);
    let session = StoredSession::read(digest, last_seen_at, data.as_bytes(), sealed);
    Ok(FoundSession {
        session: session.ok_or_else(unreadable)?,
        now: stored::time(now).ok_or_else(unreadable)?,
    })
}
