//! The status of an `Auth`, for health pages.

use futures_util::future::join_all;
use serde::Serialize;

use super::kind::ConfiguredKind;
use super::{Auth, contain_panic};
use crate::authenticator::{
    AuthenticatorStatus, IntrospectionStatus, IssuerStatus, TokenCacheStatus,
};
use crate::revocation::{RevocationList, RevocationStatus};

/// The status of an [`Auth`], for health pages. It implements `Serialize`.
///
/// The texts of errors contain addresses of issuers and stores: show them only to operators of the
/// service. The names of fields are stable; fields may be added.
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
    /// Whether everything that is needed to verify credentials has been loaded once: see [`Auth::ready`].
    pub ready: bool,
    /// The kinds of credentials, in the order of the builder's calls.
    pub kinds: Vec<KindStatus>,
    /// The issuers of JWTs, in the order of the builder's calls.
    pub issuers: Vec<IssuerStatus>,
    /// The cache of verified tokens; `None` if there are no bearer tokens, or the cache is off.
    pub token_cache: Option<TokenCacheStatus>,
    /// The introspection of opaque tokens, if it is configured.
    pub introspection: Option<IntrospectionStatus>,
    /// The list of revoked tokens, if there is one.
    pub revocation: Option<RevocationStatus>,
}

/// The status of one kind of credential.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct KindStatus {
    /// The scheme of the kind.
    pub scheme: &'static str,
    /// Whether everything that is needed to verify its credentials has been loaded once.
    pub ready: bool,
    /// The last error, if the kind reports it; `None` if there is no error.
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

    /// Waits until everything that is needed to verify credentials has been loaded once: the keys of all
    /// issuers, the list of revoked tokens, and what your own kinds of credentials
    /// [need](crate::authenticator::Authenticator::ready). If an issuer is down, this waits until it is up.
    ///
    /// Calling this is optional. Until the keys are loaded, requests with tokens wait for the fetch in
    /// progress or get 503.
    pub async fn ready(&self) {
        // Concurrently, so that all of them start to load, if `build` was called outside of a runtime.
        join_all(self.0.kinds.iter().map(|kind| kind.authenticator.ready())).await;
        if let Some(list) = &self.0.revocation {
            list.ready().await;
        }
    }

    /// Whether [`ready`](Self::ready) would return at once. Once `true`, it stays `true`: if an issuer goes
    /// down later, the service can still use its keys and need not be taken out of rotation.
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
    /// `false` if the authenticator panics.
    fn is_ready(&self) -> bool {
        contain_panic(|| self.authenticator.is_ready()).unwrap_or(false)
    }
}
