//! The revocations in memory: the list of a single node, or a node's copy of a shared list.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use foldhash::fast::RandomState;
use tokio::time::Instant;

use super::{RevocationQuery, RevocationTarget, Revoked};
use crate::clock::Timestamp;
use crate::lock::RwLock;

/// Rules are remembered this much longer than needed, measured with a monotonic clock. So a system clock that is
/// set back by less than this does not undo a revocation.
pub(crate) const SLACK: Duration = Duration::from_secs(3600);

/// The longest time for which a rule is remembered, so that times stay in the range of the clock.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// With fewer rules of one kind, expired ones are not searched for.
const MIN_SWEEP_SIZE: usize = 1024;

pub(crate) const DEFAULT_ENTRY_TTL: Duration = Duration::from_secs(24 * 3600);

/// The rules of all issuers. A rule applies as long as it is in the table, so a check reads no clock.
pub(crate) struct Rules {
    /// The number of rules. Most services have none most of the time.
    entries: AtomicUsize,
    /// Tokens of all issuers that were issued by this time are revoked; [`NEVER`] if there is no such rule.
    everything: AtomicI64,
    issuers: RwLock<Issuers>,
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

/// The rules of one kind, by the identifier of what they revoke.
struct RevocationTable {
    rules: HashMap<Box<str>, RevocationRule, RandomState>,
    /// The number of rules at which expired ones are removed.
    sweep_at: usize,
}

#[derive(Clone, Copy)]
struct RevocationRule {
    /// The rule covers tokens that were issued by this time, or within their leeway after it.
    issued_by: Timestamp,
    /// The rule covers tokens whose `iat` is at most this, without leeway. It is never before `issued_by`.
    issued_exactly_by: Timestamp,
    forget_at: Instant,
}

/// The identifier of the rule about all tokens of an issuer.
const ALL_TOKENS: &str = "";

const ANY_TIME: Timestamp = Timestamp::from_seconds(i64::MAX);
const NEVER: Timestamp = Timestamp::from_seconds(i64::MIN);

impl Rules {
    pub(crate) fn new() -> Self {
        Self {
            entries: AtomicUsize::new(0),
            everything: AtomicI64::new(i64::MIN),
            issuers: RwLock::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }

    /// Whether a rule covers the token.
    pub(crate) fn check(&self, token: &RevocationQuery<'_>) -> bool {
        let issued_at = token.issued_at.map(Timestamp::of);
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
            RevocationTarget::Token { expires, .. } => (from_now(*expires), ANY_TIME),
            RevocationTarget::Subject { before, .. } | RevocationTarget::Issuer { before, .. } => (
                from_now(*before).saturating_add(entry_ttl),
                Timestamp::of(*before),
            ),
            RevocationTarget::Session { .. } => (entry_ttl, ANY_TIME),
        };
        let is_exact = matches!(
            what,
            RevocationTarget::Subject { exact: true, .. }
                | RevocationTarget::Issuer { exact: true, .. }
        );
        let instant = Instant::now();
        let rule = RevocationRule {
            issued_by: if is_exact { NEVER } else { issued_exactly_by },
            issued_exactly_by,
            forget_at: instant + remembered.saturating_add(SLACK).min(LONGEST),
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
        table.add(id, rule, instant);
        let entries = self.len() + table.rules.len() - before;
        self.entries.store(entries, Ordering::Relaxed);
    }
}

#[cfg(feature = "redis")]
impl Rules {
    /// Revokes all tokens of all issuers that were issued by this time, or within their leeway after it.
    pub(crate) fn add_everything(&self, issued_by: SystemTime) {
        let seconds = Timestamp::of(issued_by).seconds();
        self.everything.fetch_max(seconds, Ordering::Relaxed);
    }

    /// The revocations that `elsewhere` does not have, or has with an earlier time.
    pub(crate) fn not_in(&self, elsewhere: &Self) -> Vec<Revoked> {
        let (now, instant) = (SystemTime::now(), Instant::now());
        let (here, elsewhere) = (self.issuers.read(), elsewhere.issuers.read());
        let mut missing = Vec::new();
        for (issuer, here) in here.iter() {
            let there = elsewhere.get(issuer);
            for (id, rule) in here
                .tokens
                .not_in(there.map(|there| &there.tokens), instant)
            {
                let remembered = rule.forget_at.saturating_duration_since(instant);
                let expires = now + remembered.saturating_sub(SLACK);
                missing.push(Revoked::token(issuer.clone(), id, expires));
            }
            let subjects = there.map(|there| &there.subjects);
            for (id, rule) in here.subjects.not_in(subjects, instant) {
                let subject = |before| Revoked::subject(issuer.clone(), id, before);
                missing.extend(rule.by_time(subject));
            }
            for (_, rule) in here.all.not_in(there.map(|there| &there.all), instant) {
                missing.extend(rule.by_time(|before| Revoked::issuer(issuer.clone(), before)));
            }
            let sessions = there.map(|there| &there.sessions);
            for (id, _) in here.sessions.not_in(sessions, instant) {
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
            // The table doubles between two sweeps, so their cost per added rule is constant.
            self.rules.retain(|_, rule| rule.forget_at > now);
            self.sweep_at = MIN_SWEEP_SIZE.max(2 * self.rules.len());
        }
    }
}

impl Default for RevocationTable {
    fn default() -> Self {
        Self {
            rules: HashMap::default(),
            sweep_at: MIN_SWEEP_SIZE,
        }
    }
}
