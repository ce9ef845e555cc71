//! The scopes and roles that an issuer may grant.

use crate::identity::Provides;

#[derive(Debug)]
pub(in crate::bearer) struct Grants {
    scopes: Vec<String>,
    roles: Vec<String>,
}

impl Grants {
    pub(in crate::bearer) fn new<S: Into<String>, R: Into<String>>(
        scopes: impl IntoIterator<Item = S>,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        Self {
            scopes: scopes.into_iter().map(Into::into).collect(),
            roles: roles.into_iter().map(Into::into).collect(),
        }
    }

    /// Claims are not limited.
    pub(super) fn provides(&self) -> Provides {
        Provides {
            scopes: !self.scopes.is_empty(),
            roles: !self.roles.is_empty(),
            claims: true,
        }
    }

    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    pub(super) fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|granted| granted == role)
    }
}
