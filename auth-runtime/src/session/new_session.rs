//! The session that an application starts.

use std::fmt;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::identity::Identity;

/// The claims that are about a token and not about its subject, or that a session has by itself.
const CLAIMS_OF_TOKENS: [&str; 14] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "sid",
    "sub",
];

/// A session that is to be started, for [`Sessions::start`](crate::Sessions::start).
///
/// ```
/// use auth_runtime::session::NewSession;
///
/// let session = NewSession::new("https://shop.example", "alice")
///     .roles(["support"])
///     .acr("urn:example:password")
///     .remember_me(true);
/// # let _ = session;
/// ```
#[must_use = "pass it to `Sessions::start`"]
#[derive(Clone)]
pub struct NewSession {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) provider_session_id: Option<String>,
    pub(super) label: Option<String>,
    pub(super) authenticated_at: Option<SystemTime>,
    pub(super) acr: Option<String>,
    pub(super) amr: Vec<String>,
    pub(super) scopes: Vec<String>,
    pub(super) scopes_are_complete: bool,
    pub(super) roles: Vec<String>,
    pub(super) roles_are_complete: bool,
    pub(super) claims: Map<String, Value>,
    pub(super) remember_me: bool,
    pub(super) secret: Option<Zeroizing<Vec<u8>>>,
}

impl NewSession {
    /// A session of `subject`, a name that `issuer` gives. Both become the [`id`](crate::Identity::id) of the caller's
    /// identity.
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            subject: subject.into(),
            provider_session_id: None,
            label: None,
            authenticated_at: None,
            acr: None,
            amr: Vec::new(),
            scopes: Vec::new(),
            scopes_are_complete: false,
            roles: Vec::new(),
            roles_are_complete: false,
            claims: Map::new(),
            remember_me: false,
            secret: None,
        }
    }

    /// A session of a caller that was just authenticated, for example by
    /// [`Auth::authenticate_password`](crate::Auth::authenticate_password): with the same scopes, roles and claims, and
    /// the same login (`auth_time`, `acr`, `sid`).
    pub fn of(caller: &Identity) -> Self {
        let data = caller.data();
        let owned = |values: &[Box<str>]| values.iter().map(ToString::to_string).collect();
        let mut claims: Map<String, Value> = caller.claims().unwrap_or_default();
        let amr = claims.get("amr").and_then(Value::as_array);
        let amr = amr.into_iter().flatten().filter_map(Value::as_str);
        let amr = amr.map(str::to_owned).collect();
        claims.retain(|name, _| !CLAIMS_OF_TOKENS.contains(&name.as_str()));
        Self {
            provider_session_id: caller.session_id().map(str::to_owned),
            authenticated_at: caller.authentication_time(),
            acr: caller.acr().map(str::to_owned),
            scopes: caller.scopes().iter().map(str::to_owned).collect(),
            // What was withheld may be held.
            scopes_are_complete: data.scopes.complete
                && data.scopes.withheld.iter().next().is_none(),
            roles: owned(&data.roles.granted),
            roles_are_complete: data.roles.complete && data.roles.withheld.is_empty(),
            amr,
            claims,
            ..Self::new(caller.issuer(), caller.subject())
        }
    }

    /// Sets all scopes of the caller. Without this call, no scope is granted, and `not(scope = "..")` denies.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self.scopes_are_complete = true;
        self
    }

    /// Sets all roles of the caller. Without this call, the caller has no role, and `not(role = "..")` denies.
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self.roles_are_complete = true;
        self
    }

    /// Adds a claim, for rules such as `claim("tenant" = "acme")` and for [`Claims`](crate::Claims). A value that can't
    /// be serialized as JSON is left out.
    pub fn claim(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.claims.insert(name.into(), value);
        }
        self
    }

    /// Sets the authentication context class of the login, for rules with `acr` (RFC 9470 section 4).
    pub fn acr(mut self, class: impl Into<String>) -> Self {
        self.acr = Some(class.into());
        self
    }

    /// Sets the methods of the login, such as `pwd` and `otp` (RFC 8176). They become the claim `amr`.
    pub fn amr<M: Into<String>>(mut self, methods: impl IntoIterator<Item = M>) -> Self {
        self.amr = methods.into_iter().map(Into::into).collect();
        self
    }

    /// Sets when the caller logged in, for rules with `max_age`. The default is now.
    pub fn authenticated_at(mut self, time: SystemTime) -> Self {
        self.authenticated_at = Some(time);
        self
    }

    /// Sets the session at the provider that the caller logged in with: the `sid` of the ID token. A logout token of
    /// the provider then ends this session ([`Auth::backchannel_logout`](crate::Auth::backchannel_logout)). The issuer
    /// of this session must be the provider.
    pub fn provider_session_id(mut self, id: impl Into<String>) -> Self {
        self.provider_session_id = Some(id.into());
        self
    }

    /// Sets a text for a page that [lists](crate::Sessions::list) the caller's sessions, such as the name of the
    /// device. The caller's identity does not have it, so no rule uses it.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Whether the browser keeps the session after the browser is closed, with the time-outs of
    /// [`Sessions::remember_me`](crate::Sessions::remember_me).
    pub fn remember_me(mut self, remember: bool) -> Self {
        self.remember_me = remember;
        self
    }

    /// Adds a secret that the store gets encrypted, such as the refresh token of a provider:
    /// [`Session::secret`](crate::Session::secret) returns it. It needs a
    /// [`sealing_key`](crate::Sessions::sealing_key).
    pub fn secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = Some(Zeroizing::new(secret.into()));
        self
    }
}

impl fmt::Debug for NewSession {
    /// Without the claims, which are personal data, and the secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewSession")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("remember_me", &self.remember_me)
            .finish_non_exhaustive()
    }
}
