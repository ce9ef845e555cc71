//! What every kind of credential is to the rest of the crate, ours and the application's own.

use std::future::Future;
use std::pin::Pin;

use http::request::Parts;

use super::{AuthenticationError, AuthenticatorStatus, Challenge, CredentialRequest, FaultDetail};
use crate::box_error::BoxError;
use crate::credential::Source;
use crate::identity::{Identity, Provides};
use crate::scheme::Scheme;
use crate::token_fault::TokenFault;

/// A kind of credential: finds it in a request and says whose it is.
///
/// Bearer tokens, Basic and API keys are built on this trait and on nothing else. Of the kinds that
/// an [`Auth`](crate::Auth) has and a route accepts, the first in declaration order that is
/// *present* in a request decides, good or bad.
///
/// This one takes a header that a gateway has signed:
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
/// let gateway = || Gateway { secret: b"known to us and to the gateway".to_vec() };
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
    /// The name of this kind: what `scheme = ..` says, and the scheme of its challenge.
    fn scheme(&self) -> Scheme;

    /// Everything of a request that [`authenticate`](Self::authenticate) goes by. A result is used
    /// again, by extractors and further guards, while these places hold the same; answers to
    /// credentials from anywhere but `Authorization` are marked `Cache-Control: private`.
    ///
    /// Two kinds can read the same scheme of `Authorization`, such as `Bearer`, if one of them has a prefix:
    /// see [`Source::authorization_prefix`].
    fn sources(&self) -> Vec<Source>;

    /// What its identities can have at all. What one has beyond this is not granted.
    fn provides(&self) -> Provides;

    /// Looks for its credential, and judges the one it finds.
    ///
    /// Whether there is one is decided at once. What takes time is
    /// [`Pending`](AuthenticationOutcome::Pending); it is dropped if the client goes away.
    fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a>;

    /// The challenge that asks for this kind (RFC 9110 section 11.6.1): by default the scheme and
    /// the realm.
    fn challenge(&self, request: &Parts) -> Challenge {
        let _ = request;
        Challenge::new(self.scheme())
    }

    /// What is wrong with its configuration: [`AuthBuilder::build`](crate::AuthBuilder::build)
    /// reports it together with everything else. By default nothing.
    fn faults(&self) -> Vec<BoxError> {
        Vec::new()
    }

    /// Returns when everything that credentials are judged by has been loaded once, such as keys that are
    /// fetched: see [`Auth::ready`](crate::Auth::ready). By default there is nothing to load.
    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }

    /// Whether [`ready`](Self::ready) would return at once. Once `true`, it stays `true`: see
    /// [`Auth::is_ready`](crate::Auth::is_ready).
    fn is_ready(&self) -> bool {
        true
    }

    /// Its part of [`Auth::status`](crate::Auth::status). By default there is nothing to report.
    fn status(&self) -> AuthenticatorStatus {
        AuthenticatorStatus::default()
    }

    /// What the log says about a credential in `request` that was refused with
    /// [`AuthenticationError::Token`], in addition to the fault. It is called only if the denial is logged.
    /// By default nothing.
    fn fault_detail(&self, request: &Parts, fault: TokenFault) -> Option<FaultDetail> {
        let _ = (request, fault);
        None
    }
}

/// What came of looking for a credential.
#[must_use]
#[non_exhaustive]
pub enum AuthenticationOutcome<'a> {
    /// There is none of this kind: the next kind is asked. A header, cookie or parameter of its
    /// [`sources`](Authenticator::sources) that is there after all is not taken for nobody: 401.
    Absent,
    /// There is one, and this is what it is worth.
    Decided(Result<Identity, AuthenticationError>),
    /// There is one, and to judge it takes time.
    Pending(Pin<Box<dyn Future<Output = Result<Identity, AuthenticationError>> + Send + 'a>>),
}

impl<'a> AuthenticationOutcome<'a> {
    /// [`Pending`](Self::Pending) on a future.
    pub fn pending(
        future: impl Future<Output = Result<Identity, AuthenticationError>> + Send + 'a,
    ) -> AuthenticationOutcome<'a> {
        Self::Pending(Box::pin(future))
    }

    /// What it comes to, where there certainly is a credential.
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
