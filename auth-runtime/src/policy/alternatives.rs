//! Which scopes to ask for: a requirement as alternatives, an OR of ANDs in declaration order.

use super::evaluate::{Evidence, Truth};
use super::requirement::Requirement;
use crate::scope::{Scope, Vocabulary};

/// Past this many alternatives no scopes are named: the challenge would be of no use to a client,
/// and the normal form of a rule can grow exponentially.
const MOST_ALTERNATIVES: usize = 64;

/// A leaf and whether it must hold or must not.
#[derive(Clone, Copy)]
struct Literal {
    leaf: &'static Requirement,
    expected: bool,
}

/// Leaves that all have to be as expected.
type Alternative = Vec<Literal>;

/// The `scope` of a 401: the scopes of the first alternative that has any.
pub(crate) fn anonymous_challenge_scopes(requirement: &'static Requirement) -> Vec<Scope> {
    alternatives(requirement, true)
        .unwrap_or_default()
        .iter()
        .map(|alternative| scopes_of(alternative))
        .find(|scopes| !scopes.is_empty())
        .unwrap_or_default()
}

/// What granting more scopes can do for a caller who was denied.
pub(crate) enum Remedy {
    /// These scopes open the route or let its checks run: all those of one alternative.
    Scopes(Vec<Scope>),
    /// More scopes help, but the rule has too many alternatives to name them.
    UnnamedScopes,
    /// More scopes do not help.
    None,
}

/// Whoever is granted scopes has what they imply as well, which may open an alternative or, by a
/// `not(scope = ..)`, close it.
pub(crate) fn remedy(
    requirement: &'static Requirement,
    evidence: Evidence<'_>,
    vocabulary: &Vocabulary,
) -> Remedy {
    let Some(alternatives) = alternatives(requirement, true) else {
        let mut granted = Vec::new();
        collect_scopes(requirement, true, &mut granted);
        return match (Evidence {
            granted: &vocabulary.closed(&granted),
            optimistic: true,
            ..evidence
        })
        .evaluate(requirement)
        {
            Truth::False => Remedy::None,
            Truth::True | Truth::Open(_) => Remedy::UnnamedScopes,
        };
    };
    alternatives
        .iter()
        .find_map(|alternative| {
            let scopes = scopes_of(alternative);
            let evidence = Evidence {
                granted: &vocabulary.closed(&scopes),
                ..evidence
            };
            let holds = alternative.iter().all(|literal| {
                evidence.evaluate_as(literal.leaf, literal.expected) != Truth::False
            });
            (holds && !scopes.is_empty()).then_some(Remedy::Scopes(scopes))
        })
        .unwrap_or(Remedy::None)
}

/// `None` when there are more than [`MOST_ALTERNATIVES`].
fn alternatives(requirement: &'static Requirement, expected: bool) -> Option<Vec<Alternative>> {
    match requirement {
        Requirement::Authenticated if expected => Some(vec![Vec::new()]),
        Requirement::Authenticated => Some(Vec::new()),
        Requirement::Not { requirement } => alternatives(requirement, !expected),
        Requirement::Policy { rule } => alternatives(&rule.requirement, expected),
        Requirement::Any { of } => group(of, expected, expected),
        Requirement::All { of } => group(of, !expected, expected),
        leaf => Some(vec![vec![Literal { leaf, expected }]]),
    }
}

fn group(of: &'static [Requirement], any: bool, expected: bool) -> Option<Vec<Alternative>> {
    if of.is_empty() {
        return Some(Vec::new());
    }
    let mut result: Vec<Alternative> = if any { Vec::new() } else { vec![Vec::new()] };
    for part in of {
        let part = alternatives(part, expected)?;
        if any {
            result.extend(part);
        } else {
            result = result
                .iter()
                .flat_map(|left| {
                    part.iter()
                        .map(move |right| left.iter().chain(right).copied().collect())
                })
                .collect();
        }
        if result.len() > MOST_ALTERNATIVES {
            return None;
        }
    }
    Some(result)
}

fn scopes_of(alternative: &[Literal]) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for literal in alternative {
        if let Requirement::Scope { scope } = literal.leaf
            && literal.expected
            && !scopes.contains(scope)
        {
            scopes.push(*scope);
        }
    }
    scopes
}

fn collect_scopes(requirement: &Requirement, expected: bool, scopes: &mut Vec<Scope>) {
    match requirement {
        Requirement::Scope { scope } if expected => scopes.push(*scope),
        Requirement::Not { requirement } => collect_scopes(requirement, !expected, scopes),
        Requirement::Policy { rule } => collect_scopes(&rule.requirement, expected, scopes),
        Requirement::Any { of } | Requirement::All { of } => {
            for part in *of {
                collect_scopes(part, expected, scopes);
            }
        }
        Requirement::Scope { .. }
        | Requirement::Authenticated
        | Requirement::Role { .. }
        | Requirement::Claim { .. }
        | Requirement::Check { .. } => {}
    }
}
