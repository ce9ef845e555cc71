//! Authenticates a request: tries the kinds of an `Auth` in order.

use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderValue, Uri};

use super::authorization::owner;
use super::kind::ConfiguredKind;
use super::{Auth, contain_panic};
use crate::authenticator::{AuthenticationError, AuthenticationOutcome, CredentialRequest};
use crate::box_error::BoxError;
use crate::credential::{Authorization, Fingerprint, Peer, Repeated, Source, is_page_navigation};
use crate::identity::{Identity, Provides};
use crate::keys::KeyCoolDown;
use crate::policy::{AttributedDenial, Denial};
use crate::scheme::Scheme;

/// What is read once for all authenticators, and what the parts of the request do not contain.
#[derive(Clone, Copy)]
pub(crate) struct RequestContext<'a> {
    /// The only line of `Authorization`.
    pub(crate) authorization: Result<Option<&'a HeaderValue>, Repeated>,
    /// Returns the request target as it was sent. A nested router sees only a part of it.
    pub(crate) target: fn(&Parts) -> &Uri,
    /// The other end of the connection.
    pub(crate) peer: Peer,
}

/// The authentication of a request. Most requests do not wait for it. The future is boxed, because it would make the
/// future of every handler larger.
pub(crate) enum Authentication<'a> {
    Done(AuthenticationResult),
    Pending(Pin<Box<dyn Future<Output = AuthenticationResult> + Send + 'a>>),
}

/// `None` if the caller is anonymous.
pub(crate) type AuthenticationResult = Result<Option<Identity>, AuthenticationFailure>;

/// Why a request could not be authenticated.
pub(crate) enum AuthenticationFailure {
    /// The request has a credential, but not of an accepted kind.
    UnsupportedScheme,
    /// This `Auth` did not authenticate the identity. The kind is that of its credential.
    OtherAuth(Scheme),
    /// The credential is of a kind that browsers send by themselves, and the request may come from another site. The
    /// credential was not verified.
    CrossSite(Scheme),
    /// The credential is invalid, or could not be checked. Its kind is `None` if it is not known.
    Refused(AuthenticationError, Option<Scheme>),
}

impl AuthenticationFailure {
    /// The denial, and why the credential could not be verified, for the log.
    pub(crate) fn into_denial(self) -> (AttributedDenial, Option<BoxError>) {
        let (error, attempted) = match self {
            Self::UnsupportedScheme => {
                return (AttributedDenial::new(Denial::UnsupportedScheme, None), None);
            }
            Self::OtherAuth(scheme) => {
                let denied = AttributedDenial::new(Denial::InvalidCredentials, scheme);
                let source = "the identity was not authenticated by this `Auth`";
                return (denied, Some(source.into()));
            }
            Self::CrossSite(scheme) => {
                let denied = AttributedDenial::new(Denial::CrossSiteRequest, scheme);
                return (denied, None);
            }
            Self::Refused(error, attempted) => (error, attempted),
        };
        let (denial, source) = match error {
            AuthenticationError::Credentials => (Denial::InvalidCredentials, None),
            AuthenticationError::Token(fault) => (Denial::InvalidToken(fault), None),
            AuthenticationError::SessionExpired => (Denial::SessionExpired, None),
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
        (AttributedDenial::new(denial, attempted), source)
    }
}

fn authenticator_panicked(scheme: Scheme) -> AuthenticationFailure {
    let error = AuthenticationError::failed("the authenticator panicked");
    AuthenticationFailure::Refused(error, Some(scheme))
}

impl Auth {
    /// Authenticates the caller by the credential in `request`, or returns `None` if there is none. The
    /// first kind that is present decides (row A15 of the conformance table). Kinds that browsers send by themselves
    /// come after all others (row H8).
    ///
    /// `schemes` are the accepted kinds; empty means all.
    pub(crate) fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        context: RequestContext<'a>,
        schemes: &[Scheme],
    ) -> Authentication<'a> {
        if self.accepted(schemes).next().is_none() {
            let error = AuthenticationError::failed(
                "the route accepts no kind of credential that its `Auth` has",
            );
            return Authentication::Done(Err(AuthenticationFailure::Refused(error, None)));
        }
        let authorization = Authorization::of_line(context.authorization);
        if authorization == Authorization::Multiple {
            let error = AuthenticationError::Repeated;
            return Authentication::Done(Err(AuthenticationFailure::Refused(error, None)));
        }
        let owner = if self.0.has_prefixes {
            owner(&self.0.kinds, authorization)
        } else {
            None
        };
        let visible = |kind: &ConfiguredKind| kind.visible_authorization(authorization, owner);
        for (kind, ambient) in self.in_order(schemes, request, visible) {
            let is_cross_site = ambient.is_some() && self.is_cross_site(request, context.target);
            let refused_as_cross_site =
                || Authentication::Done(Err(AuthenticationFailure::CrossSite(kind.scheme)));
            // Before the kind is asked: the answer must not show whether the credential is valid.
            if is_cross_site
                && ambient.is_some_and(|sources| sources.are_in(request, visible(kind)))
            {
                return refused_as_cross_site();
            }
            let credential_request = CredentialRequest {
                parts: request,
                target: context.target,
                authorization: visible(kind),
                peer: context.peer,
                addresses: &self.0.addresses,
                clock: &*self.0.clock,
                scheme: kind.scheme,
                provides: kind.provides,
                vocabulary: &self.0.vocabulary,
                revocation: self.0.revocation.as_ref(),
            };
            let outcome = contain_panic(|| {
                let outcome = kind.authenticator.authenticate(credential_request);
                if let AuthenticationOutcome::Decided(Ok(identity)) = &outcome
                    && let Err(error) = kind.check_revocation(&credential_request, identity)
                {
                    return Err(error).into();
                }
                outcome
            });
            return match outcome {
                Some(AuthenticationOutcome::Absent) => continue,
                // The kind has found a credential that is not in the request, such as a client certificate.
                _ if is_cross_site => refused_as_cross_site(),
                None => Authentication::Done(Err(authenticator_panicked(kind.scheme))),
                Some(AuthenticationOutcome::Decided(result)) => {
                    Authentication::Done(self.conclude(kind.scheme, result))
                }
                Some(AuthenticationOutcome::Pending(future)) => {
                    Authentication::Pending(Box::pin(async move {
                        let authenticating = async {
                            let identity = future.await?;
                            kind.check_revocation(&credential_request, &identity)?;
                            Ok(identity)
                        };
                        let result = AssertUnwindSafe(authenticating).catch_unwind().await;
                        let result = result.map_err(|_| authenticator_panicked(kind.scheme))?;
                        self.conclude(kind.scheme, result)
                    }))
                }
            };
        }
        // The request has a credential that is not accepted here. The caller is not treated as
        // anonymous, not even on a public route (row C13b of the conformance table).
        let not_accepted = !matches!(authorization, Authorization::Absent)
            || self
                .0
                .kinds
                .iter()
                .flat_map(|kind| &kind.sources)
                .any(|source| source.is_present(request));
        Authentication::Done(if not_accepted {
            Err(AuthenticationFailure::UnsupportedScheme)
        } else {
            Ok(None)
        })
    }

    /// The result of the kind that decides, as the result of the request.
    fn conclude(
        &self,
        scheme: Scheme,
        result: Result<Identity, AuthenticationError>,
    ) -> AuthenticationResult {
        match result {
            Ok(mut identity) => {
                identity.add_implied_scopes(&self.0.vocabulary);
                identity.set_auth(self.0.id);
                Ok(Some(identity))
            }
            Err(error) => Err(AuthenticationFailure::Refused(error, Some(scheme))),
        }
    }

    pub(super) fn accepted(&self, schemes: &[Scheme]) -> impl Iterator<Item = &ConfiguredKind> {
        let kinds = self.0.kinds.iter();
        kinds.filter(move |kind| accepts(schemes, kind.scheme))
    }

    /// Which data identities of these kinds can have; empty means all kinds. `None` if there is no such
    /// kind.
    pub(crate) fn provides(&self, schemes: &[Scheme]) -> Option<Provides> {
        let kinds = self.accepted(schemes);
        kinds.map(|kind| kind.provides).reduce(Provides::or)
    }

    pub(super) fn kind(&self, scheme: Scheme) -> Option<&ConfiguredKind> {
        self.0.kinds.iter().find(|kind| kind.scheme == scheme)
    }

    /// A fingerprint of the parts of `request` that its authentication depends on. `authorization` is the only line of
    /// that field.
    pub(crate) fn fingerprint(
        &self,
        request: &Parts,
        authorization: Option<&HeaderValue>,
        target: fn(&Parts) -> &Uri,
    ) -> Fingerprint {
        let sources = &self.0.sources;
        sources
            .fingerprint(request, authorization, target)
            .with_cross_site(self.is_judged_cross_site(request, target))
    }

    /// Whether these parts of `request` have not changed.
    pub(crate) fn still_holds(
        &self,
        fingerprint: &Fingerprint,
        request: &Parts,
        target: fn(&Parts) -> &Uri,
    ) -> bool {
        self.0.sources.matches(fingerprint, request, target)
            && fingerprint.is_cross_site() == self.is_judged_cross_site(request, target)
    }

    /// Whether the credential of this kind that `fingerprint` was made from is still in `request`.
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

    /// The token in `Authorization` that `identity` was authenticated by. `None` if it was another kind of
    /// credential, or if its kind also reads other parts of the request.
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

    /// What the place of the credential of this kind in `request` requires of the response.
    pub(crate) fn exposure(&self, scheme: Scheme, request: &Parts) -> Exposure {
        let Some(kind) = self.kind(scheme) else {
            return Exposure::default();
        };
        let is_used = |source: &&Source| match (*source, kind.sources.len()) {
            (Source::Connection, _) | (_, 1) => true,
            (source, _) => source.is_present(request),
        };
        let sources = kind.sources.iter();
        let sources = sources.filter(|source| !source.is_authorization());
        sources
            .filter(is_used)
            .map(|source| Exposure::of(source, request))
            .fold(Exposure::default(), Exposure::max)
    }
}

/// What the place of a credential in the request requires of the response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exposure {
    pub(crate) storage: Storage,
    /// The credential was in the query, so browsers may also send it as the referrer.
    pub(crate) in_query: bool,
}

/// Which caches may store the response, the most permissive first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Storage {
    /// Those that the standard allows. Shared caches respect `Authorization` (RFC 9111 section 3.5).
    #[default]
    Any,
    /// Not shared caches, which know nothing of credentials elsewhere.
    Private,
    /// None: it is a page that the cookie of the browser decided about. The Back button would show it after the
    /// logout.
    Nothing,
}

impl Exposure {
    /// That of a credential in this source, which is not `Authorization`.
    fn of(source: &Source, request: &Parts) -> Self {
        let is_page = matches!(source, Source::Cookie(_)) && is_page_navigation(request);
        Self {
            storage: if is_page {
                Storage::Nothing
            } else {
                Storage::Private
            },
            in_query: matches!(source, Source::Query(_)),
        }
    }

    /// What both require.
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            storage: self.storage.max(other.storage),
            in_query: self.in_query || other.in_query,
        }
    }
}

/// Whether a request was answered 503 only because of the cool-down of key fetches. Any client can cause
/// this with a made-up `kid`, and it ends without intervention.
pub(crate) fn is_key_cool_down(source: &(dyn Error + 'static)) -> bool {
    source.is::<KeyCoolDown>()
}

pub(super) fn accepts(schemes: &[Scheme], scheme: Scheme) -> bool {
    schemes.is_empty() || schemes.contains(&scheme)
}
