//! What the callers of one kind of credential can have.

/// What the identities of a kind can have: scopes, roles, claims.
///
/// A rule that asks for anything else is never met by callers of this kind.
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
    /// None of them: a caller is somebody, and that is all.
    pub const NONE: Self = Self {
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

    /// What one of the two provides.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            scopes: self.scopes || other.scopes,
            roles: self.roles || other.roles,
            claims: self.claims || other.claims,
        }
    }
}
