//! Which scopes a challenge names: a requirement as alternatives, an OR of ANDs in declaration order.

use super::evaluate::{Evidence, Truth};
use super::requirement::{Group, Leaf, Requirement};
use crate::scope::{Scope, Vocabulary};

/// With more alternatives than this, no scopes are named: the challenge would be of no use to a client,
/// and the number of alternatives can grow exponentially.
const MAX_ALTERNATIVES: usize = 64;

/// Leaves that must all be as expected.
type Alternative = Vec<Leaf<'static>>;

/// The `scope` of a 401: the scopes of the first alternative that has any.
pub(crate) fn anonymous_challenge_scopes(requirement: &'static Requirement) -> Vec<Scope> {
    alternatives(requirement)
        .unwrap_or_default()
        .iter()
        .map(|alternative| scopes_of(alternative))
        .find(|scopes| !scopes.is_empty())
        .unwrap_or_default()
}

/// Whether more scopes would help a caller who was denied.
pub(crate) enum Remedy {
    /// With these scopes the caller is allowed, or the checks run: all scopes of one alternative.
    Scopes(Vec<Scope>),
    /// More scopes help, but the rule has too many alternatives to name them.
    UnnamedScopes,
    /// More scopes do not help.
    None,
}

/// Finds the scopes that would help. A caller who is granted scopes also has those that they imply, which may
/// satisfy an alternative or, with a `not(scope = ..)`, break it.
pub(crate) fn remedy(
    requirement: &'static Requirement,
    evidence: Evidence<'_>,
    vocabulary: &Vocabulary,
) -> Remedy {
    // The most frequent rule, for which nothing has to be searched: the scope satisfies it.
    if let Requirement::Scope { scope } = requirement {
        return Remedy::Scopes(vec![*scope]);
    }
    let Some(alternatives) = alternatives(requirement) else {
        return match (Evidence {
            granted: &vocabulary.closed(&scopes_of(&requirement.leaves())),
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
            let holds = alternative
                .iter()
                .all(|leaf| evidence.evaluate_leaf(*leaf) != Truth::False);
            (holds && !scopes.is_empty()).then_some(Remedy::Scopes(scopes))
        })
        .unwrap_or(Remedy::None)
}

/// `None` if there are more than [`MAX_ALTERNATIVES`].
fn alternatives(requirement: &'static Requirement) -> Option<Vec<Alternative>> {
    requirement.fold(
        &|leaf| {
            Some(match (leaf.requirement, leaf.expected) {
                (Requirement::Authenticated, true) => vec![Vec::new()],
                (Requirement::Authenticated, false) => Vec::new(),
                _ => vec![vec![leaf]],
            })
        },
        &combined,
    )
}

fn combined(
    group: Group,
    parts: &mut dyn Iterator<Item = Option<Vec<Alternative>>>,
) -> Option<Vec<Alternative>> {
    let mut result: Vec<Alternative> = match group {
        Group::Any => Vec::new(),
        Group::All => vec![Vec::new()],
    };
    for part in parts {
        let part = part?;
        match group {
            Group::Any => result.extend(part),
            Group::All => {
                result = result
                    .iter()
                    .flat_map(|left| {
                        part.iter()
                            .map(move |right| left.iter().chain(right).copied().collect())
                    })
                    .collect();
            }
        }
        if result.len() > MAX_ALTERNATIVES {
            return None;
        }
    }
    Some(result)
}

/// The scopes that must be held, each once.
fn scopes_of(leaves: &[Leaf<'_>]) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for leaf in leaves {
        if let Requirement::Scope { scope } = leaf.requirement
            && leaf.expected
            && !scopes.contains(scope)
        {
            scopes.push(*scope);
        }
    }
    scopes
}
