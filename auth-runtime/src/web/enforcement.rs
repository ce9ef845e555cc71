//! Enforces a rule for one request.

use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::caller::FirstDecision;
use super::check::{CheckError, CheckErrorKind, InsertChecked, Outcome, unknown_check};
use super::denial_context::{DenialContext, Requester};
use super::response::{AuthRejection, status_of_refusal, would_be_status};
use super::{caller, observe};
use crate::auth::Auth;
use crate::identity::Identity;
use crate::policy::{AttributedDenial, CheckAnswers, Denial, Hide, Rule, Ruling};
use crate::scheme::Scheme;

/// Enforces a rule without checks.
pub(super) async fn enforce_without_checks(
    rule: &'static Rule,
    parts: &mut Parts,
) -> Result<(), AuthRejection> {
    let Some(mut enforcement) = Enforcement::begin(rule, EnforcedBy::Guard, parts).await? else {
        return Ok(());
    };
    while let Some(number) = enforcement.next_check(parts)? {
        enforcement.record(number, unknown_check(number), parts)?;
    }
    Ok(())
}

/// What enforces a rule.
#[derive(Clone, Copy, Debug)]
pub enum EnforcedBy {
    /// A guard. It passes the values of its checks to the handler.
    Guard,
    /// [`Router::require`](crate::Router::require). The handler gets the values of its own rule only.
    Router {
        /// The strongest `hide` of all rules of the route.
        hide: Hide,
    },
}

/// The enforcement of a rule for one request, from the first decision to the last check.
pub(super) struct Enforcement {
    /// Kept if the rule has checks, because their extractors may remove the `Auth` from the extensions of the request.
    /// `None` if it has none.
    auth: Option<Auth>,
    rule: &'static Rule,
    by: EnforcedBy,
    /// `None` if the rule accepts anonymous callers and the caller is anonymous.
    identity: Option<Identity>,
    /// What the rule decided before any check. `None` once it was used.
    first: Option<Ruling>,
    answers: CheckAnswers,
    /// The values that checks have loaded for the handler, by the number of the check.
    checked_values: Vec<(usize, InsertChecked)>,
    /// Whether a check returned "not found" instead of "denied".
    not_found: bool,
    /// Whether the rule denied the request and this was only reported. No further checks are run.
    reported: bool,
}

impl Enforcement {
    /// Authenticates the request. `None` if the rule allows it without a check.
    pub(super) async fn begin(
        rule: &'static Rule,
        by: EnforcedBy,
        parts: &mut Parts,
    ) -> Result<Option<Self>, AuthRejection> {
        match caller::authenticate_and_decide(parts, rule).await? {
            FirstDecision::Allow => Ok(None),
            FirstDecision::Undecided { identity, ruling } => {
                Ok(Some(Self::new(rule, by, identity, Some(ruling))))
            }
            FirstDecision::Refuse(denied) => {
                let mut enforcement = Self::new(rule, by, None, None);
                enforcement.refuse(denied, parts)?;
                Ok(Some(enforcement))
            }
        }
    }

    fn new(
        rule: &'static Rule,
        by: EnforcedBy,
        identity: Option<Identity>,
        first: Option<Ruling>,
    ) -> Self {
        Self {
            auth: None,
            rule,
            by,
            identity,
            first,
            answers: CheckAnswers::default(),
            checked_values: Vec::new(),
            not_found: false,
            reported: false,
        }
    }

    pub(super) fn keep_auth(&mut self, parts: &Parts) {
        self.auth = caller::auth(parts).cloned();
    }

    /// The next check to run. `None` if the request is allowed.
    pub(super) fn next_check(&mut self, parts: &mut Parts) -> Result<Option<usize>, AuthRejection> {
        if self.reported {
            return Ok(None);
        }
        let ruling = match self.first.take() {
            Some(ruling) => ruling,
            None => self.decide(&self.answers, parts)?,
        };
        match ruling {
            Ruling::Allow => {
                observe::allowed(self.rule, self.identity.as_ref());
                self.insert_checked_values(parts)?;
            }
            Ruling::Ask(number) => return Ok(Some(number)),
            Ruling::Deny(_) if self.not_found => self.deny(Denial::NotFound, parts)?,
            Ruling::Deny(denial) => self.deny(denial, parts)?,
        }
        Ok(None)
    }

    fn decide(&self, answers: &CheckAnswers, parts: &Parts) -> Result<Ruling, AuthRejection> {
        // If the rule requires a caller, the first decision has denied anonymous requests.
        let Some(identity) = &self.identity else {
            return Ok(Ruling::Allow);
        };
        Ok(self.auth(parts)?.decide(self.rule, identity, answers))
    }

    fn auth<'a>(&'a self, parts: &'a Parts) -> Result<&'a Auth, AuthRejection> {
        if let Some(auth) = &self.auth {
            return Ok(auth);
        }
        caller::request_auth(parts, Some(self.rule), Requester::Guard)
            .map(|installed| &installed.auth)
    }

    pub(super) fn record(
        &mut self,
        number: usize,
        outcome: Outcome,
        parts: &mut Parts,
    ) -> Result<(), AuthRejection> {
        let reason = match outcome {
            Outcome::Allowed(insert) => {
                if let (EnforcedBy::Guard, Some(insert)) = (self.by, insert) {
                    self.checked_values.push((number, insert));
                }
                self.answers
                    .record(&self.rule.requirement.same_checks(number), true);
                return Ok(());
            }
            Outcome::Refused(CheckError(reason)) => reason,
            Outcome::Challenged => return self.deny(Denial::MissingCredentials, parts),
            Outcome::Rejected {
                extractor,
                response,
            } => return self.reject(number, extractor, *response, parts),
        };
        match reason {
            CheckErrorKind::Denied => {}
            CheckErrorKind::Claims(error) => observe::check_lacks_claim(self.rule, number, &error),
            CheckErrorKind::NotFound => self.not_found = true,
            CheckErrorKind::Unavailable {
                retry_after,
                source,
            } => {
                observe::check_unavailable(self.rule, number, source.as_ref());
                return self.deny(Denial::Unavailable { retry_after }, parts);
            }
            CheckErrorKind::Failed { source } => {
                observe::check_failed(self.rule, number, source.as_ref());
                return self.deny(Denial::Failed, parts);
            }
        }
        self.answers
            .record(&self.rule.requirement.same_checks(number), false);
        Ok(())
    }

    /// Passes the values of checks to the handler, but only of those without which the rule would not allow the
    /// request. A value from an alternative that failed must not reach the handler.
    fn insert_checked_values(&mut self, parts: &mut Parts) -> Result<(), AuthRejection> {
        for (number, insert) in std::mem::take(&mut self.checked_values) {
            let without = self
                .answers
                .without(&self.rule.requirement.same_checks(number));
            if !matches!(self.decide(&without, parts)?, Ruling::Allow) {
                insert.into_request(&mut parts.extensions);
            }
        }
        Ok(())
    }

    fn deny(&mut self, denial: Denial, parts: &mut Parts) -> Result<(), AuthRejection> {
        let attempted = self.identity.as_ref().map(Identity::scheme);
        self.refuse(AttributedDenial::new(denial, attempted), parts)
    }

    /// Rejects the request, or only reports the denial.
    fn refuse(&mut self, denied: AttributedDenial, parts: &mut Parts) -> Result<(), AuthRejection> {
        let context = self.denial_context();
        let auth = self.auth(parts)?;
        if !caller::is_only_reported(parts, auth) {
            return Err(AuthRejection::new(denied, &context, auth, parts));
        }
        let status = would_be_status(&denied, &context, auth, parts);
        let auth = auth.clone();
        self.report(
            denied.attempted,
            &observe::LoggedReason::Denial(&denied.denial, &auth),
            status,
            parts,
        );
        Ok(())
    }

    /// Handles the response of an extractor in a check. Extractors of this crate have already logged it.
    fn reject(
        &mut self,
        number: usize,
        extractor: &'static str,
        response: Response,
        parts: &mut Parts,
    ) -> Result<(), AuthRejection> {
        let status = status_of_refusal(&response);
        if status.is_server_error() {
            observe::check_extractor_failed(self.rule, number, extractor, status);
        }
        let hide = match self.by {
            EnforcedBy::Guard => self.rule.hide,
            EnforcedBy::Router { hide } => hide.max(self.rule.hide),
        };
        // Even a 400 would reveal the route.
        let hidden = match hide {
            Hide::Never => false,
            Hide::Forbidden => status.is_client_error() && status != StatusCode::UNAUTHORIZED,
            Hide::Always => status.is_client_error() || status.is_server_error(),
        };
        if hidden {
            return self.deny(Denial::NotFound, parts);
        }
        if !caller::is_only_reported(parts, self.auth(parts)?) {
            return Err(AuthRejection::from_extractor(
                response,
                &self.denial_context(),
                parts,
            ));
        }
        let attempted = self.identity.as_ref().map(Identity::scheme);
        let reason = observe::LoggedReason::ExtractorOfCheck;
        self.report(attempted, &reason, status, parts);
        Ok(())
    }

    fn report(
        &mut self,
        attempted: Option<Scheme>,
        reason: &observe::LoggedReason<'_>,
        status: StatusCode,
        parts: &mut Parts,
    ) {
        observe::would_have_been_denied(&self.denial_context(), attempted, reason, status, parts);
        if let Ok(auth) = self.auth(parts) {
            auth.count_reported(self.rule.name, status);
        }
        self.reported = true;
        // The request is not denied, so the handler may get the values of all checks that succeeded.
        for (_, insert) in self.checked_values.drain(..) {
            insert.into_request(&mut parts.extensions);
        }
    }

    fn denial_context(&self) -> DenialContext<'_> {
        DenialContext {
            rule: Some(self.rule),
            by: Requester::Guard,
            identity: self.identity.as_ref(),
            missing_claim: None,
        }
    }
}
