//! The [`Identity`] of a caller, and the builder with which kinds of credentials make one.

mod auth_id;
mod builder;
mod enrichment;
mod held;
mod provides;
mod typed;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use auth_id::AuthId;
pub use builder::IdentityBuilder;
pub(crate) use held::Held;
pub use provides::Provides;

use crate::clock::Timestamp;
use crate::scheme::Scheme;
use crate::scope::{Scopes, Vocabulary};

/// An authenticated caller. Cheap to clone: it is reference-counted.
///
/// It is an extractor. On a route with a guard it returns the caller that the guard let in. On a route without
/// one it authenticates the request itself, and responds with 401 to an anonymous caller.
///
/// Compare and store [`id`](Self::id), which is the issuer and the subject together: two issuers may use the
/// same subject for different people.
///
/// In middleware it is the caller of *any* kind of credential. If a request has several credentials, a route
/// with `scheme = ..` may find another caller. Two guards never accept different callers in one request.
#[derive(Clone)]
pub struct Identity {
    inner: Arc<Inner>,
    /// The `Auth` that authenticated the caller. It is not in `Inner`, so that several `Auth`s can share an
    /// authenticator that caches identities. `None` until the authentication is complete.
    auth: Option<AuthId>,
}

#[derive(Clone)]
struct Inner {
    data: IdentityData,
    /// The claims as the JSON text of an object. Most handlers do not need them, so they are parsed on first
    /// use.
    payload: Vec<u8>,
    /// The parsed claims. Boxed, because most identities never have them.
    claims: OnceLock<Box<Value>>,
    /// The vocabulary whose implied scopes have been added.
    implied_by: Option<Arc<Vocabulary>>,
}

/// The data of a caller from an authenticator, without the claims.
#[derive(Clone)]
pub(crate) struct IdentityData {
    pub(crate) id: IdentityId,
    pub(crate) scheme: Scheme,
    pub(crate) scopes: Held<Scopes>,
    pub(crate) roles: Held<Vec<Box<str>>>,
    pub(crate) acr: Option<Box<str>>,
    pub(crate) authentication_time: Option<Timestamp>,
    /// The tolerated difference of the issuer's clock, in seconds.
    pub(crate) leeway: u64,
    pub(crate) expiry: Option<Timestamp>,
    pub(crate) revocable: Revocable,
}

/// The properties by which a credential can be revoked, in addition to issuer and subject.
#[derive(Clone, Debug, Default)]
pub(crate) struct Revocable {
    pub(crate) token_id: Option<Box<str>>,
    pub(crate) session_id: Option<Box<str>>,
    pub(crate) issued_at: IssuedAt,
}

/// When a credential was issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum IssuedAt {
    /// The credential may be of any age, as a token without `iat`.
    #[default]
    Unknown,
    Known(Timestamp),
    /// The kind of credential does not say when its credentials are issued.
    Unstated {
        verified_at: Timestamp,
    },
}

impl Identity {
    /// `payload` is the JSON text of the claims, an object.
    pub(crate) fn new(data: IdentityData, payload: Vec<u8>) -> Self {
        Self {
            inner: Arc::new(Inner {
                data,
                payload,
                claims: OnceLock::new(),
                implied_by: None,
            }),
            auth: None,
        }
    }

    /// Called with the result of each authentication.
    pub(crate) fn set_auth(&mut self, auth: AuthId) {
        self.auth = Some(auth);
    }

    /// Whether this `Auth` authenticated the caller.
    pub(crate) fn is_from(&self, auth: AuthId) -> bool {
        self.auth == Some(auth)
    }

    /// Whether both are clones of one identity.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    pub(crate) fn data(&self) -> &IdentityData {
        &self.inner.data
    }

    /// Adds the implied scopes. A withheld scope implies withheld scopes only.
    ///
    /// It does nothing the second time, so that an authenticator that caches identities can call it once for
    /// many requests.
    pub(crate) fn add_implied_scopes(&mut self, vocabulary: &Arc<Vocabulary>) {
        let done = self.inner.implied_by.as_ref();
        if !vocabulary.has_implications() || done.is_some_and(|done| Arc::ptr_eq(done, vocabulary))
        {
            return;
        }
        let held = &self.data().scopes;
        let granted = vocabulary.implied_by(&held.granted);
        let withheld = vocabulary.implied_by(&held.withheld);
        if granted.is_empty() && withheld.is_empty() {
            if let Some(inner) = Arc::get_mut(&mut self.inner) {
                inner.implied_by = Some(Arc::clone(vocabulary));
            }
            return;
        }
        // Copied, because the cache of an authenticator may serve an `Auth` with another vocabulary as well.
        let inner = Arc::make_mut(&mut self.inner);
        for scope in granted {
            inner.data.scopes.granted.push(scope.as_str());
        }
        for scope in withheld {
            inner.data.scopes.withheld.push(scope.as_str());
        }
        inner.implied_by = Some(Arc::clone(vocabulary));
    }

    /// An upper estimate of its memory in bytes: the claims as text and parsed, and the data that was read from
    /// them. A parsed object or array takes far more memory than its text.
    pub(crate) fn size(&self) -> usize {
        const NODE: usize = 768;
        const VALUE: usize = size_of::<Value>();
        let payload = &self.inner.payload;
        let containers = count(payload, |byte| matches!(byte, b'{' | b'['));
        let commas = count(payload, |byte| byte == b',');
        let parsed = NODE * containers + 2 * VALUE * commas;
        let additional =
            self.inner.data.scopes.additional_size() + self.inner.data.roles.additional_size();
        size_of::<Inner>() + 4 * payload.len() + parsed + additional
    }

    /// Whether the credential has expired, with the leeway.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        let IdentityData { expiry, leeway, .. } = self.data();
        expiry.is_some_and(|expiry| expiry.saturating_add(*leeway) <= now)
    }

    /// The claim at `name`: a member, or a JSON pointer if it begins with `/`.
    pub(crate) fn claim_value(&self, name: &str) -> Option<&Value> {
        let claims = self.inner.claims.get_or_init(|| {
            Box::new(serde_json::from_slice(&self.inner.payload).unwrap_or_default())
        });
        if name.starts_with('/') {
            claims.pointer(name)
        } else {
            claims.get(name)
        }
    }

    /// The caller's identifier, issuer and subject. Use it to check who owns a resource.
    #[must_use]
    pub fn id(&self) -> &IdentityId {
        &self.data().id
    }

    /// The subject, unique only within its [`issuer`](Self::issuer).
    #[must_use]
    pub fn subject(&self) -> &str {
        self.data().id.subject()
    }

    /// The issuer of the credential: the `iss` of the token, byte for byte.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.data().id.issuer()
    }

    /// The kind of credential that was presented.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.data().scheme
    }

    /// The granted scopes, after the issuer's [`grants`](crate::Jwt::grants) are applied, and the scopes that
    /// [they imply](crate::AuthBuilder::scope_implies).
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.data().scopes.granted
    }

    /// Whether `scope` is granted, directly or by implication. The comparison is exact and case-sensitive.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().contains(scope)
    }

    /// The roles of the caller, after the issuer's [`grants`](crate::Jwt::grants) are applied.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.data().roles.granted.iter().map(AsRef::as_ref)
    }

    /// Whether the caller has `role`. The comparison is exact and case-sensitive.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles().any(|held| held == role)
    }

    /// The authentication context class the caller logged in with (`acr`, RFC 9470 section 4).
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.data().acr.as_deref()
    }

    /// When the caller logged in (`auth_time`), which may be long before the token was issued.
    #[must_use]
    pub fn authentication_time(&self) -> Option<SystemTime> {
        self.data()
            .authentication_time
            .and_then(Timestamp::to_system_time)
    }

    /// The session, that is the login, of the caller: the `sid` of the token. [`Revoked::session`] with it ends the
    /// tokens of this login. `None` if the token has no `sid`, and for other kinds of credentials unless they
    /// [set it](IdentityBuilder::session_id).
    ///
    /// [`Revoked::session`]: crate::revocation::Revoked::session
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.data().revocable.session_id.as_deref()
    }

    /// When the credential expires, without the leeway.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.data().expiry.and_then(Timestamp::to_system_time)
    }

    /// Deserializes all claims of the credential. They are as the issuer signed them: neither
    /// [`grants`](crate::Jwt::grants) nor implied scopes are applied to them.
    ///
    /// # Errors
    ///
    /// The claims can't be deserialized as `T`.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, ClaimsError> {
        serde_json::from_slice(&self.inner.payload).map_err(|error| ClaimsError {
            expected: std::any::type_name::<T>(),
            claim: missing_field(&error),
            whole: true,
        })
    }
}

/// The number of bytes for which `is_counted` returns `true`. Counters of one byte, which are enough for a chunk, let
/// the compiler use vector instructions.
fn count(bytes: &[u8], is_counted: impl Fn(u8) -> bool) -> usize {
    bytes
        .chunks(u8::MAX.into())
        .map(|chunk| {
            let counted = chunk.iter().map(|byte| u8::from(is_counted(*byte)));
            usize::from(counted.sum::<u8>())
        })
        .sum()
}

impl fmt::Debug for Identity {
    /// Shows issuer, subject, scopes and roles. The claims are personal data that must not be logged.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("issuer", &self.issuer())
            .field("subject", &self.subject())
            .field("scopes", &self.data().scopes.granted)
            .field("roles", &self.data().roles.granted)
            .finish_non_exhaustive()
    }
}

/// The identifier of a caller: issuer and subject.
///
/// ```
/// use auth_runtime::IdentityId;
///
/// let alice = IdentityId::new("https://issuer.example", "alice");
/// assert_eq!(alice.subject(), "alice");
/// assert_ne!(alice, IdentityId::new("https://other.example", "alice"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentityId {
    issuer: Arc<str>,
    subject: Box<str>,
}

impl IdentityId {
    /// The identifier of `subject` at `issuer`, for example from your own database.
    pub fn new(issuer: impl Into<Arc<str>>, subject: impl Into<Box<str>>) -> Self {
        Self {
            issuer: issuer.into(),
            subject: subject.into(),
        }
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The subject, unique only within its issuer.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

// `row.owner == caller.id()` compares a stored value with a borrowed one.
impl PartialEq<&IdentityId> for IdentityId {
    fn eq(&self, other: &&IdentityId) -> bool {
        self == *other
    }
}

/// The claims of a credential can't be deserialized as the requested type.
///
/// The message names the type and never a claim: serde's own message quotes the invalid value, and errors are
/// logged.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub struct ClaimsError {
    expected: &'static str,
    /// The claim that is missing or has another form. `None` if it is not known.
    claim: Option<String>,
    /// Whether all claims were deserialized, and not only one.
    whole: bool,
}

impl ClaimsError {
    /// The field whose claim is missing, if that is the error.
    pub(crate) fn missing(&self) -> Option<&str> {
        self.claim.as_deref()
    }

    fn message(&self) -> String {
        let expected = self.expected;
        match &self.claim {
            Some(claim) if !self.whole => {
                format!("the claim `{claim}` is missing or is not a `{expected}`")
            }
            _ => format!("the claims do not have the shape of `{expected}`"),
        }
    }
}

/// The name of the field in serde's message for a missing field. Other messages are not used, because they may
/// contain values of claims.
fn missing_field(error: &serde_json::Error) -> Option<String> {
    let message = error.to_string();
    let (name, _) = message.strip_prefix("missing field `")?.split_once('`')?;
    Some(name.to_owned())
}
