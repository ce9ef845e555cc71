//! What is revoked, in memory: the list of a single node, and a node's copy of a shared one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, SystemTime};

use foldhash::fast::RandomState;
use tokio::time::Instant;

use super::{Revoked, RevokedWhat, TokenIds};
use crate::clock::Timestamp;

/// A rule is forgotten this much later than it could be, by a clock that only goes forward: a
/// system clock that is set back by less un-revokes nothing.
pub(super) const SLACK: Duration = Duration::from_secs(3600);

/// What is to be remembered longer is remembered this long: later no clock of ours can tell.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// Below this many rules of one kind it is not worth looking for those that can be forgotten.
const FEW: usize = 1024;

pub(super) const KEEP_FOR: Duration = Duration::from_secs(24 * 3600);

/// The rules of all issuers. A rule is there for as long as it holds: no clock is asked for it.
pub(super) struct Rules {
    /// How many there are. None is what most services have most of the time.
    entries: AtomicUsize,
    /// Tokens of any issuer up to then; the earliest time there is if none.
    everything: AtomicI64,
    issuers: RwLock<Issuers>,
    /// Whether it was said that a token is too old.
    warned: AtomicBool,
}

type Issuers = HashMap<Box<str>, IssuerRules, RandomState>;

#[derive(Default)]
struct IssuerRules {
    tokens: Table,
    subjects: Table,
    sessions: Table,
}

/// Rules of one kind by the identifier that they are about.
struct Table {
    rules: HashMap<Box<str>, Rule, RandomState>,
    /// With how many rules it is time to look for those that can be forgotten.
    sweep_at: usize,
}

#[derive(Clone, Copy)]
struct Rule {
    /// It is about tokens that were issued by then.
    issued_by: Timestamp,
    forget_at: Instant,
}

const WHENEVER: Timestamp = Timestamp::from_seconds(i64::MAX);

impl Rules {
    pub(super) fn new() -> Self {
        Self {
            entries: AtomicUsize::new(0),
            everything: AtomicI64::new(i64::MIN),
            issuers: RwLock::default(),
            warned: AtomicBool::new(false),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }

    /// Whether the token is revoked, or so old that a rule about it may be forgotten.
    pub(super) fn check(&self, token: &TokenIds<'_>, now: SystemTime, keep_for: Duration) -> bool {
        let issued_at = token.issued_at.map(Timestamp::of);
        let too_old = |issued_at: Timestamp| {
            issued_at.saturating_add(keep_for.as_secs()) < Timestamp::of(now)
        };
        if issued_at.is_some_and(too_old) {
            self.warn_of_age(token, keep_for);
            return true;
        }
        // How old a token without `iat` is, nobody knows.
        let issued_by = |time: Timestamp| issued_at.is_none_or(|issued_at| issued_at <= time);
        let everything = self.everything.load(Ordering::Relaxed);
        if everything != i64::MIN && issued_by(Timestamp::from_seconds(everything)) {
            return true;
        }
        if self.len() == 0 {
            return false;
        }
        let issuers = self.read();
        let Some(rules) = issuers.get(token.issuer) else {
            return false;
        };
        let holds = |table: &Table, id: Option<&str>| {
            id.and_then(|id| table.rules.get(id))
                .is_some_and(|rule| issued_by(rule.issued_by))
        };
        holds(&rules.tokens, token.token_id)
            || holds(&rules.subjects, Some(token.subject))
            || holds(&rules.sessions, token.session_id)
    }

    pub(super) fn add(&self, revoked: Revoked, keep_for: Duration) {
        let Revoked { issuer, what } = revoked;
        let now = SystemTime::now();
        let from_now = |time: SystemTime| time.duration_since(now).unwrap_or_default();
        let (remembered, issued_by) = match &what {
            RevokedWhat::Token { expires, .. } => (from_now(*expires), WHENEVER),
            RevokedWhat::Subject { before, .. } => (
                from_now(*before).saturating_add(keep_for),
                Timestamp::of(*before),
            ),
            RevokedWhat::Session { .. } => (keep_for, WHENEVER),
        };
        let today = Instant::now();
        let rule = Rule {
            issued_by,
            forget_at: today + remembered.saturating_add(SLACK).min(LONGEST),
        };
        let mut issuers = self.write();
        let rules = issuers.entry(issuer).or_default();
        let (table, id) = match what {
            RevokedWhat::Token { id, .. } => (&mut rules.tokens, id),
            RevokedWhat::Subject { subject, .. } => (&mut rules.subjects, subject),
            RevokedWhat::Session { id } => (&mut rules.sessions, id),
        };
        let before = table.rules.len();
        table.add(id, rule, today);
        let entries = self.len() + table.rules.len() - before;
        self.entries.store(entries, Ordering::Relaxed);
    }

    fn warn_of_age(&self, token: &TokenIds<'_>, keep_for: Duration) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: "auth_runtime",
                issuer = token.issuer,
                keep_for = ?keep_for,
                "a token counts as revoked, because it was issued longer ago than revocations are \
                 remembered: raise `keep_for` of the list to the longest lifetime that tokens have \
                 (this is said once)"
            );
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Issuers> {
        self.issuers.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Issuers> {
        self.issuers.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "redis")]
impl Rules {
    /// All tokens of all issuers that were issued by then.
    pub(super) fn add_everything(&self, issued_by: SystemTime) {
        let seconds = Timestamp::of(issued_by).seconds();
        self.everything.fetch_max(seconds, Ordering::Relaxed);
    }

    /// What is revoked here and not, or not as much, `elsewhere`.
    pub(super) fn not_in(&self, elsewhere: &Self) -> Vec<Revoked> {
        let (now, today) = (SystemTime::now(), Instant::now());
        let (here, elsewhere) = (self.read(), elsewhere.read());
        let mut missing = Vec::new();
        for (issuer, here) in here.iter() {
            let there = elsewhere.get(issuer);
            for (id, rule) in here.tokens.not_in(there.map(|there| &there.tokens), today) {
                let remembered = rule.forget_at.saturating_duration_since(today);
                let expires = now + remembered.saturating_sub(SLACK);
                missing.push(Revoked::token(issuer.clone(), id, expires));
            }
            let subjects = there.map(|there| &there.subjects);
            for (id, rule) in here.subjects.not_in(subjects, today) {
                if let Some(before) = rule.issued_by.to_system_time() {
                    missing.push(Revoked::subject(issuer.clone(), id, before));
                }
            }
            let sessions = there.map(|there| &there.sessions);
            for (id, _) in here.sessions.not_in(sessions, today) {
                missing.push(Revoked::session(issuer.clone(), id));
            }
        }
        missing
    }
}

#[cfg(feature = "redis")]
impl Table {
    fn not_in<'a>(
        &'a self,
        elsewhere: Option<&'a Self>,
        now: Instant,
    ) -> impl Iterator<Item = (&'a str, &'a Rule)> {
        let known = move |id: &str| elsewhere.and_then(|table| table.rules.get(id));
        let rules = self.rules.iter().map(|(id, rule)| (id.as_ref(), rule));
        rules.filter(move |(id, rule)| {
            rule.forget_at > now && known(id).is_none_or(|known| known.issued_by < rule.issued_by)
        })
    }
}

impl Table {
    fn add(&mut self, id: Box<str>, rule: Rule, now: Instant) {
        let known = self.rules.entry(id).or_insert(rule);
        known.issued_by = known.issued_by.max(rule.issued_by);
        known.forget_at = known.forget_at.max(rule.forget_at);
        if self.rules.len() >= self.sweep_at {
            // As many rules are added between two sweeps as one has to look at.
            self.rules.retain(|_, rule| rule.forget_at > now);
            self.sweep_at = FEW.max(2 * self.rules.len());
        }
    }
}

impl Default for Table {
    fn default() -> Self {
        Self {
            rules: HashMap::default(),
            sweep_at: FEW,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const ISSUER: &str = "https://issuer.example";
    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn token(subject: &str) -> TokenIds<'_> {
        TokenIds {
            issuer: ISSUER,
            subject,
            token_id: None,
            session_id: None,
            issued_at: Some(SystemTime::now()),
        }
    }

    fn checked(rules: &Rules, token: &TokenIds<'_>) -> bool {
        rules.check(token, SystemTime::now(), DAY)
    }

    fn token_revocation(number: usize, lifetime: Duration) -> Revoked {
        Revoked::token(ISSUER, number.to_string(), SystemTime::now() + lifetime)
    }

    #[test]
    fn each_kind_of_rule_is_about_its_own_identifier() {
        let mine = TokenIds {
            token_id: Some("jti"),
            session_id: Some("sid"),
            ..token("alice")
        };
        let expires = SystemTime::now() + DAY;
        for (revoked, others) in [
            (
                Revoked::token(ISSUER, "jti", expires),
                TokenIds {
                    token_id: Some("other"),
                    ..mine
                },
            ),
            (
                Revoked::subject(ISSUER, "alice", SystemTime::now()),
                TokenIds {
                    subject: "bob",
                    ..mine
                },
            ),
            (
                Revoked::session(ISSUER, "sid"),
                TokenIds {
                    session_id: None,
                    ..mine
                },
            ),
        ] {
            let rules = Rules::new();
            assert!(!checked(&rules, &mine));
            rules.add(revoked.clone(), DAY);
            assert!(checked(&rules, &mine), "{revoked:?}");
            assert!(!checked(&rules, &others), "{revoked:?}");
            let elsewhere = TokenIds {
                issuer: "https://other.example",
                ..mine
            };
            assert!(!checked(&rules, &elsewhere), "{revoked:?}");
        }
        // The same text as another kind of identifier.
        let rules = Rules::new();
        rules.add(Revoked::session(ISSUER, "jti"), DAY);
        rules.add(Revoked::token(ISSUER, "alice", expires), DAY);
        assert!(!checked(&rules, &mine));
    }

    #[test]
    fn a_subject_is_revoked_up_to_a_second_and_the_latest_counts() {
        let rules = Rules::new();
        let second = |second| UNIX_EPOCH + Duration::from_secs(second);
        let at = |issued_at| {
            let token = TokenIds {
                issued_at,
                ..token("alice")
            };
            rules.check(&token, second(1000), DAY)
        };
        let half = Duration::from_millis(500);
        rules.add(Revoked::subject(ISSUER, "alice", second(500) + half), DAY);
        rules.add(Revoked::subject(ISSUER, "alice", second(400)), DAY);
        assert!(at(Some(second(499))));
        assert!(at(Some(second(500))));
        assert!(at(Some(second(500) + half + half / 2)));
        assert!(!at(Some(second(501))));
        assert!(at(None));
        rules.add(Revoked::subject(ISSUER, "alice", second(600)), DAY);
        assert!(at(Some(second(501))));
        assert_eq!(rules.len(), 1);
    }

    #[test]
    fn a_token_too_old_for_the_list_counts_as_revoked() {
        let rules = Rules::new();
        let now = SystemTime::now();
        let aged = |age: Duration| TokenIds {
            issued_at: Some(now - age),
            ..token("alice")
        };
        assert!(!rules.check(&aged(DAY), now, DAY));
        assert!(rules.check(&aged(DAY + Duration::from_secs(1)), now, DAY));
        // The age of this one is not known.
        let ageless = TokenIds {
            issued_at: None,
            ..token("alice")
        };
        assert!(!rules.check(&ageless, now, DAY));
        assert!(!rules.check(&aged(DAY * 9), now, Duration::MAX));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_expired_is_forgotten_and_what_has_not_stays() {
        let rules = Rules::new();
        rules.add(Revoked::session(ISSUER, "kept"), DAY);
        for wave in 0..20 {
            for number in 0..1000 {
                let number = wave * 1000 + number;
                rules.add(token_revocation(number, Duration::from_secs(60)), DAY);
            }
            tokio::time::advance(SLACK + Duration::from_secs(61)).await;
        }
        assert!(rules.len() < 4000, "{}", rules.len());
        let kept = TokenIds {
            session_id: Some("kept"),
            ..token("alice")
        };
        assert!(checked(&rules, &kept));
    }

    #[tokio::test(start_paused = true)]
    async fn a_rule_is_remembered_for_as_long_as_it_may_be_needed() {
        let rules = Rules::new();
        let begun = Instant::now();
        rules.add(token_revocation(0, DAY * 7), DAY);
        rules.add(Revoked::session(ISSUER, "sid"), DAY);
        let tomorrow = SystemTime::now() + DAY;
        rules.add(Revoked::subject(ISSUER, "alice", tomorrow), DAY);
        // An earlier time, and an earlier end, take nothing away.
        rules.add(Revoked::subject(ISSUER, "alice", UNIX_EPOCH), DAY);
        rules.add(token_revocation(0, DAY), DAY);
        let issuers = rules.read();
        let remembered = |table: &Table, id: &str| {
            let remembered = table.rules[id].forget_at - begun;
            // The system's clock, which is not paused, moves on a little.
            (remembered + Duration::from_secs(1)).as_secs() / DAY.as_secs()
        };
        let rules = &issuers[ISSUER];
        assert_eq!(remembered(&rules.tokens, "0"), 7);
        assert_eq!(remembered(&rules.sessions, "sid"), 1);
        assert_eq!(remembered(&rules.subjects, "alice"), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_back_brings_nothing_back() {
        let rules = Rules::new();
        let real = SystemTime::now();
        let issued = TokenIds {
            token_id: Some("0"),
            issued_at: Some(real - Duration::from_secs(60)),
            ..token("alice")
        };
        rules.add(token_revocation(0, Duration::from_secs(60)), DAY);
        for wrong in [real, real - DAY, UNIX_EPOCH, real + DAY] {
            assert!(rules.check(&issued, wrong, DAY * 9), "{wrong:?}");
            for number in 1..2 * FEW {
                rules.add(token_revocation(number, Duration::from_secs(60)), DAY);
            }
        }
        assert!(rules.check(&issued, real, DAY * 9));
    }

    #[test]
    fn times_without_end_are_no_panic() {
        let rules = Rules::new();
        let last = UNIX_EPOCH + Duration::from_secs(i64::MAX.unsigned_abs());
        rules.add(Revoked::token(ISSUER, "jti", last), Duration::MAX);
        rules.add(Revoked::subject(ISSUER, "alice", last), Duration::MAX);
        rules.add(Revoked::session(ISSUER, "sid"), Duration::MAX);
        assert!(rules.check(&token("alice"), last, Duration::MAX));
    }

    #[cfg(feature = "redis")]
    #[test]
    fn what_another_list_lacks_is_found() {
        let (here, there) = (Rules::new(), Rules::new());
        let expires = SystemTime::now() + DAY;
        let all = [
            Revoked::token(ISSUER, "jti", expires),
            Revoked::subject(ISSUER, "alice", UNIX_EPOCH + DAY),
            Revoked::session("https://other.example", "sid"),
        ];
        for revoked in &all {
            here.add(revoked.clone(), DAY);
        }
        assert_eq!(here.not_in(&there).len(), 3);
        assert!(there.not_in(&here).is_empty());
        there.add(Revoked::subject(ISSUER, "alice", UNIX_EPOCH), DAY);
        let missing = here.not_in(&there);
        assert_eq!(missing.len(), 3);
        for revoked in missing {
            there.add(revoked, DAY);
        }
        assert!(here.not_in(&there).is_empty());
        assert!(there.not_in(&here).is_empty());
    }

    #[cfg(feature = "redis")]
    #[test]
    fn everything_is_everything_up_to_then() {
        let rules = Rules::new();
        let now = SystemTime::now();
        rules.add_everything(now);
        rules.add_everything(now - DAY);
        assert!(checked(&rules, &token("alice")));
        let later = TokenIds {
            issued_at: Some(now + Duration::from_secs(1)),
            ..token("alice")
        };
        assert!(!checked(&rules, &later));
        let ageless = TokenIds {
            issued_at: None,
            ..later
        };
        assert!(checked(&rules, &ageless));
    }
}
