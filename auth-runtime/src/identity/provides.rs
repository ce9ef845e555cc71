//! Which data the callers of one kind of credential can have.

/// Which of scopes, roles and claims the identities of a kind of credential can have.
///
/// Callers of this kind never satisfy a rule that requires anything else.
///
/// ```
/// use auth_runtime::identity::Provides;
///
/// const OF_A_SESSION: Provides = Provides::NONE.roles().claims();
/// assert_eq!(OF_A_SESSION.scopes(), Provides::ALL);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provides {
    pub(crate) scopes: bool,
    pub(crate) roles: bool,
    pub(crate) claims: bool,
}

impl Provides {
    /// Scopes, roles and claims.
    pub const ALL: Self = Self::NONE.scopes().roles().claims();
    /// None of them: only who the caller is.
    pub const NONE: Self = Self {
        scopes: false,
        roles: false,
        claims: false,
    };

    /// Adds scopes.
    #[must_use]
    pub const fn scopes(mut self) -> Self {
        self.scopes = true;
        self
    }

    /// Adds roles.
    #[must_use]
    pub const fn roles(mut self) -> Self {
        self.roles = true;
        self
    }

    /// Adds claims.
    #[must_use]
    pub const fn claims(mut self) -> Self {
        self.claims = true;
        self
    }

    /// Everything that one of the two provides.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            scopes: self.scopes || other.scopes,
            roles: self.roles || other.roles,
            claims: self.claims || other.claims,
        }
    }
}
