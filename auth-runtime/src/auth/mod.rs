//! [`Auth`]: the accepted credentials, and what refusals look like.

mod ambient;
mod authentication;
mod authorization;
mod builder;
mod cross_site;
mod kind;
mod locality;
mod misconfiguration;
mod outside_of_header;
#[cfg(feature = "basic")]
mod password;
mod refusal;
mod report_only;
mod revocation;
mod status;
#[cfg(test)]
mod tests;
mod token;
mod validity;

use std::fmt;
#[cfg(feature = "failure-limit")]
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

#[cfg(feature = "failure-limit")]
use http::HeaderMap;
use http::request::Parts;

pub(crate) use authentication::{
    Authentication, AuthenticationFailure, Exposure, RequestContext, Storage, is_key_cool_down,
};
pub use builder::AuthBuilder;
pub use misconfiguration::{BuildError, Misconfiguration};
#[cfg(feature = "basic")]
pub use password::PasswordAuthentication;
pub(crate) use refusal::{Refusal, without_reserved};
pub use report_only::Reported;
pub use status::{KindStatus, Status};
pub use token::TokenAuthentication;

pub use crate::challenge::RoleDenied;
pub use crate::clock::Clock;

use self::kind::ConfiguredKind;
use self::refusal::RefusalCache;
use self::report_only::ReportOnly;
use crate::authenticator::{BackchannelLogout, ErrorParameters, FaultDetail};
use crate::challenge::{Accepted, ChallengeSettings};
use crate::clock::Timestamp;
#[cfg(feature = "failure-limit")]
use crate::credential::Peer;
use crate::credential::{ClientAddresses, CredentialSources};
use crate::cross_site::CrossSiteRules;
use crate::identity::{AuthId, Identity};
use crate::policy::{AttributedDenial, CheckAnswers, Denial, RequiredScopes, Rule, Ruling, decide};
use crate::refresh_token::RefreshTokens;
use crate::render::Rendering;
use crate::revocation::RevocationList;
use crate::scheme::Scheme;
use crate::scope::Vocabulary;
#[cfg(feature = "sessions")]
use crate::session::Sessions;
use crate::token_fault::TokenFault;

/// Authenticates callers, and defines what refusals look like. Build it once and share it between all
/// routes; clones are cheap.
///
/// Create it with [`Auth::builder`], and pass it to [`Router::with_auth`](crate::Router::with_auth), or
/// add it to an [`axum::Router`] with [`Auth::layer`].
#[derive(Clone)]
pub struct Auth(Arc<Configuration>);

pub(crate) type Render = Box<dyn Fn(&Denial, &Parts) -> Rendering + Send + Sync>;
pub(crate) type NotFound = Box<dyn Fn(&Parts) -> Rendering + Send + Sync>;

#[allow(
    clippy::struct_excessive_bools,
    reason = "settings that do not depend on each other"
)]
struct Configuration {
    id: AuthId,
    /// In declaration order, each scheme once.
    kinds: Vec<ConfiguredKind>,
    revocation: Option<RevocationList>,
    #[cfg(feature = "sessions")]
    sessions: Option<Sessions>,
    /// Ended together with the tokens on the list.
    refresh_tokens: Vec<RefreshTokens>,
    /// The kind that accepts logout tokens.
    logout_tokens: Option<Arc<dyn BackchannelLogout>>,
    sources: CredentialSources,
    addresses: ClientAddresses,
    clock: Box<dyn Clock>,
    challenge: ChallengeSettings,
    verbose_errors: bool,
    render: Render,
    /// `None` if the renderer may read the request, so that no refusal is reused.
    refusals: Option<RefusalCache>,
    not_found: NotFound,
    vocabulary: Arc<Vocabulary>,
    report_only: Option<ReportOnly>,
    identity_in_responses: bool,
    /// Whether a kind recognizes its credentials in `Authorization` by a prefix.
    has_prefixes: bool,
    /// Whether a kind reads its credentials outside of `Authorization`.
    reads_other_sources: bool,
    /// Whether browsers send credentials of a kind by themselves.
    has_ambient_kinds: bool,
    cross_site: CrossSiteRules,
    /// Until a warning about it was logged.
    lacks_public_origin: AtomicBool,
}

impl Auth {
    /// The realm as it was configured, without the escapes of a header field.
    pub(crate) fn realm(&self) -> &str {
        &self.0.challenge.realm.name
    }

    /// The kinds of this `Auth` that a rule with these `schemes` accepts. An empty list accepts all.
    pub(crate) fn accepted_schemes(&self, schemes: &[Scheme]) -> impl Iterator<Item = Scheme> {
        self.accepted(schemes).map(|kind| kind.scheme)
    }

    /// The kinds of credentials in declaration order.
    pub(crate) fn schemes(&self) -> impl Iterator<Item = Scheme> {
        self.0.kinds.iter().map(|kind| kind.scheme)
    }

    pub(crate) fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.0.vocabulary
    }

    pub(crate) fn decide(
        &self,
        rule: &'static Rule,
        identity: &Identity,
        answers: &CheckAnswers,
    ) -> Ruling {
        let now = match rule.max_age.map(|_| self.now()) {
            Some(None) => return Ruling::Deny(Denial::Failed),
            Some(now) => now,
            // The rule does not depend on the time.
            None => None,
        };
        decide(rule, identity, answers, self.vocabulary(), now)
    }

    /// The denial that is disclosed to the caller instead of this one (rows C5 and G4 of the conformance table). `None`
    /// if this one is. Without verbose errors, all invalid tokens get the same denial. Without `challenge_scope`, no
    /// scope is named. A kind of credential that can't be replaced by a better one gets no advice to do so.
    ///
    /// `accepted` are challenges that were made for this request already.
    pub(crate) fn redacted(
        &self,
        AttributedDenial { denial, attempted }: &AttributedDenial,
        accepted: &[Accepted],
        request: &Parts,
    ) -> Option<Denial> {
        let errors = || {
            let Some(attempted) = *attempted else {
                return ErrorParameters::OAuth;
            };
            match accepted.iter().find(|accepted| accepted.kind == attempted) {
                Some(made) => made.challenge.errors,
                None => self.kind(attempted).map_or(ErrorParameters::None, |kind| {
                    kind.accepted(request).challenge.errors
                }),
            }
        };
        let oauth = || errors() == ErrorParameters::OAuth;
        match denial {
            Denial::InvalidToken(_) if !oauth() => Some(Denial::InvalidCredentials),
            Denial::InvalidToken(_) if !self.0.verbose_errors => {
                Some(Denial::InvalidToken(TokenFault::Undisclosed))
            }
            Denial::InsufficientScope(_) if !oauth() => Some(Denial::Forbidden),
            Denial::InsufficientUserAuthentication(_) if errors() == ErrorParameters::None => {
                Some(Denial::Forbidden)
            }
            Denial::InsufficientScope(_) if !self.0.challenge.challenge_scope => {
                Some(Denial::InsufficientScope(RequiredScopes::default()))
            }
            Denial::InsufficientUserAuthentication(step_up)
                if !self.0.challenge.challenge_scope || !oauth() =>
            {
                let step_up = step_up.clone().with_scopes(RequiredScopes::default());
                Some(Denial::InsufficientUserAuthentication(step_up))
            }
            _ => None,
        }
    }

    /// `None` if the renderer panicked.
    fn render(&self, denial: &Denial, request: &Parts) -> Option<Rendering> {
        contain_panic(|| (self.0.render)(denial, request))
    }

    /// `None` if the renderer panicked.
    pub(crate) fn not_found(&self, request: &Parts) -> Option<Rendering> {
        contain_panic(|| (self.0.not_found)(request))
    }

    /// Details for the log about the credential of this kind in `request`, which was refused for `fault`.
    pub(crate) fn fault_detail(
        &self,
        scheme: Scheme,
        fault: TokenFault,
        request: &Parts,
    ) -> Option<FaultDetail> {
        let kind = self.kind(scheme)?;
        contain_panic(|| kind.authenticator.fault_detail(request, fault))?
    }

    /// Whether the caller is added to the extensions of responses.
    pub(crate) fn adds_identity_to_responses(&self) -> bool {
        self.0.identity_in_responses
    }

    /// Whether authentication can add anything to a response that is not a denial.
    pub(crate) fn adds_to_responses(&self) -> bool {
        self.0.identity_in_responses || self.0.reads_other_sources
    }

    /// Whether both are clones of one `Auth`.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The address of the client whose request came from `peer`.
    #[cfg(feature = "failure-limit")]
    pub(crate) fn client_address(&self, peer: Peer, headers: &HeaderMap) -> Option<IpAddr> {
        self.0.addresses.find(peer, headers)
    }

    fn now(&self) -> Option<Timestamp> {
        self.time().map(Timestamp::of)
    }

    /// `None` if the clock panicked.
    pub(crate) fn time(&self) -> Option<SystemTime> {
        contain_panic(|| self.0.clock.now())
    }

    /// Whether the session cookie of another `Auth` has the same name.
    #[cfg(feature = "sessions")]
    pub(crate) fn shares_session_cookie(&self, other: &Self) -> bool {
        match (self.sessions(), other.sessions()) {
            (Some(one), Some(other)) => one.conflicts_with(other),
            _ => false,
        }
    }

    /// Its kind of sessions, if it has one.
    #[cfg(feature = "sessions")]
    pub(crate) fn sessions(&self) -> Option<&Sessions> {
        self.0.sessions.as_ref()
    }
}

/// Runs code of the application. If it panics, the answer is 500 and the connection stays open (row I15
/// of the conformance table). The panic hook has already logged the panic.
fn contain_panic<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}

impl fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Auth")
            .field("challenge", &self.0.challenge)
            .finish_non_exhaustive()
    }
}
