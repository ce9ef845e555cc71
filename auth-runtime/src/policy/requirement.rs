//! The requirement of a rule: a const tree that the attributes generate and the runtime evaluates.

use super::checks::CheckId;
use super::rule::Rule;
use crate::scope::{Role, Scope};

/// What a caller must have. All variants have named fields, so that the nested `&[..]` of the generated code
/// are promoted to `'static` in a const initializer, even in generic code.
#[derive(Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Any authenticated caller.
    Authenticated,
    /// The caller was granted this scope.
    Scope {
        /// The scope, compared exactly.
        scope: Scope,
    },
    /// The caller holds this role.
    Role {
        /// The role, compared exactly.
        role: Role,
    },
    /// A claim has this value, or is an array that contains it.
    Claim {
        /// A member of the claims, or a JSON pointer if it begins with `/`.
        name: &'static str,
        /// The value it must have.
        value: ClaimValue,
    },
    /// At least one of these. An empty list is never satisfied.
    Any {
        /// The alternatives in declaration order.
        of: &'static [Requirement],
    },
    /// All of these. An empty list is never satisfied.
    All {
        /// The parts in declaration order.
        of: &'static [Requirement],
    },
    /// The opposite. False if the data to decide it is missing.
    Not {
        /// What must not hold.
        requirement: &'static Requirement,
    },
    /// A check decides.
    Check {
        /// Its number among the checks of the rule that it is written in.
        number: usize,
        /// The description of a closure, or that of a named check.
        description: Option<&'static str>,
        /// Which named check it is. `None` for a closure.
        id: Option<CheckId>,
    },
    /// A named policy.
    Policy {
        /// The policy's rule.
        rule: &'static Rule,
        /// The number of its first check among those of the rule that it is written in.
        first_check: usize,
    },
}

impl Requirement {
    /// `scope = "orders:read"`
    #[must_use]
    pub const fn scope(scope: &'static str) -> Self {
        Self::Scope {
            scope: Scope::new(scope),
        }
    }

    /// `role = "admin"`
    #[must_use]
    pub const fn role(role: &'static str) -> Self {
        Self::Role {
            role: Role::new(role),
        }
    }

    /// The number of checks, including those of policies.
    pub(super) const fn check_count(&self) -> usize {
        match self {
            Self::Check { .. } => 1,
            Self::Any { of } | Self::All { of } => {
                let mut count: usize = 0;
                let mut rest = *of;
                while let [first, tail @ ..] = rest {
                    count = count.saturating_add(first.check_count());
                    rest = tail;
                }
                count
            }
            Self::Not { requirement } => requirement.check_count(),
            Self::Policy { rule, .. } => rule.requirement.check_count(),
            Self::Authenticated | Self::Scope { .. } | Self::Role { .. } | Self::Claim { .. } => 0,
        }
    }

    /// Whether it can only hold if a check holds.
    pub(super) const fn always_checks(&self) -> bool {
        match self {
            Self::Check { .. } => true,
            Self::Policy { rule, .. } => rule.requirement.always_checks(),
            Self::Any { of } | Self::All { of } => {
                let one_is_enough = matches!(self, Self::All { .. });
                let mut rest = *of;
                while let [first, tail @ ..] = rest {
                    if first.always_checks() == one_is_enough {
                        return one_is_enough;
                    }
                    rest = tail;
                }
                !one_is_enough
            }
            Self::Authenticated
            | Self::Scope { .. }
            | Self::Role { .. }
            | Self::Claim { .. }
            | Self::Not { .. } => false,
        }
    }

    /// The part of this rule that has the check with this number: its place among the checks and policies of the rule in
    /// declaration order, and for a policy the number of the check in the policy.
    pub(crate) fn place_of_check(&self, number: usize) -> Option<(usize, usize)> {
        let mut places = 0;
        self.find_check(number, &mut places)
    }

    fn find_check(&self, number: usize, places: &mut usize) -> Option<(usize, usize)> {
        let first = match self {
            Self::Check { number, .. } => *number,
            Self::Policy { first_check, .. } => *first_check,
            Self::Any { of } | Self::All { of } => {
                return of.iter().find_map(|part| part.find_check(number, places));
            }
            Self::Not { requirement } => return requirement.find_check(number, places),
            Self::Authenticated | Self::Scope { .. } | Self::Role { .. } | Self::Claim { .. } => {
                return None;
            }
        };
        let place = *places;
        *places = places.saturating_add(1);
        let inner = number.checked_sub(first)?;
        (inner < self.check_count()).then_some((place, inner))
    }

    /// The numbers of all checks that are the same named check as the one with this number, including itself.
    pub(crate) fn same_checks(&self, number: usize) -> Vec<usize> {
        let checks: Vec<CheckLeaf> = self.leaves().into_iter().filter_map(Leaf::check).collect();
        let id = checks
            .iter()
            .find(|check| check.number == number)
            .and_then(|check| check.id);
        let others = checks
            .iter()
            .filter(|check| check.number != number && id.is_some() && check.id == id)
            .map(|check| check.number);
        std::iter::once(number).chain(others).collect()
    }

    /// Computes a value from the leaves up. `leaf` returns the value of a leaf, and `group` that of a group
    /// from the values of its parts, which are computed lazily.
    ///
    /// A `Policy` is replaced by its requirement. A `Not` is moved down to the leaves: the opposite of an
    /// `Any` is a [`Group::All`] of opposites, and the other way round. A group without parts is a
    /// [`Group::Any`].
    pub(crate) fn fold<'a, T>(
        &'a self,
        leaf: &impl Fn(Leaf<'a>) -> T,
        group: &impl Fn(Group, &mut dyn Iterator<Item = T>) -> T,
    ) -> T {
        let root = Leaf {
            requirement: self,
            expected: true,
            policy: None,
            first_check: 0,
        };
        root.fold(leaf, group)
    }

    /// The leaves in declaration order.
    pub(crate) fn leaves(&self) -> Vec<Leaf<'_>> {
        self.fold(&|leaf| vec![leaf], &|_, parts| parts.flatten().collect())
    }
}

/// A leaf of a requirement, and its context.
#[derive(Clone, Copy)]
pub(crate) struct Leaf<'a> {
    /// Neither a group nor a `Not` nor a `Policy`.
    pub(crate) requirement: &'a Requirement,
    /// Whether it must hold (`true`) or must not: `false` below an odd number of `Not`.
    pub(crate) expected: bool,
    /// The innermost policy that it is a part of.
    pub(crate) policy: Option<&'static Rule>,
    /// The number of the first check of that policy in the whole rule.
    first_check: usize,
}

/// A check in a rule.
pub(crate) struct CheckLeaf {
    /// Its number among all checks of the rule, including those of policies.
    pub(crate) number: usize,
    pub(crate) description: Option<&'static str>,
    id: Option<CheckId>,
}

/// How the parts of a group are combined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// One is enough.
    Any,
    /// All have to hold.
    All,
}

impl<'a> Leaf<'a> {
    /// `None` for any other leaf than a check.
    pub(crate) fn check(self) -> Option<CheckLeaf> {
        match self.requirement {
            Requirement::Check {
                number,
                description,
                id,
            } => Some(CheckLeaf {
                number: self.first_check.saturating_add(*number),
                description: *description,
                id: *id,
            }),
            _ => None,
        }
    }

    fn fold<T>(
        self,
        leaf: &impl Fn(Self) -> T,
        group: &impl Fn(Group, &mut dyn Iterator<Item = T>) -> T,
    ) -> T {
        let part = |requirement: &'a Requirement| Self {
            requirement,
            ..self
        };
        let (of, any) = match self.requirement {
            Requirement::Not { requirement } => {
                let expected = !self.expected;
                return Self {
                    expected,
                    ..part(requirement)
                }
                .fold(leaf, group);
            }
            Requirement::Policy { rule, first_check } => {
                return Self {
                    policy: Some(*rule),
                    first_check: self.first_check.saturating_add(*first_check),
                    ..part(&rule.requirement)
                }
                .fold(leaf, group);
            }
            Requirement::Any { of } => (*of, self.expected || of.is_empty()),
            Requirement::All { of } => (*of, !self.expected || of.is_empty()),
            Requirement::Authenticated
            | Requirement::Scope { .. }
            | Requirement::Role { .. }
            | Requirement::Claim { .. }
            | Requirement::Check { .. } => return leaf(self),
        };
        let mut parts = of
            .iter()
            .map(|requirement| part(requirement).fold(leaf, group));
        group(if any { Group::Any } else { Group::All }, &mut parts)
    }
}

/// The value a claim is compared with. No coercion: the string `"true"` is not `true`.
#[derive(Debug, PartialEq, Eq)]
pub enum ClaimValue {
    /// `claim("email_verified" = true)`
    Boolean {
        /// The value.
        value: bool,
    },
    /// `claim("level" = 3)`
    Integer {
        /// The value.
        value: i64,
    },
    /// `claim("tenant" = "acme")`
    Text {
        /// The value.
        value: &'static str,
    },
}
