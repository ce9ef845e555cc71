//! The scopes of an API, and which of them imply others.

use std::collections::HashSet;

use super::{Scope, Scopes};

/// The scopes that rules may require. If it is not declared, no scope is checked or implied.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// In declaration order, each scope once.
    entries: Vec<DeclaredScope>,
    declared: bool,
    /// Whether any scope implies another. Most vocabularies are plain lists, and leave identities unchanged.
    implies: bool,
}

#[derive(Debug)]
struct DeclaredScope {
    scope: Scope,
    /// All scopes that it implies, directly or indirectly, in declaration order.
    implied: Vec<Scope>,
}

/// What is wrong with a vocabulary.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum VocabularyFault {
    Twice(Scope),
    /// An implication names a scope that was not declared.
    Undeclared {
        scope: Scope,
        meant: Option<Scope>,
    },
    /// These imply each other.
    Circle(Vec<Scope>),
}

impl Vocabulary {
    /// `scopes` is `None` if no vocabulary was declared.
    pub(crate) fn new(
        scopes: Option<Vec<Scope>>,
        implications: &[(Scope, Vec<Scope>)],
    ) -> Result<Self, Vec<VocabularyFault>> {
        let mut faults = Vec::new();
        let mut vocabulary = Self {
            entries: Vec::new(),
            declared: scopes.is_some(),
            implies: false,
        };
        for scope in scopes.into_iter().flatten() {
            if vocabulary.contains(scope) {
                add(&mut faults, VocabularyFault::Twice(scope));
            } else {
                let implied = Vec::new();
                vocabulary.entries.push(DeclaredScope { scope, implied });
            }
        }
        for (scope, implied) in implications {
            for scope in [scope].into_iter().chain(implied).copied() {
                if !vocabulary.contains(scope) {
                    let meant = vocabulary.nearest(scope);
                    add(&mut faults, VocabularyFault::Undeclared { scope, meant });
                }
            }
        }
        let closed: Vec<Vec<Scope>> = vocabulary
            .scopes()
            .map(|(scope, _)| vocabulary.reached_from(scope, implications))
            .collect();
        for (entry, implied) in vocabulary.entries.iter_mut().zip(closed) {
            vocabulary.implies |= !implied.is_empty();
            entry.implied = implied;
        }
        for entry in &vocabulary.entries {
            if entry.implied.contains(&entry.scope) {
                add(
                    &mut faults,
                    VocabularyFault::Circle(vocabulary.circle(entry)),
                );
            }
        }
        if faults.is_empty() {
            Ok(vocabulary)
        } else {
            Err(faults)
        }
    }

    /// Each scope with all that it implies, in declaration order.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = (Scope, &[Scope])> {
        self.entries
            .iter()
            .map(|entry| (entry.scope, entry.implied.as_slice()))
    }

    /// Whether a vocabulary was declared.
    pub(crate) fn is_declared(&self) -> bool {
        self.declared
    }

    pub(crate) fn contains(&self, scope: Scope) -> bool {
        self.entries.iter().any(|entry| entry.scope == scope)
    }

    /// The scope that `scope` may be a misspelling of.
    pub(crate) fn nearest(&self, scope: Scope) -> Option<Scope> {
        self.entries
            .iter()
            .map(|entry| (distance(entry.scope.as_str(), scope.as_str()), entry.scope))
            .filter(|(distance, entry)| *distance <= 2 && *distance < entry.as_str().len())
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, scope)| scope)
    }

    /// Whether any scope implies another one.
    pub(crate) fn has_implications(&self) -> bool {
        self.implies
    }

    /// The scopes that `scopes` imply, without those that it has.
    pub(crate) fn implied_by(&self, scopes: &Scopes) -> Vec<Scope> {
        if !self.implies {
            return Vec::new();
        }
        // One pass over the scopes of the token. The caller chooses their number, which must not be multiplied
        // by the size of the vocabulary.
        let held: HashSet<&str> = scopes.iter().collect();
        let held = |scope: &Scope| held.contains(scope.as_str());
        let implied: HashSet<Scope> = self
            .scopes()
            .filter(|(scope, implied)| !implied.is_empty() && held(scope))
            .flat_map(|(_, implied)| implied.iter().copied())
            .collect();
        self.scopes()
            .map(|(scope, _)| scope)
            .filter(|scope| implied.contains(scope) && !held(scope))
            .collect()
    }

    /// `scopes` and all scopes that they imply.
    pub(crate) fn closed(&self, scopes: &[Scope]) -> Vec<Scope> {
        let mut closed = scopes.to_vec();
        for (_, implied) in self.scopes().filter(|(scope, _)| scopes.contains(scope)) {
            closed.extend(implied);
        }
        closed
    }

    /// All scopes that `scope` implies, directly or indirectly; itself only if there is a cycle.
    fn reached_from(&self, scope: Scope, implications: &[(Scope, Vec<Scope>)]) -> Vec<Scope> {
        let mut reached = Vec::new();
        let mut left = vec![scope];
        while let Some(from) = left.pop() {
            let implied = implications
                .iter()
                .filter(|(implying, _)| *implying == from)
                .flat_map(|(_, implied)| implied);
            for next in implied {
                if !reached.contains(next) {
                    reached.push(*next);
                    left.push(*next);
                }
            }
        }
        self.scopes()
            .map(|(scope, _)| scope)
            .filter(|scope| reached.contains(scope))
            .collect()
    }

    /// The scopes that `entry` implies and that imply it.
    fn circle(&self, entry: &DeclaredScope) -> Vec<Scope> {
        self.scopes()
            .filter(|(scope, implied)| {
                entry.implied.contains(scope) && implied.contains(&entry.scope)
            })
            .map(|(scope, _)| scope)
            .collect()
    }
}

/// Adds a fault unless it is already in the list.
fn add(faults: &mut Vec<VocabularyFault>, fault: VocabularyFault) {
    if !faults.contains(&fault) {
        faults.push(fault);
    }
}

/// The Levenshtein distance: how many characters have to be inserted, deleted or replaced.
fn distance(from: &str, to: &str) -> usize {
    // The last row of the table: the distances of the processed part of `from` to each prefix of `to`.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (position, character) in from.bytes().enumerate() {
        let mut diagonal = position;
        let mut left = position + 1;
        let mut next = vec![left];
        for (above, other) in row.iter().skip(1).zip(to.bytes()) {
            let replaced = diagonal + usize::from(character != other);
            left = replaced.min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Scope = Scope::new("orders:read");
    const WRITE: Scope = Scope::new("orders:write");
    const ADMIN: Scope = Scope::new("admin");
    const OTHER: Scope = Scope::new("reports");

    fn vocabulary(
        implications: &[(Scope, Vec<Scope>)],
    ) -> Result<Vocabulary, Vec<VocabularyFault>> {
        Vocabulary::new(Some(vec![READ, WRITE, ADMIN]), implications)
    }

    fn scopes(of: &str) -> Scopes {
        let mut scopes = Scopes::none();
        assert!(of.split(' ').all(|scope| scopes.push(scope)));
        scopes
    }

    #[test]
    fn scope_implications_are_transitive_and_in_declaration_order() {
        let vocabulary = vocabulary(&[(ADMIN, vec![WRITE]), (WRITE, vec![READ])]).unwrap();
        let all: Vec<_> = vocabulary.scopes().collect();
        let none: &[Scope] = &[];
        assert_eq!(
            all,
            [
                (READ, none),
                (WRITE, &[READ][..]),
                (ADMIN, &[READ, WRITE][..])
            ]
        );
        assert_eq!(vocabulary.implied_by(&scopes("admin")), [READ, WRITE]);
        assert_eq!(vocabulary.implied_by(&scopes("admin orders:write")), [READ]);
        assert_eq!(vocabulary.implied_by(&scopes("orders:read reports")), none);
        assert_eq!(vocabulary.closed(&[WRITE, OTHER]), [WRITE, OTHER, READ]);
    }

    #[test]
    fn without_a_vocabulary_no_scope_is_declared_or_implied() {
        let vocabulary = Vocabulary::new(None, &[]).unwrap();
        assert!(!vocabulary.is_declared());
        assert_eq!(vocabulary.scopes().count(), 0);
        assert!(vocabulary.implied_by(&scopes("admin")).is_empty());
    }

    #[test]
    fn each_fault_of_a_vocabulary_is_reported_once() {
        let misspelt = Scope::new("orders:raed");
        let faults = Vocabulary::new(
            Some(vec![READ, WRITE, READ, ADMIN]),
            &[
                (ADMIN, vec![OTHER, misspelt, WRITE]),
                (OTHER, vec![READ]),
                (WRITE, vec![READ]),
                (READ, vec![WRITE]),
            ],
        )
        .unwrap_err();
        assert_eq!(
            faults,
            [
                VocabularyFault::Twice(READ),
                VocabularyFault::Undeclared {
                    scope: OTHER,
                    meant: None
                },
                VocabularyFault::Undeclared {
                    scope: misspelt,
                    meant: Some(READ)
                },
                VocabularyFault::Circle(vec![READ, WRITE]),
            ]
        );
    }

    #[test]
    fn a_scope_that_implies_itself_is_a_cycle() {
        let faults = vocabulary(&[(ADMIN, vec![READ, ADMIN])]).unwrap_err();
        assert_eq!(faults, [VocabularyFault::Circle(vec![ADMIN])]);
    }

    #[test]
    fn an_implication_without_a_vocabulary_names_the_undeclared_scopes() {
        let faults = Vocabulary::new(None, &[(ADMIN, vec![READ])]).unwrap_err();
        let undeclared = |scope| VocabularyFault::Undeclared { scope, meant: None };
        assert_eq!(faults, [undeclared(ADMIN), undeclared(READ)]);
    }

    #[test]
    fn the_distance_between_scopes_is_the_levenshtein_distance() {
        for (from, to, expected) in [
            ("", "", 0),
            ("read", "read", 0),
            ("read", "raed", 2),
            ("read", "reads", 1),
            ("write", "wite", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
            assert_eq!(distance(to, from), expected, "{to} {from}");
        }
    }
}
