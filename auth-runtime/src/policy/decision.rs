//! The decision on an authenticated caller: allow, deny, or run a check.

use super::alternatives::{Remedy, remedy};
use super::denial::{Denial, RequiredScopes, StepUp};
use super::evaluate::{CheckAnswers, Evidence, Truth};
use super::rule::Rule;
use crate::clock::Timestamp;
use crate::identity::Identity;
use crate::scope::Vocabulary;

pub(crate) enum Ruling {
    Allow,
    /// The decision depends on the check with this number, which must run first.
    Ask(usize),
    Deny(Denial),
}

/// Decides from the identity and the results of the checks that have run so far.
///
/// `identity` already has the scopes that `vocabulary` implies. `now` is used for the age of the login. If it is
/// `None`, a rule with `max_age` denies.
pub(crate) fn decide(
    rule: &'static Rule,
    identity: &Identity,
    answers: &CheckAnswers,
    vocabulary: &Vocabulary,
    now: Option<Timestamp>,
) -> Ruling {
    let evidence = Evidence {
        identity,
        granted: &[],
        optimistic: false,
        answers,
    };
    if let Some(mut step_up) = lacking_step_up(rule, identity, now) {
        // Row C10: naming the missing scopes too saves the client a second round trip.
        if evidence.evaluate(&rule.requirement) == Truth::False {
            let scopes = missing_scopes(rule, evidence, vocabulary);
            step_up = step_up.with_scopes(scopes.unwrap_or_default());
        }
        return Ruling::Deny(Denial::InsufficientUserAuthentication(step_up));
    }
    match evidence.evaluate(&rule.requirement) {
        Truth::True => Ruling::Allow,
        Truth::Open(number) => Ruling::Ask(number),
        Truth::False => Ruling::Deny(
            missing_scopes(rule, evidence, vocabulary)
                .map_or(Denial::Forbidden, Denial::InsufficientScope),
        ),
    }
}

fn missing_scopes(
    rule: &'static Rule,
    evidence: Evidence<'_>,
    vocabulary: &Vocabulary,
) -> Option<RequiredScopes> {
    match remedy(&rule.requirement, evidence, vocabulary) {
        Remedy::Scopes(scopes) => Some(RequiredScopes::new(scopes)),
        Remedy::UnnamedScopes => Some(RequiredScopes::default()),
        Remedy::None => None,
    }
}

fn lacking_step_up(
    rule: &'static Rule,
    identity: &Identity,
    now: Option<Timestamp>,
) -> Option<StepUp> {
    let acr_lacks =
        !rule.acr.is_empty() && !identity.acr().is_some_and(|acr| rule.acr.contains(&acr));
    let max_age = rule.max_age.filter(|max_age| {
        let times = now.zip(identity.data().authentication_time);
        !times.is_some_and(|(now, at)| {
            // A login time in the future is invalid; clocks may differ by the leeway.
            at <= now.saturating_add(identity.data().leeway) && now <= at.saturating_add(*max_age)
        })
    });
    let acr_values = if acr_lacks { rule.acr } else { &[] };
    (acr_lacks || max_age.is_some()).then(|| StepUp::new(acr_values, max_age))
}
