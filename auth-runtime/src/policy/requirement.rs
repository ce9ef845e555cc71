//! The rule of a handler, a const tree that the attributes write and the runtime evaluates.

use super::rule::Rule;
use crate::scope::{Role, Scope};

/// What a caller must show. All variants have named fields, so that the macro's nested `&[..]`
/// are extended to `'static` in a const initializer, generic ones included.
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
    /// One of these is enough. None at all is never enough.
    Any {
        /// The alternatives in declaration order.
        of: &'static [Requirement],
    },
    /// All of these. None at all is never enough.
    All {
        /// The parts in declaration order.
        of: &'static [Requirement],
    },
    /// The opposite. False when the data to decide it is missing.
    Not {
        /// What must not hold.
        requirement: &'static Requirement,
    },
    /// Code of the handler's author decides.
    Check {
        /// Its number within the handler's rule.
        index: usize,
        /// What its author calls it.
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
