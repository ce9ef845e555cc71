//! Who presents a credential: the kinds of an `Auth` asked in their order.

use std::error::Error;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use http::Uri;
use http::request::Parts;

use super::authorization::owner;
use super::kind::ConfiguredKind;
use super::{Auth, contain_panic};
use crate::authenticator::{AuthenticationError, AuthenticationOutcome, CredentialRequest};
use crate::box_error::BoxError;
use crate::credential::{Authorization, Fingerprint, Peer, Source};
use crate::identity::{Identity, Provides};
use crate::keys::KeyCoolDown;
use crate::policy::{AttributedDenial, Denial};
use crate::scheme::Scheme;

/// How a request came here, which its parts don't say.
#[derive(Clone, Copy)]
pub(crate) struct RequestContext<'a> {
    /// The target as it was sent: a nested router sees a part of it only.
    pub(crate) target: &'a Uri,
    /// The other end of the connection.
    pub(crate) peer: Peer,
}

/// Why no caller was found in a request.
pub(crate) struct AuthenticationFailure {
    pub(crate) denied: AttributedDenial,
    /// Why the credential could not be judged, for the log.
    pub(crate) source: Option<BoxError>,
}

impl AuthenticationFailure {
    fn failed(source: &str, attempted: Option<Scheme>) -> Self {
        Self {
            denied: AttributedDenial::new(Denial::Failed, attempted),
            source: Some(source.into()),
        }
    }

    fn of(error: AuthenticationError, attempted: Scheme) -> Self {
        let (denial, source) = match error {
            AuthenticationError::Credentials => (Denial::InvalidCredentials, None),
            AuthenticationError::Token(fault) => (Denial::InvalidToken(fault), None),
            AuthenticationError::Repeated => (Denial::MultipleCredentials, None),
            AuthenticationError::TooManyAttempts { retry_after } => {
                (Denial::TooManyAttempts { retry_after }, None)
            }
            AuthenticationError::Unavailable {
                retry_after,
                source,
            } => (Denial::Unavailable { retry_after }, Some(source)),
            AuthenticationError::Failed { source } => (Denial::Failed, Some(source)),
        };
        Self {
            denied: AttributedDenial::new(denial, attempted),
            source,
        }
    }
}

impl From<Denial> for AuthenticationFailure {
    fn from(denial: Denial) -> Self {
        Self {
            denied: AttributedDenial::new(denial, None),
            source: None,
        }
    }
}

impl Auth {
    /// Who presents a credential in `request`; nobody if there is none. The first kind that is
    /// present decides (row A15).
    ///
    /// `schemes` are the kinds accepted here, empty for all.
    pub(crate) async fn authenticate(
        &self,
        request: &Parts,
        sent: RequestContext<'_>,
        schemes: &[Scheme],
    ) -> Result<Option<Identity>, AuthenticationFailure> {
        if self.accepted(schemes).next().is_none() {
            return Err(AuthenticationFailure::failed(
                "the route accepts no kind of credential that its `Auth` has",
                None,
            ));
        }
        let authorization = Authorization::read(&request.headers);
        if authorization == Authorization::Multiple {
            return Err(Denial::MultipleCredentials.into());
        }
        let owner = owner(&self.0.kinds, authorization);
        for kind in self.accepted(schemes) {
            let credential_request = CredentialRequest {
                parts: request,
                target: sent.target,
                authorization: kind.visible_authorization(authorization, owner),
                peer: sent.peer,
                addresses: &self.0.addresses,
                clock: &*self.0.clock,
                scheme: kind.scheme,
                provides: kind.provides,
                vocabulary: &self.0.vocabulary,
            };
            let failed =
                || AuthenticationFailure::failed("the authenticator panicked", Some(kind.scheme));
            let authentication =
                contain_panic(|| kind.authenticator.authenticate(credential_request))
                    .ok_or_else(failed)?;
            let result = match authentication {
                AuthenticationOutcome::Absent => continue,
                AuthenticationOutcome::Decided(result) => result,
                AuthenticationOutcome::Pending(future) => AssertUnwindSafe(future)
                    .catch_unwind()
                    .await
                    .map_err(|_| failed())?,
            };
            return result
                .map(|mut identity| {
                    identity.add_implied_scopes(&self.0.vocabulary);
                    Some(identity)
                })
                .map_err(|error| AuthenticationFailure::of(error, kind.scheme));
        }
        // A credential was sent, if one that is of no use here: not even a route that lets
        // everybody in takes such a caller for nobody (row C13b).
        let not_accepted = !matches!(authorization, Authorization::Absent)
            || self
                .0
                .kinds
                .iter()
                .flat_map(|kind| &kind.sources)
                .any(|source| source.is_present(request));
        if not_accepted {
            return Err(Denial::UnsupportedScheme.into());
        }
        Ok(None)
    }

    pub(super) fn accepted(&self, schemes: &[Scheme]) -> impl Iterator<Item = &ConfiguredKind> {
        let kinds = self.0.kinds.iter();
        kinds.filter(move |kind| accepts(schemes, kind.scheme))
    }

    /// What callers of these kinds can have, empty for all; `None` if there is no such kind.
    pub(crate) fn provides(&self, schemes: &[Scheme]) -> Option<Provides> {
        let kinds = self.accepted(schemes);
        kinds.map(|kind| kind.provides).reduce(Provides::or)
    }

    pub(super) fn kind(&self, scheme: Scheme) -> Option<&ConfiguredKind> {
        self.0.kinds.iter().find(|kind| kind.scheme == scheme)
    }

    /// What of `request` its authentication depends on; `None` if that can't be told.
    pub(crate) fn fingerprint(&self, request: &Parts, target: &Uri) -> Option<Fingerprint> {
        self.0.sources.fingerprint(request, target)
    }

    /// Whether `request` still holds what it was authenticated by.
    pub(crate) fn still_holds(
        &self,
        fingerprint: &Fingerprint,
        request: &Parts,
        target: &Uri,
    ) -> bool {
        self.0.sources.matches(fingerprint, request, target)
    }

    /// Whether `request` still holds a credential of this kind that `fingerprint` was made from.
    pub(crate) fn still_presents(
        &self,
        scheme: Scheme,
        fingerprint: &Fingerprint,
        request: &Parts,
    ) -> bool {
        self.kind(scheme)
            .is_none_or(|kind| fingerprint.still_in(&kind.sources, request))
    }

    /// Whether `fingerprint` was made from a credential of this kind that `request` still holds.
    pub(crate) fn presented(
        &self,
        scheme: Scheme,
        fingerprint: &Fingerprint,
        request: &Parts,
    ) -> bool {
        self.kind(scheme)
            .is_some_and(|kind| fingerprint.shares_credential(&kind.sources, request))
    }

    /// The token in `Authorization` that `identity` was authenticated by. `None` if that was another kind of
    /// credential, or if its kind also reads other places.
    pub(crate) fn bearer_token<'a>(
        &self,
        identity: &Identity,
        request: &'a Parts,
    ) -> Option<&'a [u8]> {
        let kind = self.kind(identity.scheme())?;
        let is_bearer =
            kind.scheme == Scheme::BEARER && kind.sources.iter().all(Source::is_authorization);
        let authorization = Authorization::read(&request.headers);
        is_bearer.then(|| authorization.credentials(kind.challenge().scheme))?
    }

    /// What the answer to a caller needs who used this kind in `request`.
    pub(crate) fn exposure(&self, scheme: Scheme, request: &Parts) -> Exposure {
        let used = self
            .kind(scheme)
            .into_iter()
            .flat_map(|kind| &kind.sources)
            .filter(|source| !source.is_authorization())
            .filter(|source| **source == Source::Connection || source.is_present(request));
        used.fold(Exposure::None, |exposure, source| match source {
            Source::Query(_) => Exposure::Query,
            _ => exposure.max(Exposure::Private),
        })
    }
}

/// How far a credential got around that was not in `Authorization`, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exposure {
    /// It was in `Authorization`, which shared caches know of.
    None,
    /// It was where a shared cache does not look (RFC 9111 section 3.5).
    Private,
    /// It was in the query: in the address that a browser sends on as the referrer.
    Query,
}

/// Whether a request was answered 503 only because of the cool-down of key fetches. Any client can cause
/// this with a made-up `kid`, and it ends without intervention.
pub(crate) fn is_key_cool_down(source: &(dyn Error + 'static)) -> bool {
    source.is::<KeyCoolDown>()
}

fn accepts(schemes: &[Scheme], scheme: Scheme) -> bool {
    schemes.is_empty() || schemes.contains(&scheme)
}
