//! The guard of a handler. It is the first argument, so it runs before the other extractors.

use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::caller::FirstDecision;
use super::check::{
    Check, CheckError, CheckErrorKind, InsertChecked, Outcome, contain_panic, unknown_check,
};
use super::denial_context::{DenialContext, Requester};
use super::response::{AuthRejection, would_be_status};
use super::{caller, observe};
use crate::auth::Auth;
use crate::identity::Identity;
use crate::policy::{
    AttributedDenial, CheckAnswers, Denial, Hide, Policy, Rule, Ruling, has_check,
};
use crate::scheme::Scheme;

/// An extractor that enforces the policy `P`. If denials are [only reported](crate::AuthBuilder::report_only), it
/// reports them.
///
/// The attributes add a guard as the first argument of a handler. A closure or a function can also take it
/// explicitly:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Guard, Router, policy, routing::get, testing::Issuer};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[policy(any(scope = "refunds", role = "support"))]
/// struct CanRefund;
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = Router::new()
///     .route("/", get(|_: Guard<CanRefund>| async { "refunded" }))
///     .with_auth(auth);
///
/// let request = |token: &str| {
///     let value = format!("Bearer {token}");
///     Request::get("/").header("authorization", value).body(Body::empty()).unwrap()
/// };
/// let support = issuer.token("alice").role("support").sign();
/// assert_eq!(app.clone().oneshot(request(&support)).await?.status(), 200);
/// let other = issuer.token("eve").sign();
/// assert_eq!(app.oneshot(request(&other)).await?.status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// If you call a function with an attribute yourself, the compiler reports that an argument of type `Guard<..>` is
/// missing (error E0061). In a unit test, pass [`granted()`](crate::testing::granted). Elsewhere, move the body into a
/// function without an attribute and call that. The guide
/// [shows both](crate::guide::testing#call-the-code-of-a-handler-directly).
///
/// A function that is generic over the policy has the bound `P: Policy`:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Guard, Policy, Router, policy, routing::get, testing::Issuer};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// /// A route for callers that satisfy `P`.
/// fn status_page<P: Policy + 'static>() -> Router {
///     Router::new().route("/status", get(|_: Guard<P>| async { "up" }))
/// }
///
/// #[policy(role = "operator")]
/// struct Operators;
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = status_page::<Operators>().with_auth(auth);
///
/// for (role, status) in [("operator", 200), ("guest", 403)] {
///     let value = format!("Bearer {}", issuer.token("alice").role(role).sign());
///     let request = Request::get("/status").header("authorization", value).body(Body::empty())?;
///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
// `C` is for the attributes: it selects the impl that runs the checks of a rule. Without it, every rule without checks
// would need an impl of `Check` too, which would make each handler slower to compile.
#[must_use = "a guard proves that its policy was enforced"]
pub struct Guard<P: Policy, C = ()>(PhantomData<fn() -> (P, C)>);

/// The `C` of a guard whose rule has checks.
#[derive(Debug)]
pub enum Checking {}

#[cfg(feature = "testing")]
impl<P: Policy, C> Guard<P, C> {
    /// For [`granted`](crate::testing::granted).
    pub(crate) fn granted() -> Self {
        Self(PhantomData)
    }
}

impl<P: Policy, C> fmt::Debug for Guard<P, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Guard")
    }
}

impl<S, P> FromRequestParts<S> for Guard<P>
where
    S: Send + Sync,
    P: Policy,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        const {
            assert!(
                !has_check(&P::RULE.requirement),
                "a policy with a `check` can't be used in `Guard<..>`, because a check takes the \
                 extractors of a handler"
            );
        }
        admit(parts, P::RULE).await?;
        Ok(Self(PhantomData))
    }
}

impl<S, P> FromRequestParts<S> for Guard<P, Checking>
where
    S: Send + Sync,
    P: Policy + Check<S>,
{
    type Rejection = AuthRejection;

    // Compiled for each handler, so all shared code is in `Enforcement`.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        let Some(mut enforcement) = Enforcement::begin(parts, P::RULE).await? else {
            return Ok(Self(PhantomData));
        };
        enforcement.keep_auth(parts);
        while let Some(index) = enforcement.next_check(parts)? {
            let outcome = contain_panic(P::check(index, parts, state)).await;
            enforcement.record(index, outcome, parts)?;
        }
        Ok(Self(PhantomData))
    }
}

/// Enforces a rule without checks.
pub(super) async fn admit(parts: &mut Parts, rule: &'static Rule) -> Result<(), AuthRejection> {
    let Some(mut enforcement) = Enforcement::begin(parts, rule).await? else {
        return Ok(());
    };
    while let Some(index) = enforcement.next_check(parts)? {
        enforcement.record(index, unknown_check(index), parts)?;
    }
    Ok(())
}

/// The enforcement of a rule for one request, from the first decision to the last check.
struct Enforcement {
    /// Kept if the rule has checks, because their extractors may remove the `Auth` from the extensions of the request.
    /// `None` if it has none.
    auth: Option<Auth>,
    rule: &'static Rule,
    /// `None` if the rule accepts anonymous callers and the caller is anonymous.
    identity: Option<Identity>,
    /// What the rule decided before any check. `None` once it was used.
    first: Option<Ruling>,
    answers: CheckAnswers,
    /// The values that checks have loaded for the handler.
    checked_values: Vec<(usize, InsertChecked)>,
    /// Whether a check returned "not found" instead of "denied".
    not_found: bool,
    /// Whether the rule denied the request and this was only reported. No further checks are run.
    reported: bool,
}

impl Enforcement {
    /// Authenticates the request. `None` if the rule allows it without a check.
    async fn begin(parts: &mut Parts, rule: &'static Rule) -> Result<Option<Self>, AuthRejection> {
        match caller::authenticate_and_decide(parts, rule).await? {
            FirstDecision::Allow => Ok(None),
            FirstDecision::Undecided { identity, ruling } => {
                Ok(Some(Self::new(rule, identity, Some(ruling))))
            }
            FirstDecision::Refuse(denied) => {
                let mut enforcement = Self::new(rule, None, None);
                enforcement.refuse(denied, parts)?;
                Ok(Some(enforcement))
            }
        }
    }

    fn new(rule: &'static Rule, identity: Option<Identity>, first: Option<Ruling>) -> Self {
        Self {
            auth: None,
            rule,
            identity,
            first,
            answers: CheckAnswers::default(),
            checked_values: Vec::new(),
            not_found: false,
            reported: false,
        }
    }

    fn keep_auth(&mut self, parts: &Parts) {
        self.auth = caller::auth(parts).cloned();
    }

    /// The next check to run. `None` if the request is allowed.
    fn next_check(&mut self, parts: &mut Parts) -> Result<Option<usize>, AuthRejection> {
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
            Ruling::Ask(index) => return Ok(Some(index)),
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

    fn record(
        &mut self,
        index: usize,
        outcome: Outcome,
        parts: &mut Parts,
    ) -> Result<(), AuthRejection> {
        let reason = match outcome {
            Outcome::Allowed(insert) => {
                self.checked_values
                    .extend(insert.map(|insert| (index, insert)));
                self.answers.record(index, true);
                return Ok(());
            }
            Outcome::Refused(CheckError(reason)) => reason,
            Outcome::Challenged => return self.deny(Denial::MissingCredentials, parts),
            Outcome::Rejected(response) => return self.reject(*response, parts),
        };
        match reason {
            CheckErrorKind::Denied => {}
            CheckErrorKind::Claims(error) => observe::check_lacks_claim(self.rule, index, &error),
            CheckErrorKind::NotFound => self.not_found = true,
            CheckErrorKind::Unavailable {
                retry_after,
                source,
            } => {
                observe::check_unavailable(self.rule, index, source.as_ref());
                return self.deny(Denial::Unavailable { retry_after }, parts);
            }
            CheckErrorKind::Failed { source } => {
                observe::check_failed(self.rule, index, source.as_ref());
                return self.deny(Denial::Failed, parts);
            }
        }
        self.answers.record(index, false);
        Ok(())
    }

    /// Passes the values of checks to the handler, but only of those without which the rule would not allow the
    /// request. A value from an alternative that failed must not reach the handler.
    fn insert_checked_values(&mut self, parts: &mut Parts) -> Result<(), AuthRejection> {
        for (index, insert) in std::mem::take(&mut self.checked_values) {
            let without = self.answers.without(index);
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
    fn reject(&mut self, response: Response, parts: &mut Parts) -> Result<(), AuthRejection> {
        let status = response.status();
        // Even a 400 would reveal the route.
        let hidden = match self.rule.hide {
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
