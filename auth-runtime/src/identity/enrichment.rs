//! Roles, scopes and claims that an application adds to an authenticated caller.

use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Held, Identity, IdentityData};
use crate::scope::Scopes;

/// # Roles, scopes and claims from the application
///
/// For [`Jwt::map_identity`](crate::Jwt::map_identity). The identifier of the caller does not change.
impl Identity {
    /// Replaces the roles of the caller.
    #[must_use]
    pub fn with_roles<R: AsRef<str>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        let mut held = Held::<Vec<_>>::none();
        for role in roles {
            held.add(role.as_ref(), true);
        }
        self.data_mut().roles = held;
        self
    }

    /// Replaces the scopes of the caller. They are parsed as by
    /// [`IdentityBuilder::scopes`](crate::identity::IdentityBuilder::scopes).
    #[must_use]
    pub fn with_scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let mut held = Held::<Scopes>::none();
        for scope in scopes {
            held.add(scope.as_ref(), true);
        }
        self.data_mut().scopes = held;
        self
    }

    /// Adds a claim, for rules such as `claim("tenant" = "acme")` and for [`Claims`](crate::Claims). It replaces
    /// a claim of the same name. A value that can't be serialized as JSON is left out.
    #[must_use]
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let claims: Option<Map<String, Value>> = serde_json::from_slice(&self.inner.payload).ok();
        if let (Some(mut claims), Ok(value)) = (claims, serde_json::to_value(value)) {
            claims.insert(name.into(), value);
            let inner = Arc::make_mut(&mut self.inner);
            inner.payload = Value::Object(claims).to_string().into_bytes();
            inner.claims = OnceLock::new();
        }
        self
    }

    /// The identity that [`Jwt::map_identity`](crate::Jwt::map_identity) has made of this one: with the scopes, the
    /// roles and the claims of `mapped`. Everything else stays, because `mapped` may be from another token of the
    /// caller, which the application has remembered.
    pub(crate) fn mapped_to(&self, mapped: &Self) -> Self {
        let data = IdentityData {
            scopes: mapped.data().scopes.clone(),
            roles: mapped.data().roles.clone(),
            ..self.data().clone()
        };
        Self::new(data, mapped.inner.payload.clone())
    }

    fn data_mut(&mut self) -> &mut IdentityData {
        let inner = Arc::make_mut(&mut self.inner);
        inner.implied_by = None;
        &mut inner.data
    }
}

#[cfg(test)]
mod tests {
    use crate::identity::{Identity, Provides};
    use crate::scheme::Scheme;

    fn alice() -> Identity {
        Identity::builder(Scheme::BEARER, "issuer", "alice".into(), Provides::ALL)
            .scopes(["read"])
            .claim("tenant", "acme")
            .build()
    }

    #[test]
    fn enrichment_replaces_roles_scopes_and_claims_and_keeps_the_identity() {
        let plain = alice();
        assert!(!plain.data().roles.complete);
        let rich = plain
            .clone()
            .with_roles(["admin"])
            .with_scopes(["write", "not one scope"])
            .with_claim("tenant", "other")
            .with_claim("level", 3);
        assert_eq!(rich.id(), plain.id());
        assert_eq!(rich.roles().collect::<Vec<_>>(), ["admin"]);
        assert!(rich.data().roles.complete);
        assert_eq!(rich.scopes().to_string(), "write");
        assert!(!rich.data().scopes.complete);
        assert_eq!(rich.claim_value("tenant").unwrap(), "other");
        assert_eq!(rich.claim_value("level").unwrap(), 3);
        // The original, which may be cached with its token, is unchanged.
        assert_eq!(plain.scopes().to_string(), "read");
        assert_eq!(plain.claim_value("tenant").unwrap(), "acme");
        assert!(plain.claim_value("level").is_none());
    }

    #[test]
    fn enrichment_replaces_a_claim_that_was_read_before() {
        let plain = alice();
        assert_eq!(plain.claim_value("tenant").unwrap(), "acme");
        let other = plain.with_claim("tenant", "other");
        assert_eq!(other.claim_value("tenant").unwrap(), "other");
    }
}
