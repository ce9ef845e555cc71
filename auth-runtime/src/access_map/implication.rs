//! Whether one route lets in every caller that another one does, and more.

use super::route::AccessRoute;
use crate::policy::{Access, Requirement, Rule};
use crate::scope::Vocabulary;

/// Whether `open` lets in every caller that `strict` does, and more, as with `scope = "read"` and
/// `scope = "read", role = "admin"`. `false` if the rules can't be compared: checks, for example,
/// are unknown.
pub(super) fn is_wider(open: &AccessRoute, strict: &AccessRoute) -> bool {
    let vocabulary = match (&open.auth, &strict.auth) {
        // A caller of one `Auth` is anonymous to the other.
        (Some(open), Some(strict)) if !open.is(strict) => return false,
        (auth, _) => auth.as_ref().map(|auth| &**auth.vocabulary()),
    };
    let obligations = |route: &AccessRoute| Obligations {
        rules: required(route),
        vocabulary,
    };
    let (open, strict) = (obligations(open), obligations(strict));
    strict.imply(&open) && !open.imply(&strict)
}

fn required(route: &AccessRoute) -> Vec<&'static Rule> {
    let rules = route.rules.iter().copied();
    rules
        .filter(|rule| rule.access == Access::Required)
        .collect()
}

/// The rules that a request to a route has to satisfy.
struct Obligations<'a> {
    rules: Vec<&'static Rule>,
    vocabulary: Option<&'a Vocabulary>,
}

impl Obligations<'_> {
    /// Every caller that satisfies these satisfies the others.
    fn imply(&self, others: &Self) -> bool {
        let requirements = self.rules.iter().map(|rule| &rule.requirement);
        let assumptions = Assumptions {
            parts: requirements.flat_map(parts).collect(),
            vocabulary: self.vocabulary,
        };
        others.rules.iter().all(|wanted| {
            self.rules.contains(wanted)
                || self.has(wanted.schemes, |rule| rule.schemes)
                    && self.has(wanted.acr, |rule| rule.acr)
                    && wanted.max_age.is_none_or(|age| self.max_age() <= age)
                    && assumptions.implies(&wanted.requirement)
        })
    }

    /// Whether one of the rules accepts only some of these values. `true` if `values` is empty, which
    /// means that all are accepted.
    fn has<T: PartialEq>(&self, values: &[T], of: fn(&Rule) -> &'static [T]) -> bool {
        values.is_empty()
            || self
                .rules
                .iter()
                .map(|rule| of(rule))
                .any(|own| !own.is_empty() && own.iter().all(|value| values.contains(value)))
    }

    fn max_age(&self) -> u64 {
        let ages = self.rules.iter().filter_map(|rule| rule.max_age);
        ages.min().unwrap_or(u64::MAX)
    }
}

/// The requirements that all have to be satisfied.
fn parts(requirement: &'static Requirement) -> Vec<&'static Requirement> {
    match requirement {
        Requirement::Authenticated => Vec::new(),
        Requirement::Policy { rule, .. } => parts(&rule.requirement),
        Requirement::All { of } if !of.is_empty() => of.iter().flat_map(parts).collect(),
        single => vec![single],
    }
}

/// Requirements that a caller is known to satisfy.
struct Assumptions<'a> {
    parts: Vec<&'static Requirement>,
    vocabulary: Option<&'a Vocabulary>,
}

impl Assumptions<'_> {
    fn implies(&self, wanted: &'static Requirement) -> bool {
        let of_several = match wanted {
            Requirement::Authenticated => true,
            Requirement::Policy { rule, .. } => self.implies(&rule.requirement),
            Requirement::All { of } => {
                !of.is_empty() && of.iter().all(|wanted| self.implies(wanted))
            }
            Requirement::Any { of } => of.iter().any(|wanted| self.implies(wanted)),
            _ => false,
        };
        of_several || self.parts.iter().any(|part| self.one_implies(part, wanted))
    }

    fn one_implies(&self, part: &'static Requirement, wanted: &'static Requirement) -> bool {
        match (part, wanted) {
            (Requirement::Any { of }, _) => {
                !of.is_empty() && of.iter().all(|part| self.only(part).implies(wanted))
            }
            (Requirement::Not { requirement: part }, Requirement::Not { requirement }) => {
                self.only(requirement).implies(part)
            }
            (Requirement::Scope { scope }, Requirement::Scope { scope: wanted }) => {
                scope == wanted
                    || self
                        .vocabulary
                        .is_some_and(|vocabulary| vocabulary.closed(&[*scope]).contains(wanted))
            }
            (Requirement::Role { role }, Requirement::Role { role: wanted }) => role == wanted,
            (
                Requirement::Claim { name, value },
                Requirement::Claim {
                    name: wanted,
                    value: wanted_value,
                },
            ) => name == wanted && value == wanted_value,
            _ => false,
        }
    }

    fn only(&self, requirement: &'static Requirement) -> Self {
        Self {
            parts: parts(requirement),
            vocabulary: self.vocabulary,
        }
    }
}
