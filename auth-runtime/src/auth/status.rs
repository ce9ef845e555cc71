//! How an `Auth` is doing, for health pages.

use futures_util::future::join_all;
use serde::Serialize;

use super::kind::ConfiguredKind;
use super::{Auth, contain_panic};
use crate::authenticator::{
    AuthenticatorStatus, IntrospectionStatus, IssuerStatus, TokenCacheStatus,
};
use crate::revocation::{RevocationList, RevocationStatus};

/// How an [`Auth`] is doing: for health pages, as JSON where `Serialize` is asked for it.
///
/// The texts of errors name addresses of issuers and stores: show them to those who run the service.
/// Names of fields stay as they are; further ones may come.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Identity, Router, require_auth};
/// use auth_runtime::auth::Status;
/// use auth_runtime::routing::get;
/// use auth_runtime::testing::Issuer;
/// use axum::{Json, body::Body, extract::State, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth(scope = "operations")]
/// async fn status(State(auth): State<Auth>) -> Json<Status> {
///     Json(auth.status())
/// }
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// assert_eq!(auth.status().issuers[0].keys, 1);
/// let app = Router::new().route("/status", get(status)).with_state(auth.clone()).with_auth(auth);
///
/// let request = |token: String| {
///     let value = format!("Bearer {token}");
///     Request::get("/status").header("authorization", value).body(Body::empty()).unwrap()
/// };
/// let operator = issuer.token("olivia").scope("operations").sign();
/// assert_eq!(app.clone().oneshot(request(operator)).await?.status(), 200);
/// let alice = issuer.token("alice").sign();
/// assert_eq!(app.oneshot(request(alice)).await?.status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Whether everything that credentials are judged by has been loaded once: see [`Auth::ready`].
    pub ready: bool,
    /// The kinds of credentials, in the order of the builder's calls.
    pub kinds: Vec<KindStatus>,
    /// The issuers of JWTs, in the order of the builder's calls.
    pub issuers: Vec<IssuerStatus>,
    /// The verified tokens that are remembered; none where there are no bearer tokens, or the cache
    /// is off.
    pub token_cache: Option<TokenCacheStatus>,
    /// What an authorization server is asked about opaque tokens, if one is.
    pub introspection: Option<IntrospectionStatus>,
    /// The list of revoked tokens, if there is one.
    pub revocation: Option<RevocationStatus>,
}

/// How one kind of credential is doing.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct KindStatus {
    /// The scheme of the kind.
    pub scheme: &'static str,
    /// Whether everything that its credentials are judged by has been loaded once.
    pub ready: bool,
    /// What went wrong last, if the kind reports it; none if nothing is wrong.
    pub last_error: Option<String>,
}

impl Auth {
    /// The current status. A kind of your own reports its part with
    /// [`Authenticator::status`](crate::authenticator::Authenticator::status).
    #[must_use]
    pub fn status(&self) -> Status {
        let mut status = Status {
            ready: self.is_ready(),
            kinds: Vec::with_capacity(self.0.kinds.len()),
            issuers: Vec::new(),
            token_cache: None,
            introspection: None,
            revocation: self.0.revocation.as_ref().map(RevocationList::status),
        };
        for kind in &self.0.kinds {
            let reported = contain_panic(|| kind.authenticator.status());
            let reported = reported.unwrap_or_else(|| AuthenticatorStatus {
                last_error: Some("`Authenticator::status` panicked".to_owned()),
                ..AuthenticatorStatus::default()
            });
            status.kinds.push(KindStatus {
                scheme: kind.scheme.as_str(),
                ready: kind.is_ready(),
                last_error: reported.last_error,
            });
            status.issuers.extend(reported.issuers);
            status.token_cache = status.token_cache.or(reported.token_cache);
            status.introspection = status.introspection.or(reported.introspection);
        }
        status
    }

    /// Returns when everything that credentials are judged by has been loaded once: the keys of all issuers,
    /// the list of revoked tokens, and what kinds of your own [wait for](crate::authenticator::Authenticator::ready). While
    /// an issuer is down, this does not return.
    ///
    /// A service need not wait: before that, a request with a token gets 503 or waits for the fetch
    /// that is under way.
    pub async fn ready(&self) {
        // At once, so that all of them start where `build` had no runtime to.
        join_all(self.0.kinds.iter().map(|kind| kind.authenticator.ready())).await;
        if let Some(list) = &self.0.revocation {
            list.ready().await;
        }
    }

    /// Whether [`ready`](Self::ready) would return at once. Once `true`, it stays `true`: an issuer that
    /// goes down later is no reason to take a service out of rotation that still knows its keys.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.kinds.iter().all(ConfiguredKind::is_ready)
            && self
                .0
                .revocation
                .as_ref()
                .is_none_or(RevocationList::is_ready)
    }
}

impl ConfiguredKind {
    /// A kind that panics is not ready.
    fn is_ready(&self) -> bool {
        contain_panic(|| self.authenticator.is_ready()).unwrap_or(false)
    }
}
