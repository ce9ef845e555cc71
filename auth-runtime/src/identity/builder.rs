//! A builder of identities for authenticators.

use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Held, Identity, IdentityData, IdentityId, IssuedAt, Provides, Revocable};
use crate::clock::Timestamp;
use crate::scheme::Scheme;
use crate::scope::Scopes;

/// A builder of an [`Identity`]. [`CredentialRequest::identity`](crate::authenticator::CredentialRequest::identity)
/// makes one.
///
/// Data that is not set is unknown: without [`roles`](Self::roles) the caller has no role, but it is not proven
/// that the caller lacks any, so `not(role = "..")` denies.
#[must_use = "call `build`"]
pub struct IdentityBuilder {
    data: IdentityData,
    claims: Map<String, Value>,
    /// Other scopes, roles and claims are not granted.
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
                scopes: Held::<Scopes>::unknown(),
                roles: Held::<Vec<_>>::unknown(),
                acr: None,
                authentication_time: None,
                leeway: 0,
                expiry: None,
                revocable: Revocable::default(),
            },
            claims: Map::new(),
            provides,
        }
    }
}

impl IdentityBuilder {
    /// Sets all scopes of the caller, one in each element.
    ///
    /// A string that is not a valid scope (RFC 6749 section 3.3) is left out, and the scopes count as
    /// incompletely known. A string that may be a list, such as `read,trial`, is granted as one scope, and
    /// `not(scope = "trial")` denies the caller.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let held = &mut self.data.scopes;
        held.complete = true;
        for scope in scopes {
            held.add(scope.as_ref(), self.provides.scopes);
        }
        self
    }

    /// Sets all roles of the caller, one in each element. A string that may be a list is one role, as with
    /// [`scopes`](Self::scopes).
    pub fn roles<R: AsRef<str>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        let held = &mut self.data.roles;
        held.complete = true;
        for role in roles {
            held.add(role.as_ref(), self.provides.roles);
        }
        self
    }

    /// Adds a claim, for rules such as `claim("tenant" = "acme")` and for [`Claims`](crate::Claims).
    ///
    /// A value that can't be serialized as JSON is left out. All claims are left out if the kind of credential
    /// does not [provide](crate::authenticator::Authenticator::provides) claims.
    pub fn claim(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        if self.provides.claims
            && let Ok(value) = serde_json::to_value(value)
        {
            self.claims.insert(name.into(), value);
        }
        self
    }

    /// Sets the authentication context class of the login (RFC 9470 section 4).
    pub fn acr(mut self, class: impl Into<Box<str>>) -> Self {
        self.data.acr = Some(class.into());
        self
    }

    /// Sets when the caller logged in, rounded down to the second.
    pub fn authenticated_at(mut self, time: SystemTime) -> Self {
        self.data.authentication_time = Some(Timestamp::of(time));
        self
    }

    /// Sets when the credential expires, for handlers and for [`Auth::authorize`](crate::Auth::authorize). The
    /// authenticator itself has to refuse an expired credential.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.data.expiry = Some(Timestamp::of(time));
        self
    }

    /// Sets when the credential was issued (as `iat`, RFC 7519 section 4.1.6), rounded down to the second. The
    /// [list of revoked tokens](crate::AuthBuilder::revocation) is then asked about the credential in every request,
    /// and [`Auth::revoke`](crate::Auth::revoke) with its [subject](crate::revocation::Revoked::subject) or its
    /// [issuer](crate::revocation::Revoked::issuer) revokes it, without a leeway.
    ///
    /// A credential that is older than the list [remembers](crate::revocation::Revocation::retention) counts as
    /// revoked. So do not call this for credentials that live longer: implement
    /// [`Authenticator::revoke`](crate::authenticator::Authenticator::revoke).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::time::SystemTime;
    ///
    /// use auth_runtime::authenticator::{
    ///     AuthenticationOutcome, Authenticator, CredentialRequest, Source,
    /// };
    /// use auth_runtime::identity::Provides;
    /// use auth_runtime::revocation::{MemoryRevocation, Revoked};
    /// use auth_runtime::routing::get;
    /// use auth_runtime::{Auth, Router, Scheme, require_auth};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// /// Every request is that of a guest, whose visit has begun at this time.
    /// struct Guest(SystemTime);
    ///
    /// impl Authenticator for Guest {
    ///     fn scheme(&self) -> Scheme {
    ///         Scheme::new("Guest")
    ///     }
    ///
    ///     fn sources(&self) -> Vec<Source> {
    ///         vec![Source::header("x-guest")]
    ///     }
    ///
    ///     fn provides(&self) -> Provides {
    ///         Provides::NONE
    ///     }
    ///
    ///     fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
    ///         Ok(request.identity("visits", "guest").issued_at(self.0).build()).into()
    ///     }
    /// }
    ///
    /// #[require_auth]
    /// async fn lobby() {}
    ///
    /// let auth = Auth::builder()
    ///     .authenticator(Guest(SystemTime::now()))
    ///     .revocation(MemoryRevocation::new())
    ///     .build()?;
    /// let app = Router::new().route("/", get(lobby)).with_auth(auth.clone());
    /// let request = || Request::get("/").body(Body::empty()).unwrap();
    /// assert_eq!(app.clone().oneshot(request()).await?.status(), 200);
    ///
    /// auth.revoke(Revoked::subject("visits", "guest", SystemTime::now())).await?;
    /// assert_eq!(app.oneshot(request()).await?.status(), 401);
    /// # Ok::<(), auth_runtime::BoxError>(())
    /// # }).unwrap();
    /// ```
    pub fn issued_at(mut self, time: SystemTime) -> Self {
        self.data.revocable.issued_at = IssuedAt::Known(Timestamp::of(time));
        self
    }

    /// Sets the identifier of the credential (as `jti`, RFC 7519 section 4.1.7), by which
    /// [`Revoked::token`](crate::revocation::Revoked::token) revokes it.
    ///
    /// Call [`issued_at`](Self::issued_at) too: otherwise the credential counts as issued before every revocation of
    /// its subject or issuer, and is accepted again when the list has forgotten its revocation.
    pub fn token_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.data.revocable.token_id = Some(id.into());
        self.revocable()
    }

    /// Sets the session, that is the login, of the credential (as `sid`), by which
    /// [`Revoked::session`](crate::revocation::Revoked::session) revokes it. Call [`issued_at`](Self::issued_at) too,
    /// as for [`token_id`](Self::token_id).
    pub fn session_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.data.revocable.session_id = Some(id.into());
        self.revocable()
    }

    /// The list is asked about a credential that has an identifier.
    fn revocable(mut self) -> Self {
        let issued_at = &mut self.data.revocable.issued_at;
        if let IssuedAt::Unstated { .. } = issued_at {
            *issued_at = IssuedAt::Unknown;
        }
        self
    }

    /// Sets when the credential was verified. It counts if the kind does not say more.
    pub(crate) fn verified_at(mut self, time: SystemTime) -> Self {
        let verified_at = Timestamp::of(time);
        self.data.revocable.issued_at = IssuedAt::Unstated { verified_at };
        self
    }

    /// It is not known whether these are all scopes.
    #[cfg(feature = "sessions")]
    pub(crate) fn incomplete_scopes(mut self) -> Self {
        self.data.scopes.complete = false;
        self
    }

    /// It is not known whether these are all roles.
    #[cfg(feature = "sessions")]
    pub(crate) fn incomplete_roles(mut self) -> Self {
        self.data.roles.complete = false;
        self
    }

    /// Builds the identity.
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
