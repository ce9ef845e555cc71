//! Three-valued evaluation of a requirement: true, false, or dependent on a check that has not run yet.
//!
//! `fold` moves `Not` down to the leaves, because a leaf without data is false whether it is negated or not:
//! evaluating `not(not(role = "x"))` from the inside out would make it true if no roles are known.

use serde_json::Value;

use super::requirement::{ClaimValue, Group, Leaf, Requirement};
use crate::identity::Identity;
use crate::scope::{Role, Scope};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    /// Depends on the check with this number, which has not run yet.
    Open(usize),
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// The results of the checks that have run. They are few, so a list is smaller and faster than a map.
#[derive(Default)]
pub(crate) struct CheckAnswers(Vec<(usize, bool)>);

impl CheckAnswers {
    /// Records the result of the check with these numbers.
    pub(crate) fn record(&mut self, numbers: &[usize], allowed: bool) {
        self.0
            .extend(numbers.iter().map(|number| (*number, allowed)));
    }

    /// The same results, except that the check with these numbers failed.
    pub(crate) fn without(&self, numbers: &[usize]) -> Self {
        // The first result of a number counts.
        let failed = numbers.iter().map(|number| (*number, false));
        Self(failed.chain(self.0.iter().copied()).collect())
    }

    fn get(&self, number: usize) -> Truth {
        self.0
            .iter()
            .find(|(check, _)| *check == number)
            .map_or(Truth::Open(number), |(_, allowed)| Truth::from(*allowed))
    }
}

/// The data that a requirement is evaluated with.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub(crate) identity: &'a Identity,
    /// Scopes that count as granted in addition to the caller's own: those that a challenge would name, and
    /// the scopes that they imply.
    pub(crate) granted: &'a [Scope],
    /// Whether `granted` is ignored in `not(scope = ..)`, so that it satisfies both a part that requires a
    /// scope and a part that forbids it. No real grant does that, so the result is an upper bound.
    pub(crate) optimistic: bool,
    pub(crate) answers: &'a CheckAnswers,
}

impl Evidence<'_> {
    pub(crate) fn evaluate(self, requirement: &Requirement) -> Truth {
        requirement.fold(&|leaf| self.evaluate_leaf(leaf), &combined)
    }

    /// Whether a leaf is as expected.
    pub(crate) fn evaluate_leaf(self, leaf: Leaf<'_>) -> Truth {
        let expected = leaf.expected;
        match leaf.requirement {
            Requirement::Authenticated => Truth::from(expected),
            Requirement::Scope { scope } => self.scope(*scope, expected),
            Requirement::Role { role } => self.role(*role, expected),
            Requirement::Claim { name, value } => {
                claim(self.identity.claim_value(name), value, expected)
            }
            Requirement::Check { .. } => match leaf.check() {
                Some(check) if expected => self.answers.get(check.number),
                // The macro refuses a check inside `not(..)`. If there is one, it denies.
                _ => Truth::False,
            },
            // These are not leaves.
            Requirement::Any { .. }
            | Requirement::All { .. }
            | Requirement::Not { .. }
            | Requirement::Policy { .. } => Truth::False,
        }
    }

    fn scope(self, scope: Scope, expected: bool) -> Truth {
        let held = &self.identity.data().scopes;
        let is_held = held.granted.contains(scope.as_str());
        let granted = self.granted.contains(&scope);
        if expected {
            return Truth::from(is_held || granted);
        }
        // A new token with more scopes names all of them.
        let complete = held.complete || !self.granted.is_empty();
        let withheld = held.withheld.contains(scope.as_str());
        Truth::from(complete && !is_held && !withheld && (self.optimistic || !granted))
    }

    fn role(self, role: Role, expected: bool) -> Truth {
        let held = &self.identity.data().roles;
        let among = |roles: &[Box<str>]| roles.iter().any(|held| **held == *role.as_str());
        let granted = among(&held.granted);
        let lacking = held.complete && !granted && !among(&held.withheld);
        Truth::from(if expected { granted } else { lacking })
    }
}

/// Stops at the first part that determines the result.
fn combined(group: Group, parts: &mut dyn Iterator<Item = Truth>) -> Truth {
    let mut open = None;
    for part in parts {
        match (part, group) {
            (Truth::True, Group::Any) => return Truth::True,
            (Truth::False, Group::All) => return Truth::False,
            (Truth::Open(number), _) => {
                open.get_or_insert(number);
            }
            (Truth::True, Group::All) | (Truth::False, Group::Any) => {}
        }
    }
    open.map_or(Truth::from(group == Group::All), Truth::Open)
}

fn claim(found: Option<&Value>, value: &ClaimValue, expected: bool) -> Truth {
    let comparison = match found {
        None => None,
        Some(Value::Array(elements)) => {
            let mut compared = elements.iter().map(|element| compare(element, value));
            // The value may be found among elements of other types. But without it, such an element leaves
            // open whether the claim has the value.
            if compared.clone().any(|same| same == Some(true)) {
                Some(true)
            } else {
                compared.all(|same| same.is_some()).then_some(false)
            }
        }
        Some(single) => compare(single, value),
    };
    Truth::from(comparison == Some(expected))
}

/// `None` if the types differ: such a claim neither has the value nor proves that it has another one.
fn compare(found: &Value, value: &ClaimValue) -> Option<bool> {
    match (found, value) {
        (Value::Bool(found), ClaimValue::Boolean { value }) => Some(found == value),
        // It is not certain that `3.0` is another number than 3.
        (Value::Number(found), ClaimValue::Integer { value }) if !found.is_f64() => {
            Some(found.as_i64() == Some(*value))
        }
        (Value::String(found), ClaimValue::Text { value }) => Some(found == value),
        _ => None,
    }
}
