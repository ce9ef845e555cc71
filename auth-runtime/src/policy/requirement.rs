//! The requirement of a rule: a const tree that the attributes generate and the runtime evaluates.

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
    /// A check in the handler's rule decides.
    Check {
        /// Its number within the handler's rule.
        index: usize,
        /// The name that its author gave it.
        description: Option<&'static str>,
    },
    /// A named policy.
    Policy {
        /// The policy's rule.
        rule: &'static Rule,
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
            Requirement::Policy { rule } => {
                let policy = Some(*rule);
                return Self {
                    policy,
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
