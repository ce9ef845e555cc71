//! The trait of all kinds of credentials, those of this crate and those of applications.

use std::future::Future;
use std::pin::Pin;

use http::request::Parts;

use super::{AuthenticationError, AuthenticatorStatus, Challenge, CredentialRequest, FaultDetail};
use crate::box_error::BoxError;
use crate::credential::Source;
use crate::identity::{Identity, Provides};
use crate::revocation::Revoked;
use crate::scheme::Scheme;
use crate::token_fault::TokenFault;

/// A kind of credential: finds the credential in a request and verifies it.
///
/// Bearer tokens, Basic and API keys are implementations of this trait. If a request has credentials
/// of several kinds, the first one decides, in the order in which the kinds were added to the
/// [`Auth`](crate::Auth), even if it is invalid. Kinds that the route does not accept are skipped. Kinds that browsers
/// send by themselves come after all others.
///
/// This example verifies a header that a gateway has signed:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Identity, Router, Scheme, require_auth};
/// use auth_runtime::authenticator::{
///     AuthenticationError, AuthenticationOutcome, Authenticator, CredentialRequest, Source,
/// };
/// use auth_runtime::identity::Provides;
/// use auth_runtime::routing::get;
/// use axum::{body::Body, http::Request};
/// use base64::{Engine, engine::general_purpose::STANDARD};
/// use hmac::{Hmac, KeyInit, Mac};
/// use sha2::Sha256;
/// use tower::ServiceExt;
///
/// const GATEWAY: Scheme = Scheme::new("Gateway");
///
/// /// `X-Gateway-User: alice.<base64 of HMAC-SHA256("GET /orders alice")>`
/// struct Gateway {
///     secret: Vec<u8>,
/// }
///
/// impl Gateway {
///     fn mac(&self, request_line: &str, user: &str) -> Hmac<Sha256> {
///         let mac = Hmac::new_from_slice(&self.secret).expect("any length is fine");
///         mac.chain_update(request_line).chain_update(" ").chain_update(user)
///     }
/// }
///
/// impl Authenticator for Gateway {
///     fn scheme(&self) -> Scheme {
///         GATEWAY
///     }
///
///     fn sources(&self) -> Vec<Source> {
///         // The signature covers the request line too.
///         vec![Source::header("x-gateway-user"), Source::RequestLine]
///     }
///
///     fn provides(&self) -> Provides {
///         Provides::NONE // no scopes, no roles, no claims
///     }
///
///     fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
///         let value = match request.find(&Source::header("x-gateway-user")) {
///             Ok(Some(value)) => value,
///             Ok(None) => return AuthenticationOutcome::Absent,
///             Err(error) => return Err(error).into(),
///         };
///         let caller = std::str::from_utf8(&value)
///             .ok()
///             .and_then(|value| value.rsplit_once('.'))
///             .and_then(|(user, tag)| Some((user, STANDARD.decode(tag).ok()?)))
///             .filter(|(user, tag)| {
///                 let line = format!("{} {}", request.parts().method, request.target());
///                 self.mac(&line, user).verify_slice(tag).is_ok() // in constant time
///             });
///         match caller {
///             Some((user, _)) => Ok(request.identity("gateway", user).build()),
///             None => Err(AuthenticationError::Credentials),
///         }
///         .into()
///     }
/// }
///
/// #[require_auth(scheme = GATEWAY)]
/// async fn orders(caller: Identity) -> String {
///     format!("orders of {}", caller.subject())
/// }
///
/// let gateway = || Gateway { secret: b"shared with the gateway".to_vec() };
/// let auth = Auth::builder().authenticator(gateway()).build()?;
/// let app = Router::new().route("/orders", get(orders)).with_auth(auth);
///
/// let request = |value: String| {
///     Request::get("/orders").header("x-gateway-user", value).body(Body::empty()).unwrap()
/// };
/// let tag = STANDARD.encode(gateway().mac("GET /orders", "alice").finalize().into_bytes());
/// assert_eq!(app.clone().oneshot(request(format!("alice.{tag}"))).await?.status(), 200);
/// let forged = app.clone().oneshot(request(format!("mallory.{tag}"))).await?;
/// assert_eq!(forged.status(), 401);
/// assert_eq!(forged.headers()["www-authenticate"], "Gateway realm=\"api\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// The name of this kind, for `scheme = ..` in rules, and the scheme of its challenge.
    fn scheme(&self) -> Scheme;

    /// All parts of a request that [`authenticate`](Self::authenticate) reads.
    ///
    /// Extractors and further guards reuse a result as long as these parts do not change. Responses to requests with a
    /// credential outside of `Authorization` get `Cache-Control: private`, and for a page navigation with a cookie
    /// `no-store`. If browsers fill one of these parts by themselves, such as a cookie,
    /// [cross-site requests](crate::AuthBuilder::public_origin) with it are refused.
    ///
    /// Two kinds can read the same scheme of `Authorization`, such as `Bearer`, if one of them has a prefix:
    /// see [`Source::authorization_prefix`].
    fn sources(&self) -> Vec<Source>;

    /// Which data its identities can have. Other data of an identity is ignored.
    fn provides(&self) -> Provides;

    /// Finds the credential in the request and verifies it.
    ///
    /// Whether there is a credential must be known at once. If verifying it takes time, return
    /// [`Pending`](AuthenticationOutcome::Pending). The future is dropped if the client disconnects.
    fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a>;

    /// The challenge for this kind in `WWW-Authenticate` (RFC 9110 section 11.6.1). The default has
    /// the scheme and the realm.
    fn challenge(&self, request: &Parts) -> Challenge {
        let _ = request;
        Challenge::new(self.scheme())
    }

    /// Errors of its configuration. [`AuthBuilder::build`](crate::AuthBuilder::build) reports them
    /// together with all others. The default is empty.
    fn faults(&self) -> Vec<BoxError> {
        Vec::new()
    }

    /// Waits until everything that is needed to verify credentials has been loaded once, such as keys
    /// that are fetched: see [`Auth::ready`](crate::Auth::ready). The default returns at once.
    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }

    /// Whether [`ready`](Self::ready) would return at once. Once `true`, it stays `true`: see
    /// [`Auth::is_ready`](crate::Auth::is_ready).
    fn is_ready(&self) -> bool {
        true
    }

    /// Revokes the credentials that this kind keeps in a store. [`Auth::revoke`](crate::Auth::revoke) and
    /// [logouts by an issuer](crate::Auth::backchannel_logout) call it for every kind.
    ///
    /// Implement it if credentials may live longer than the
    /// [list of revoked tokens](crate::AuthBuilder::revocation) remembers, and refuse the revoked ones in
    /// [`authenticate`](Self::authenticate). If they live no longer, it is enough that the kind says when they were
    /// [issued](crate::identity::IdentityBuilder::issued_at): then the list is asked about them in every request, also
    /// if the kind has cached the identity.
    ///
    /// Returns `true` if this kind keeps such credentials: those that `revoked` covers are revoked then, even if there
    /// are none. Returns `false` if [the issuer](Revoked::issued_by) is not the one of its identities. The default
    /// returns `false`. An example is in the [guide](crate::guide::own_kind#revocation).
    ///
    /// # Errors
    ///
    /// The credentials may or may not be revoked. `Auth::revoke` returns the error, and its caller tries again. A panic
    /// is an error as well.
    fn revoke<'a>(
        &'a self,
        revoked: &'a Revoked,
    ) -> Pin<Box<dyn Future<Output = Result<bool, BoxError>> + Send + 'a>> {
        let _ = revoked;
        Box::pin(std::future::ready(Ok(false)))
    }

    /// Its part of [`Auth::status`](crate::Auth::status). The default is empty.
    fn status(&self) -> AuthenticatorStatus {
        AuthenticatorStatus::default()
    }

    /// Details for the log about the credential in `request`, which was refused with
    /// [`AuthenticationError::Token`]. It is called only if the denial is logged. The default is `None`.
    fn fault_detail(&self, request: &Parts, fault: TokenFault) -> Option<FaultDetail> {
        let _ = (request, fault);
        None
    }
}

/// The outcome of [`Authenticator::authenticate`].
#[must_use]
#[non_exhaustive]
pub enum AuthenticationOutcome<'a> {
    /// The request has no credential of this kind. The next kind is tried. If the request nevertheless
    /// has a header, cookie or parameter of its [`sources`](Authenticator::sources), the caller is not
    /// treated as anonymous: the answer is 401.
    Absent,
    /// The request has a credential, and this is the result of verifying it.
    Decided(Result<Identity, AuthenticationError>),
    /// The request has a credential, and verifying it takes time.
    Pending(Pin<Box<dyn Future<Output = Result<Identity, AuthenticationError>> + Send + 'a>>),
}

impl<'a> AuthenticationOutcome<'a> {
    /// [`Pending`](Self::Pending) with a future.
    pub fn pending(
        future: impl Future<Output = Result<Identity, AuthenticationError>> + Send + 'a,
    ) -> AuthenticationOutcome<'a> {
        Self::Pending(Box::pin(future))
    }

    /// The result for a request that is known to have a credential.
    pub(crate) async fn settle(self) -> Result<Identity, AuthenticationError> {
        match self {
            Self::Absent => Err(AuthenticationError::Credentials),
            Self::Decided(result) => result,
            Self::Pending(future) => future.await,
        }
    }
}

impl From<Result<Identity, AuthenticationError>> for AuthenticationOutcome<'_> {
    fn from(result: Result<Identity, AuthenticationError>) -> Self {
        Self::Decided(result)
    }
}
