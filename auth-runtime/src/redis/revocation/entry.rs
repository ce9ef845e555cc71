//! A revocation as an entry of the Redis stream.
//!
//! | fields | |
//! |---|---|
//! | `v` | `1` |
//! | `iss` | the issuer |
//! | `jti` and `exp` | a token, and when it expires, in seconds since 1970 |
//! | `sub` and `before` | a subject; its tokens that were issued by then, in seconds since 1970, are revoked; a leading `+` means that the leeway of the issuer does not count |
//! | `sid` | a session |
//! | `before`, without `sub` | the issuer; `before` is as for a subject |
//!
//! Nodes of a version without the last row cannot read such an entry. They treat it as a revocation of
//! everything that was issued until it was written.
//!
//! Nodes of a version without the `+` read the same number with and without it, and count no leeway.
//! Their entries have no `+`, so newer nodes count the leeway.
//!
//! An entry has exactly these fields, in any order. A later version must write entries that this version can
//! read, as long as nodes of this version run: they treat an unreadable entry as a revocation of everything.

use std::time::SystemTime;

use redis::Cmd;

use crate::clock::Timestamp;
use crate::revocation::{RevocationTarget, Revoked};

const VERSION: &str = "1";

/// The identifier of an entry: a time of the server's clock in milliseconds, and a sequence number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryId {
    pub(super) milliseconds: u64,
    number: u64,
}

impl EntryId {
    pub(super) const START: Self = Self {
        milliseconds: 0,
        number: 0,
    };

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (milliseconds, number) = text.split_once('-')?;
        Some(Self {
            milliseconds: milliseconds.parse().ok()?,
            number: number.parse().ok()?,
        })
    }
}

impl std::fmt::Display for EntryId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}", self.milliseconds, self.number)
    }
}

/// Adds the fields to an `XADD` command.
pub(super) fn write(command: &mut Cmd, Revoked { issuer, what }: &Revoked) {
    command
        .arg("v")
        .arg(VERSION)
        .arg("iss")
        .arg(issuer.as_ref());
    let seconds = |time: &SystemTime| Timestamp::of(*time).seconds();
    match what {
        RevocationTarget::Token { id, expires } => command
            .arg("jti")
            .arg(id.as_ref())
            .arg("exp")
            .arg(seconds(expires)),
        RevocationTarget::Subject {
            subject,
            before,
            exact,
        } => command
            .arg("sub")
            .arg(subject.as_ref())
            .arg("before")
            .arg(up_to(seconds(before), *exact)),
        RevocationTarget::Session { id } => command.arg("sid").arg(id.as_ref()),
        RevocationTarget::Issuer { before, exact } => {
            command.arg("before").arg(up_to(seconds(before), *exact))
        }
    };
}

fn up_to(seconds: i64, exact: bool) -> String {
    if exact {
        format!("{seconds:+}")
    } else {
        seconds.to_string()
    }
}

/// Reads an entry. `fields` alternates between names and values.
pub(super) fn read(fields: &[Vec<u8>]) -> Option<Revoked> {
    let mut fields = fields
        .chunks(2)
        .map(|field| match field {
            [name, value] => Some((
                std::str::from_utf8(name).ok()?,
                std::str::from_utf8(value).ok()?,
            )),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    fields.sort_unstable();
    let time = |seconds: &str| Timestamp::from_seconds(seconds.parse().ok()?).to_system_time();
    match *fields.as_slice() {
        [
            ("exp", expires),
            ("iss", issuer),
            ("jti", id),
            ("v", VERSION),
        ] => Some(Revoked::token(issuer, id, time(expires)?)),
        [
            ("before", before),
            ("iss", issuer),
            ("sub", subject),
            ("v", VERSION),
        ] => {
            let revoked = Revoked::subject(issuer, subject, time(before)?);
            Some(with_or_without_leeway(revoked, before))
        }
        [("before", before), ("iss", issuer), ("v", VERSION)] => {
            let revoked = Revoked::issuer(issuer, time(before)?);
            Some(with_or_without_leeway(revoked, before))
        }
        [("iss", issuer), ("sid", id), ("v", VERSION)] => Some(Revoked::session(issuer, id)),
        _ => None,
    }
}

fn with_or_without_leeway(revoked: Revoked, before: &str) -> Revoked {
    if before.starts_with('+') {
        revoked.exactly()
    } else {
        revoked
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn fields(texts: &[&str]) -> Vec<Vec<u8>> {
        texts.iter().map(|text| text.as_bytes().to_vec()).collect()
    }

    fn written(revoked: &Revoked) -> Vec<Vec<u8>> {
        let mut command = Cmd::new();
        write(&mut command, revoked);
        let arguments = command.args_iter().map(|argument| match argument {
            redis::Arg::Simple(bytes) => bytes.to_vec(),
            _ => panic!("a cursor"),
        });
        arguments.collect()
    }

    #[test]
    fn a_redis_revocation_entry_survives_writing_and_reading() {
        let time = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for revoked in [
            Revoked::token("https://issuer.example", "a jti", time),
            Revoked::subject("https://issuer.example", "alice", time),
            Revoked::subject("https://issuer.example", "alice", time).exactly(),
            Revoked::session("https://issuer.example", "ä session\0"),
            Revoked::session("", ""),
            Revoked::issuer("https://issuer.example", time),
            Revoked::issuer("https://issuer.example", time).exactly(),
        ] {
            assert_eq!(read(&written(&revoked)), Some(revoked));
        }
    }

    #[test]
    fn the_format_of_redis_revocation_entries_is_stable() {
        let time = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let token = ["v", "1", "iss", "i", "jti", "t", "exp", "1700000000"];
        assert_eq!(written(&Revoked::token("i", "t", time)), fields(&token));
        let subject = ["v", "1", "iss", "i", "sub", "s", "before", "1700000000"];
        assert_eq!(written(&Revoked::subject("i", "s", time)), fields(&subject));
        let exact = ["v", "1", "iss", "i", "sub", "s", "before", "+1700000000"];
        let revoked = Revoked::subject("i", "s", time).exactly();
        assert_eq!(written(&revoked), fields(&exact));
        let session = ["v", "1", "iss", "i", "sid", "s"];
        assert_eq!(written(&Revoked::session("i", "s")), fields(&session));
        let issuer = ["v", "1", "iss", "i", "before", "1700000000"];
        assert_eq!(written(&Revoked::issuer("i", time)), fields(&issuer));
        let exact = ["v", "1", "iss", "i", "before", "+1700000000"];
        let revoked = Revoked::issuer("i", time).exactly();
        assert_eq!(written(&revoked), fields(&exact));
        let other_order = ["sid", "s", "iss", "i", "v", "1"];
        assert_eq!(
            read(&fields(&other_order)),
            Some(Revoked::session("i", "s"))
        );
    }

    #[test]
    fn a_malformed_redis_revocation_entry_is_refused() {
        for texts in [
            &[][..],
            &["v", "1"],
            &["v", "1", "iss", "i"],
            &["v", "2", "iss", "i", "sid", "s"],
            &["iss", "i", "sid", "s"],
            &["v", "1", "sid", "s"],
            &["v", "1", "iss", "i", "sid", "s", "sid", "s"],
            &["v", "1", "iss", "i", "sid", "s", "more", ""],
            &["v", "1", "iss", "i", "sid"],
            &["v", "1", "iss", "i", "jti", "t"],
            &["v", "1", "iss", "i", "before", "soon"],
            &["v", "1", "iss", "i", "before", "1", "sid", "s"],
            &["v", "1", "before", "1"],
            &["v", "1", "iss", "i", "jti", "t", "exp", "soon"],
            &["v", "1", "iss", "i", "jti", "t", "exp", "1.5"],
            &["v", "1", "iss", "i", "sub", "s", "exp", "1"],
            &["v", "1", "iss", "i", "sub", "s", "before", "++1"],
            &["v", "1", "iss", "i", "sub", "s", "before", "+"],
        ] {
            assert_eq!(read(&fields(texts)), None, "{texts:?}");
        }
        let mut bytes = fields(&["v", "1", "iss", "i", "sid"]);
        bytes.push(vec![0xff]);
        assert_eq!(read(&bytes), None);
    }

    /// An older node parses `before` in this way, and treats an entry that it can't read as a revocation of
    /// everything.
    #[test]
    fn an_older_node_parses_the_time_of_an_exact_revocation_entry() {
        let time = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let written = written(&Revoked::subject("i", "s", time).exactly());
        let before = std::str::from_utf8(&written[7]).unwrap();
        assert_eq!(before.parse(), Ok(1_700_000_000_i64));
    }

    #[test]
    fn redis_entry_ids_are_ordered_as_numbers() {
        let id = |text| EntryId::parse(text).unwrap();
        assert!(id("9-0") < id("10-0"));
        assert!(id("9-9") < id("9-10"));
        assert_eq!(id("1700000000000-3").to_string(), "1700000000000-3");
        for text in ["", "1", "-", "1-", "a-1", "1-2-3"] {
            assert_eq!(EntryId::parse(text), None, "{text}");
        }
    }
}
