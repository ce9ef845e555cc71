//! An independent model: plain booleans, all data known, checks decided in advance.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use crate::identity::{Held, Identity, IdentityData, IdentityId, Revocable};
use crate::policy::{Requirement, Rule};
use crate::scheme::Scheme;
use crate::scope::{Role, Scope, Scopes, Vocabulary};

pub(super) const SCOPES: [&str; 4] = ["a", "b", "c", "d"];
pub(super) const ROLES: [&str; 3] = ["x", "y", "z"];
pub(super) const CHECKS: usize = 3;

#[derive(Clone, Debug)]
pub(super) enum Tree {
    Scope(usize),
    Role(usize),
    Check(usize),
    Any(Vec<Tree>),
    All(Vec<Tree>),
    Not(Box<Tree>),
}

/// The data that the model is evaluated with: indices into the constants above.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) scopes: BTreeSet<usize>,
    pub(super) roles: BTreeSet<usize>,
    pub(super) checks: BTreeSet<usize>,
}

/// For each scope the scopes that it directly implies.
#[derive(Clone, Debug)]
pub(super) struct Implications(Vec<BTreeSet<usize>>);

impl Implications {
    pub(super) const NONE: Self = Self(Vec::new());

    pub(super) fn new(implied: [Vec<usize>; SCOPES.len()]) -> Self {
        Self(implied.map(BTreeSet::from_iter).into())
    }

    pub(super) fn vocabulary(&self) -> Arc<Vocabulary> {
        let scope = |index: &usize| Scope::new(SCOPES[*index]);
        let implications: Vec<_> = (0..)
            .zip(&self.0)
            .map(|(implying, implied)| (scope(&implying), implied.iter().map(scope).collect()))
            .collect();
        Vocabulary::new(Some(SCOPES.map(Scope::new).to_vec()), &implications)
            .unwrap()
            .into()
    }

    /// `scopes` and all scopes that they imply, directly or indirectly.
    pub(super) fn close(&self, scopes: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut closed = scopes.clone();
        for _ in SCOPES {
            for (implying, implied) in self.0.iter().enumerate() {
                if closed.contains(&implying) {
                    closed.extend(implied);
                }
            }
        }
        closed
    }
}

/// No implications, or some from a scope to earlier scopes only, so that there is no cycle.
pub(super) fn implications() -> impl Strategy<Value = Implications> {
    let some = (subset(1), subset(2), subset(3))
        .prop_map(|(b, c, d)| Implications(vec![BTreeSet::new(), b, c, d]));
    prop_oneof![1 => Just(Implications::NONE), 2 => some]
}

impl Tree {
    pub(super) fn holds(&self, world: &World) -> bool {
        match self {
            Self::Scope(scope) => world.scopes.contains(scope),
            Self::Role(role) => world.roles.contains(role),
            Self::Check(check) => world.checks.contains(check),
            Self::Any(parts) => parts.iter().any(|part| part.holds(world)),
            Self::All(parts) => parts.iter().all(|part| part.holds(world)),
            Self::Not(part) => !part.holds(world),
        }
    }

    /// Leaked, because rules are `'static`.
    pub(super) fn rule(&self) -> &'static Rule {
        Box::leak(Box::new(Rule {
            requirement: self.requirement(),
            ..Rule::required("a rule")
        }))
    }

    fn requirement(&self) -> Requirement {
        let group = |parts: &[Self]| -> &'static [Requirement] {
            Vec::leak(parts.iter().map(Self::requirement).collect())
        };
        match self {
            Self::Scope(scope) => Requirement::Scope {
                scope: Scope::new(SCOPES[*scope]),
            },
            Self::Role(role) => Requirement::Role {
                role: Role::new(ROLES[*role]),
            },
            Self::Check(index) => Requirement::Check {
                number: *index,
                description: None,
                id: None,
            },
            Self::Any(parts) => Requirement::Any { of: group(parts) },
            Self::All(parts) => Requirement::All { of: group(parts) },
            Self::Not(part) => Requirement::Not {
                requirement: Box::leak(Box::new(part.requirement())),
            },
        }
    }
}

/// Trees that the macro accepts: no empty group, no check below a `not`.
pub(super) fn trees() -> impl Strategy<Value = Tree> {
    let pure = (0..SCOPES.len()).prop_map(Tree::Scope).boxed();
    let pure = prop_oneof![2 => pure, 1 => (0..ROLES.len()).prop_map(Tree::Role)].boxed();
    let negatable = nested(pure.clone(), true);
    let leaf = prop_oneof![
        3 => pure,
        1 => (0..CHECKS).prop_map(Tree::Check),
        2 => negatable.prop_map(|tree| Tree::Not(Box::new(tree))),
    ];
    nested(leaf.boxed(), false)
}

fn nested(leaf: BoxedStrategy<Tree>, negations: bool) -> BoxedStrategy<Tree> {
    leaf.prop_recursive(3, 16, 3, move |inner| {
        let group = prop::collection::vec(inner.clone(), 1..4);
        let not = u32::from(negations);
        prop_oneof![
            2 => group.clone().prop_map(Tree::Any),
            2 => group.prop_map(Tree::All),
            not => inner.prop_map(|tree| Tree::Not(Box::new(tree))),
        ]
    })
    .boxed()
}

pub(super) fn subset(of: usize) -> impl Strategy<Value = BTreeSet<usize>> {
    prop::collection::btree_set(0..of, 0..=of)
}

/// All subsets of `0..of`.
pub(super) fn subsets(of: usize) -> impl Iterator<Item = BTreeSet<usize>> {
    (0_usize..1 << of).map(move |bits| (0..of).filter(|bit| bits >> bit & 1 == 1).collect())
}

/// The identity of a credential with these scopes and roles.
pub(super) fn identity(
    scopes: Option<&BTreeSet<usize>>,
    roles: Option<&BTreeSet<usize>>,
    vocabulary: &Arc<Vocabulary>,
) -> Identity {
    let mut held_scopes = Scopes::none();
    for scope in scopes.into_iter().flatten() {
        assert!(held_scopes.push(SCOPES[*scope]));
    }
    let data = IdentityData {
        id: IdentityId::new("https://issuer.example", "alice"),
        scheme: Scheme::BEARER,
        leeway: 0,
        scopes: Held {
            granted: held_scopes,
            withheld: Scopes::none(),
            complete: scopes.is_some(),
        },
        roles: Held {
            granted: roles
                .into_iter()
                .flatten()
                .map(|role| ROLES[*role].into())
                .collect(),
            withheld: Vec::new(),
            complete: roles.is_some(),
        },
        acr: None,
        authentication_time: None,
        expiry: None,
        revocable: Revocable::default(),
    };
    let mut identity = Identity::new(data, b"{}".to_vec());
    identity.add_implied_scopes(vocabulary);
    identity
}
