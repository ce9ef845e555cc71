//! The constants that a rule names, as in `scope = scopes::ORDERS_READ`.

use crate::scheme::Scheme;
use crate::scope::{Role, Scope};

/// The constant in a rule. It has the method that is named after its key only if it has the right type.
#[derive(Debug)]
pub struct Constant<T>(pub T);

impl Constant<Scope> {
    /// Of `scope = ..`.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.0
    }
}

impl Constant<Role> {
    /// Of `role = ..`.
    #[must_use]
    pub const fn role(self) -> Role {
        self.0
    }
}

impl Constant<Scheme> {
    /// Of `scheme = ..`.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        self.0
    }
}

/// The same methods for constants of all other types, so that the compiler can say what is missing: the
/// methods above come first, and the conditions of these never hold.
pub trait OtherConstant<T>: Sized {
    /// Of `scope = ..`.
    fn scope(self) -> Scope
    where
        T: IsScope;

    /// Of `role = ..`.
    fn role(self) -> Role
    where
        T: IsRole;

    /// Of `scheme = ..`.
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

/// It is not.
#[diagnostic::on_unimplemented(
    message = "`scope = ..` takes a constant of the type `Scope`, and the type of this one is `{Self}`",
    label = "not a `Scope`",
    note = "declare a scope: `const ORDERS_READ: Scope = Scope::new(\"orders:read\");`"
)]
pub trait IsScope {
    /// The scope.
    fn into_scope(self) -> Scope;
}

/// It is not.
#[diagnostic::on_unimplemented(
    message = "`role = ..` takes a constant of the type `Role`, and the type of this one is `{Self}`",
    label = "not a `Role`",
    note = "declare a role: `const ADMIN: Role = Role::new(\"admin\");`"
)]
pub trait IsRole {
    /// The role.
    fn into_role(self) -> Role;
}

/// It is not.
#[diagnostic::on_unimplemented(
    message = "`scheme = ..` takes a constant of the type `Scheme`, and the type of this one is `{Self}`",
    label = "not a `Scheme`",
    note = "declare a scheme: `const GATEWAY: Scheme = Scheme::new(\"Gateway\");`; those of this crate are named by a text: `scheme = \"bearer\"`"
)]
pub trait IsScheme {
    /// The scheme.
    fn into_scheme(self) -> Scheme;
}
