//! What the callers of one kind of credential can have.

/// What the identities of a kind can have: scopes, roles, claims.
///
/// A rule that asks for anything else is never met by callers of this kind.
///
/// ```
/// use auth_runtime::Supplies;
///
/// const OF_A_SESSION: Supplies = Supplies::NOTHING.roles().claims();
/// assert_eq!(OF_A_SESSION.scopes(), Supplies::EVERYTHING);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supplies {
    pub(crate) scopes: bool,
    pub(crate) roles: bool,
    pub(crate) claims: bool,
}

impl Supplies {
    /// Scopes, roles and claims.
    pub const EVERYTHING: Self = Self::NOTHING.scopes().roles().claims();
    /// None of them: a caller is somebody, and that is all.
    pub const NOTHING: Self = Self {
        scopes: false,
        roles: false,
        claims: false,
    };

    /// And scopes.
    #[must_use]
    pub const fn scopes(mut self) -> Self {
        self.scopes = true;
        self
    }

    /// And roles.
    #[must_use]
    pub const fn roles(mut self) -> Self {
        self.roles = true;
        self
    }

    /// And claims.
    #[must_use]
    pub const fn claims(mut self) -> Self {
        self.claims = true;
        self
    }

    /// What one of the two supplies.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            scopes: self.scopes || other.scopes,
            roles: self.roles || other.roles,
            claims: self.claims || other.claims,
        }
    }
}
