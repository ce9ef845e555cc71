//! What is revoked, in memory: the list of a single node, and a node's copy of a shared one.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use foldhash::fast::RandomState;
use tokio::time::Instant;

use super::{RevocationQuery, RevocationTarget, Revoked};
use crate::clock::Timestamp;
use crate::lock::RwLock;

/// A rule is forgotten this much later than it could be, by a clock that only goes forward: a
/// system clock that is set back by less un-revokes nothing.
pub(crate) const SLACK: Duration = Duration::from_secs(3600);

/// What is to be remembered longer is remembered this long: later no clock of ours can tell.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// Below this many rules of one kind it is not worth looking for those that can be forgotten.
const FEW: usize = 1024;

pub(crate) const KEEP_FOR: Duration = Duration::from_secs(24 * 3600);

/// The rules of all issuers. A rule is there for as long as it holds: no clock is asked for it.
pub(crate) struct Rules {
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
    tokens: RevocationTable,
    subjects: RevocationTable,
    sessions: RevocationTable,
    /// Rules about all tokens of the issuer: at most one, with an empty identifier.
    all: RevocationTable,
}

/// Rules of one kind by the identifier that they are about.
struct RevocationTable {
    rules: HashMap<Box<str>, RevocationRule, RandomState>,
    /// With how many rules it is time to look for those that can be forgotten.
    sweep_at: usize,
}

#[derive(Clone, Copy)]
struct RevocationRule {
    /// It covers tokens that could have been issued by then: their leeway counts.
    issued_by: Timestamp,
    /// It covers tokens whose `iat` is no later than this, without leeway; never before `issued_by`.
    issued_exactly_by: Timestamp,
    forget_at: Instant,
}

/// The identifier of the rule about all tokens of an issuer.
const ALL_TOKENS: &str = "";

const WHENEVER: Timestamp = Timestamp::from_seconds(i64::MAX);
const NEVER: Timestamp = Timestamp::from_seconds(i64::MIN);

impl Rules {
    pub(crate) fn new() -> Self {
        Self {
            entries: AtomicUsize::new(0),
            everything: AtomicI64::new(i64::MIN),
            issuers: RwLock::default(),
            warned: AtomicBool::new(false),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }

    /// Whether the token is revoked, or so old that a rule about it may be forgotten.
    pub(crate) fn check(
        &self,
        token: &RevocationQuery<'_>,
        now: SystemTime,
        entry_ttl: Duration,
    ) -> bool {
        let issued_at = token.issued_at.map(Timestamp::of);
        let too_old = |issued_at: Timestamp| {
            issued_at.saturating_add(entry_ttl.as_secs()) < Timestamp::of(now)
        };
        if issued_at.is_some_and(too_old) {
            self.warn_of_age(token, entry_ttl);
            return true;
        }
        // A token without `iat` may be of any age.
        let exactly_by = |time: Timestamp| issued_at.is_none_or(|issued_at| issued_at <= time);
        let leeway = token.leeway.as_secs();
        let issued_by = |time: Timestamp| time != NEVER && exactly_by(time.saturating_add(leeway));
        let everything = self.everything.load(Ordering::Relaxed);
        if issued_by(Timestamp::from_seconds(everything)) {
            return true;
        }
        if self.len() == 0 {
            return false;
        }
        let issuers = self.issuers.read();
        let Some(rules) = issuers.get(token.issuer) else {
            return false;
        };
        let holds = |table: &RevocationTable, id: Option<&str>| {
            id.and_then(|id| table.rules.get(id))
                .is_some_and(|rule| issued_by(rule.issued_by) || exactly_by(rule.issued_exactly_by))
        };
        holds(&rules.tokens, token.token_id)
            || holds(&rules.subjects, Some(token.subject))
            || holds(&rules.sessions, token.session_id)
            || holds(&rules.all, Some(ALL_TOKENS))
    }

    pub(crate) fn add(&self, revoked: Revoked, entry_ttl: Duration) {
        let Revoked { issuer, what } = revoked;
        let now = SystemTime::now();
        let from_now = |time: SystemTime| time.duration_since(now).unwrap_or_default();
        let (remembered, issued_exactly_by) = match &what {
            RevocationTarget::Token { expires, .. } => (from_now(*expires), WHENEVER),
            RevocationTarget::Subject { before, .. } | RevocationTarget::Issuer { before, .. } => (
                from_now(*before).saturating_add(entry_ttl),
                Timestamp::of(*before),
            ),
            RevocationTarget::Session { .. } => (entry_ttl, WHENEVER),
        };
        let is_exact = matches!(
            what,
            RevocationTarget::Subject { exact: true, .. }
                | RevocationTarget::Issuer { exact: true, .. }
        );
        let today = Instant::now();
        let rule = RevocationRule {
            issued_by: if is_exact { NEVER } else { issued_exactly_by },
            issued_exactly_by,
            forget_at: today + remembered.saturating_add(SLACK).min(LONGEST),
        };
        let mut issuers = self.issuers.write();
        let rules = issuers.entry(issuer).or_default();
        let (table, id) = match what {
            RevocationTarget::Token { id, .. } => (&mut rules.tokens, id),
            RevocationTarget::Subject { subject, .. } => (&mut rules.subjects, subject),
            RevocationTarget::Session { id } => (&mut rules.sessions, id),
            RevocationTarget::Issuer { .. } => (&mut rules.all, ALL_TOKENS.into()),
        };
        let before = table.rules.len();
        table.add(id, rule, today);
        let entries = self.len() + table.rules.len() - before;
        self.entries.store(entries, Ordering::Relaxed);
    }

    fn warn_of_age(&self, token: &RevocationQuery<'_>, entry_ttl: Duration) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: "auth_runtime",
                issuer = token.issuer,
                entry_ttl = ?entry_ttl,
                "a token counts as revoked, because it was issued longer ago than revocations are \
                 remembered: raise `entry_ttl` of the list to the longest lifetime that tokens have \
                 (this is said once)"
            );
        }
    }
}

#[cfg(feature = "redis")]
impl Rules {
    /// All tokens of all issuers that could have been issued by then.
    pub(crate) fn add_everything(&self, issued_by: SystemTime) {
        let seconds = Timestamp::of(issued_by).seconds();
        self.everything.fetch_max(seconds, Ordering::Relaxed);
    }

    /// What is revoked here and not, or not as much, `elsewhere`.
    pub(crate) fn not_in(&self, elsewhere: &Self) -> Vec<Revoked> {
        let (now, today) = (SystemTime::now(), Instant::now());
        let (here, elsewhere) = (self.issuers.read(), elsewhere.issuers.read());
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
                let subject = |before| Revoked::subject(issuer.clone(), id, before);
                missing.extend(rule.by_time(subject));
            }
            for (_, rule) in here.all.not_in(there.map(|there| &there.all), today) {
                missing.extend(rule.by_time(|before| Revoked::issuer(issuer.clone(), before)));
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
impl RevocationRule {
    /// The revocations that make up this rule: one with leeway, one without, or both.
    fn by_time(&self, revoked: impl Fn(SystemTime) -> Revoked) -> impl Iterator<Item = Revoked> {
        let with_leeway = (self.issued_by != NEVER)
            .then(|| self.issued_by.to_system_time())
            .flatten()
            .map(&revoked);
        let exact = (self.issued_exactly_by > self.issued_by)
            .then(|| self.issued_exactly_by.to_system_time())
            .flatten()
            .map(|before| revoked(before).exactly());
        with_leeway.into_iter().chain(exact)
    }
}

#[cfg(feature = "redis")]
impl RevocationTable {
    fn not_in<'a>(
        &'a self,
        elsewhere: Option<&'a Self>,
        now: Instant,
    ) -> impl Iterator<Item = (&'a str, &'a RevocationRule)> {
        let known = move |id: &str| elsewhere.and_then(|table| table.rules.get(id));
        let rules = self.rules.iter().map(|(id, rule)| (id.as_ref(), rule));
        rules.filter(move |(id, rule)| {
            rule.forget_at > now
                && known(id).is_none_or(|known| {
                    known.issued_by < rule.issued_by
                        || known.issued_exactly_by < rule.issued_exactly_by
                })
        })
    }
}

impl RevocationTable {
    fn add(&mut self, id: Box<str>, rule: RevocationRule, now: Instant) {
        let known = self.rules.entry(id).or_insert(rule);
        known.issued_by = known.issued_by.max(rule.issued_by);
        known.issued_exactly_by = known.issued_exactly_by.max(rule.issued_exactly_by);
        known.forget_at = known.forget_at.max(rule.forget_at);
        if self.rules.len() >= self.sweep_at {
            // As many rules are added between two sweeps as one has to look at.
            self.rules.retain(|_, rule| rule.forget_at > now);
            self.sweep_at = FEW.max(2 * self.rules.len());
        }
    }
}

impl Default for RevocationTable {
    fn default() -> Self {
        Self {
            rules: HashMap::default(),
            sweep_at: FEW,
        }
    }
}
