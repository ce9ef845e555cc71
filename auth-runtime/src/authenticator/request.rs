//! The request that an authenticator gets.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use http::Uri;
use http::request::Parts;

use super::AuthenticationError;
use crate::clock::Clock;
use crate::credential::ClientAddresses;
#[cfg(feature = "sessions")]
use crate::credential::find_cookie;
use crate::credential::{Authorization, Peer, Source};
use crate::identity::{Identity, IdentityBuilder, Provides};
use crate::revocation::RevocationList;
use crate::scheme::Scheme;
use crate::scope::Vocabulary;

/// The request that an [`Authenticator`](crate::authenticator::Authenticator) gets. Only this type creates
/// [identities](Self::identity).
#[derive(Clone, Copy)]
pub struct CredentialRequest<'a> {
    pub(crate) parts: &'a Parts,
    /// Returns the request target as it was sent. Most authenticators do not need it.
    pub(crate) target: fn(&Parts) -> &Uri,
    /// Read once for all kinds. `Absent` if it belongs to another kind.
    pub(crate) authorization: Authorization<'a>,
    /// The other end of the connection.
    pub(crate) peer: Peer,
    pub(crate) addresses: &'a ClientAddresses,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) scheme: Scheme,
    pub(crate) provides: Provides,
    pub(crate) vocabulary: &'a Arc<Vocabulary>,
    pub(crate) revocation: Option<&'a RevocationList>,
}

impl<'a> CredentialRequest<'a> {
    /// The request without its body. In a nested router the path lacks the prefix of the outer routers;
    /// to verify a signature use [`target`](Self::target).
    #[must_use]
    pub fn parts(&self) -> &'a Parts {
        self.parts
    }

    /// The path and the query as they were sent, however the router is nested.
    #[must_use]
    pub fn target(&self) -> &'a str {
        (self.target)(self.parts)
            .path_and_query()
            .map_or("", |target| target.as_str())
    }

    /// The credentials that the `Authorization` field has for `scheme` (RFC 9110 section 11.6.2),
    /// as they were sent, possibly empty. `None` if the field is missing, has another scheme, or belongs to
    /// another kind by its [prefix](Source::AuthorizationPrefix).
    #[must_use]
    pub fn authorization(&self, scheme: Scheme) -> Option<&'a [u8]> {
        self.authorization.credentials(scheme)
    }

    /// The value at `source`. `None` if it is missing or empty, or if it is an `Authorization` field that
    /// belongs to another kind by its [prefix](Source::AuthorizationPrefix).
    ///
    /// # Errors
    ///
    /// [`AuthenticationError::Repeated`] if there are several values, because different readers might
    /// choose different ones.
    pub fn find(&self, source: &Source) -> Result<Option<Cow<'a, [u8]>>, AuthenticationError> {
        // It is also `Absent` if the value belongs to another kind.
        if source.is_authorization() && self.authorization == Authorization::Absent {
            return Ok(None);
        }
        Ok(source.find(self.parts)?)
    }

    /// The value of the cookie with this name, as [`find`](Self::find).
    #[cfg(feature = "sessions")]
    pub(crate) fn cookie(&self, name: &str) -> Result<Option<Cow<'a, [u8]>>, AuthenticationError> {
        Ok(find_cookie(self.parts, name)?)
    }

    /// The address of the client: the peer of the connection, or the address that
    /// [trusted proxies](crate::AuthBuilder::trusted_proxies) forward. `None` if it is not known; an error
    /// that says what to do is then logged once. Reasons are:
    ///
    /// * The server does not provide it. axum does so for TCP with
    ///   `into_make_service_with_connect_info::<SocketAddr>()`, and tests use `MockConnectInfo<SocketAddr>`.
    /// * The request came through a Unix socket (see [`UnixPeer`](crate::UnixPeer)), and no
    ///   [trusted proxy](crate::AuthBuilder::trust_unix_peers) forwards the address.
    /// * The feature `failure-limit` is off.
    #[must_use]
    pub fn client_address(&self) -> Option<IpAddr> {
        self.addresses.find(self.peer, &self.parts.headers)
    }

    /// The current time, by the [`clock`](crate::AuthBuilder::clock) of the `Auth`.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Begins the identity of the authenticated caller: `subject`, as `issuer` names it. The scheme of
    /// this authenticator is part of the identity.
    pub fn identity(
        &self,
        issuer: impl AsRef<str>,
        subject: impl Into<Box<str>>,
    ) -> IdentityBuilder {
        Identity::builder(self.scheme, issuer.as_ref(), subject.into(), self.provides)
            .verified_at(self.now())
    }
}

impl std::fmt::Debug for CredentialRequest<'_> {
    /// Without the request, because it contains the credential.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CredentialRequest")
            .field("scheme", &self.scheme)
            .field("client_address", &self.client_address())
            .finish_non_exhaustive()
    }
}

#[cfg(all(
    test,
    any(
        feature = "api-keys",
        feature = "basic",
        feature = "introspection",
        feature = "sessions"
    )
))]
impl<'a> CredentialRequest<'a> {
    /// The request that `authenticator` gets from an `Auth` without proxies and without a vocabulary.
    pub(crate) fn to(
        authenticator: &impl super::Authenticator,
        parts: &'a Parts,
        peer: Option<IpAddr>,
        clock: &'a dyn Clock,
    ) -> Self {
        use std::sync::LazyLock;

        use crate::credential::TrustedProxies;

        static NO_PROXIES: LazyLock<ClientAddresses> =
            LazyLock::new(|| ClientAddresses::new(TrustedProxies::default()));
        static NO_VOCABULARY: LazyLock<Arc<Vocabulary>> = LazyLock::new(Arc::default);
        Self {
            parts,
            target: |parts| &parts.uri,
            authorization: Authorization::read(&parts.headers),
            peer: peer.map_or(Peer::Unknown, Peer::Address),
            addresses: &NO_PROXIES,
            clock,
            scheme: authenticator.scheme(),
            provides: authenticator.provides(),
            vocabulary: &NO_VOCABULARY,
            revocation: None,
        }
    }
}
