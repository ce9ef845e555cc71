//! An identity being put together by an authenticator.

use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Held, Identity, IdentityData, IdentityId, Provides};
use crate::clock::Timestamp;
use crate::scheme::Scheme;
use crate::scope::Scopes;

/// An [`Identity`] in the making: see [`CredentialRequest::identity`](crate::authenticator::CredentialRequest::identity).
///
/// What is not said is not known: without [`roles`](Self::roles) the caller has no role and has not
/// shown that they lack one, so that `not(role = "..")` denies.
#[must_use = "call `build`"]
pub struct IdentityBuilder {
    data: IdentityData,
    claims: Map<String, Value>,
    /// What is said beyond it is not granted.
    provides: Provides,
}

impl Identity {
    pub(crate) fn builder(
        scheme: Scheme,
        issuer: &str,
        subject: Box<str>,
        provides: Provides,
    ) -> IdentityBuilder {
        IdentityBuilder {
            data: IdentityData {
                id: IdentityId::new(issuer, subject),
                scheme,
                scopes: Held::<Scopes>::UNKNOWN,
                roles: Held::<Vec<_>>::UNKNOWN,
                acr: None,
                authentication_time: None,
                leeway: 0,
                expiry: None,
            },
            claims: Map::new(),
            provides,
        }
    }
}

impl IdentityBuilder {
    /// All scopes of the caller, one in each element. A text that no rule can name (RFC 6749 section
    /// 3.3) is left out, and the scopes then count as not all known. A text that may be a list, such
    /// as `read,trial`, is granted as one scope, and `not(scope = "trial")` denies the caller.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let held = &mut self.data.scopes;
        held.complete = true;
        for scope in scopes {
            held.add(scope.as_ref(), self.provides.scopes);
        }
        self
    }

    /// All roles of the caller, one in each element. A text that may be a list is one role, as with
    /// [`scopes`](Self::scopes).
    pub fn roles<R: AsRef<str>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        let held = &mut self.data.roles;
        held.complete = true;
        for role in roles {
            held.add(role.as_ref(), self.provides.roles);
        }
        self
    }

    /// A claim, for rules such as `claim("tenant" = "acme")` and for
    /// [`Claims`](crate::Claims). What can't be written as JSON is left out, and so is every claim
    /// of a kind that [`provides`](crate::authenticator::Authenticator::provides) none.
    pub fn claim(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        if self.provides.claims
            && let Ok(value) = serde_json::to_value(value)
        {
            self.claims.insert(name.into(), value);
        }
        self
    }

    /// The authentication context class of the log-in (RFC 9470 section 4).
    pub fn acr(mut self, class: impl Into<Box<str>>) -> Self {
        self.data.acr = Some(class.into());
        self
    }

    /// When the caller logged in; to the second, rounded down.
    pub fn authenticated_at(mut self, time: SystemTime) -> Self {
        self.data.authentication_time = Some(Timestamp::of(time));
        self
    }

    /// When the credential expires, for the handler to know; to refuse it is the authenticator's.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.data.expiry = Some(Timestamp::of(time));
        self
    }

    /// The identity.
    #[must_use]
    pub fn build(self) -> Identity {
        let payload = Value::Object(self.claims).to_string();
        Identity::new(self.data, payload.into_bytes())
    }
}

impl std::fmt::Debug for IdentityBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("IdentityBuilder")
            .field("id", &self.data.id)
            .finish_non_exhaustive()
    }
}
