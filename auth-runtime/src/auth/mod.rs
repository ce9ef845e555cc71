//! The configured whole: who is trusted and how refusals look.

mod builder;
mod misconfiguration;
#[cfg(test)]
mod tests;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::HeaderMap;
use http::request::Parts;

pub use builder::AuthBuilder;
pub use misconfiguration::{BuildError, Misconfiguration};

use crate::authenticator::{Bearer, TokenFault};
use crate::challenge::ChallengeSettings;
use crate::clock::{Clock, Timestamp};
use crate::credential::Authorization;
use crate::identity::Identity;
use crate::policy::{CheckAnswers, Denial, RequiredScopes, Rule, Ruling, decide};
use crate::render::Rendering;
use crate::scheme::Scheme;

/// What authenticates and answers: built once, cheap to clone, shared by all routes.
///
/// [`Auth::builder`] makes one, [`Auth::layer`] puts it in front of a router.
#[derive(Clone)]
pub struct Auth(Arc<Configuration>);

pub(crate) type Render = Box<dyn Fn(&Denial, &Parts) -> Rendering + Send + Sync>;
pub(crate) type NotFound = Box<dyn Fn(&Parts) -> Rendering + Send + Sync>;

struct Configuration {
    bearer: Bearer,
    clock: Box<dyn Clock>,
    challenge: ChallengeSettings,
    verbose_errors: bool,
    render: Render,
    not_found: NotFound,
}

impl Auth {
    /// Starts from the defaults, which are listed at [`AuthBuilder`].
    pub fn builder() -> AuthBuilder {
        AuthBuilder::new()
    }

    /// Who presents the credential in `headers`; nobody if there is none.
    ///
    /// `schemes` are the kinds accepted here, empty for all.
    pub(crate) fn authenticate(
        &self,
        headers: &HeaderMap,
        schemes: &[Scheme],
    ) -> Result<Option<Identity>, Denial> {
        match Authorization::read(headers) {
            Authorization::Absent => Ok(None),
            Authorization::Multiple => Err(Denial::MultipleCredentials),
            Authorization::Presented {
                scheme,
                credentials,
            } if scheme.eq_ignore_ascii_case(Scheme::BEARER.as_str().as_bytes())
                && accepts(schemes, Scheme::BEARER) =>
            {
                let identity = self.0.bearer.authenticate(credentials, self.now()?);
                identity.map(Some).map_err(Denial::InvalidToken)
            }
            Authorization::Presented { .. } => Err(Denial::UnsupportedScheme),
        }
    }

    pub(crate) fn decide(
        &self,
        rule: &'static Rule,
        identity: &Identity,
        answers: &CheckAnswers,
    ) -> Ruling {
        let leeway = self.0.bearer.leeway(identity.issuer());
        match self.now() {
            Ok(now) => decide(rule, identity, answers, now, leeway),
            Err(denial) => Ruling::Deny(denial),
        }
    }

    /// What may be said of `denial`: without verbose errors every bad token is the same, without
    /// `challenge_scope` no scope is named.
    pub(crate) fn disclose(&self, denial: Denial) -> Denial {
        match denial {
            Denial::InvalidToken(_) if !self.0.verbose_errors => {
                Denial::InvalidToken(TokenFault::Undisclosed)
            }
            Denial::InsufficientScope(_) if !self.0.challenge.challenge_scope => {
                Denial::InsufficientScope(RequiredScopes::default())
            }
            Denial::InsufficientUserAuthentication(step_up)
                if !self.0.challenge.challenge_scope =>
            {
                Denial::InsufficientUserAuthentication(step_up.without_scopes())
            }
            denial => denial,
        }
    }

    pub(crate) fn challenge_settings(&self) -> &ChallengeSettings {
        &self.0.challenge
    }

    /// `None` if the renderer panicked.
    pub(crate) fn render(&self, denial: &Denial, request: &Parts) -> Option<Rendering> {
        contain_panic(|| (self.0.render)(denial, request))
    }

    /// `None` if the renderer panicked.
    pub(crate) fn not_found(&self, request: &Parts) -> Option<Rendering> {
        contain_panic(|| (self.0.not_found)(request))
    }

    /// Whether both are the same `Auth`, not merely alike.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn now(&self) -> Result<Timestamp, Denial> {
        contain_panic(|| Timestamp::of(self.0.clock.now())).ok_or(Denial::Failed)
    }
}

/// Code of the application's that a request runs: its panic is a 500 and not a connection that
/// breaks off (row I15). The panic hook has logged it.
fn contain_panic<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}

fn accepts(schemes: &[Scheme], scheme: Scheme) -> bool {
    schemes.is_empty() || schemes.contains(&scheme)
}

impl fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Auth")
            .field("challenge", &self.0.challenge)
            .finish_non_exhaustive()
    }
}
