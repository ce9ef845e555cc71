//! The constants in a rule, as in `scope = scopes::ORDERS_READ`.

use crate::scheme::Scheme;
use crate::scope::{Role, Scope};

/// A constant in a rule. The generated code calls the method that is named after the key: `scope`, `role` or
/// `scheme`. Only a constant of the right type has that method.
#[derive(Debug)]
pub struct Constant<T>(pub T);

impl Constant<Scope> {
    /// The value of `scope = ..`.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.0
    }
}

impl Constant<Role> {
    /// The value of `role = ..`.
    #[must_use]
    pub const fn role(self) -> Role {
        self.0
    }
}

impl Constant<Scheme> {
    /// The value of `scheme = ..`.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        self.0
    }
}

/// The same methods for constants of other types, so that the compiler can say which type is expected. The
/// methods above take precedence, and the bounds of these are never satisfied.
pub trait OtherConstant<T>: Sized {
    /// The value of `scope = ..`.
    fn scope(self) -> Scope
    where
        T: IsScope;

    /// The value of `role = ..`.
    fn role(self) -> Role
    where
        T: IsRole;

    /// The value of `scheme = ..`.
    fn scheme(self) -> Scheme
    where
        T: IsScheme;
}

impl<T> OtherConstant<T> for Constant<T> {
    fn scope(self) -> Scope
    where
        T: IsScope,
    {
        self.0.into_scope()
    }

    fn role(self) -> Role
    where
        T: IsRole,
    {
        self.0.into_role()
    }

    fn scheme(self) -> Scheme
    where
        T: IsScheme,
    {
        self.0.into_scheme()
    }
}

/// Implemented by no type.
#[diagnostic::on_unimplemented(
    message = "`scope = ..` expects a constant of type `Scope`, found `{Self}`",
    label = "not a `Scope`",
    note = "declare a scope: `const ORDERS_READ: Scope = Scope::new(\"orders:read\");`"
)]
pub trait IsScope {
    /// The scope.
    fn into_scope(self) -> Scope;
}

/// Implemented by no type.
#[diagnostic::on_unimplemented(
    message = "`role = ..` expects a constant of type `Role`, found `{Self}`",
    label = "not a `Role`",
    note = "declare a role: `const ADMIN: Role = Role::new(\"admin\");`"
)]
pub trait IsRole {
    /// The role.
    fn into_role(self) -> Role;
}

/// Implemented by no type.
#[diagnostic::on_unimplemented(
    message = "`scheme = ..` expects a constant of type `Scheme`, found `{Self}`",
    label = "not a `Scheme`",
    note = "declare a scheme: `const GATEWAY: Scheme = Scheme::new(\"Gateway\");`; the schemes of this crate are strings: `scheme = \"bearer\"`"
)]
pub trait IsScheme {
    /// The scheme.
    fn into_scheme(self) -> Scheme;
}
