//! The guard: the hidden first argument of a handler. It runs before the handler's own extractors.

use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::check::{
    Check, CheckError, CheckErrorKind, InsertChecked, Outcome, contain_panic, unknown_check,
};
use super::denial_context::{DenialContext, Requester};
use super::response::{AuthRejection, would_be_status};
use super::{caller, observe};
use crate::auth::Auth;
use crate::identity::Identity;
use crate::policy::{
    Access, AttributedDenial, CheckAnswers, Denial, Hide, Policy, Rule, Ruling, has_check,
};
use crate::scheme::Scheme;

/// The proof that a request passed the policy `P`, or that its failure to was reported where
/// denials are [only reported](crate::AuthBuilder::report_only).
///
/// The attributes put one in front of a handler's arguments. It is an extractor like any other, so
/// a closure, or a function that wants the proof, takes it by name:
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
/// let nobody = issuer.token("eve").sign();
/// assert_eq!(app.oneshot(request(&nobody)).await?.status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// What is generic over policies asks for `P: Policy`:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Guard, Policy, Router, policy, routing::get, testing::Issuer};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// /// Anything that is only for those who meet `P`.
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
// `C` is for the attributes: a rule with checks has a guard that runs them. Without it every rule
// would need an impl that says that there are none, which costs each handler time to compile.
#[must_use = "a guard is the proof that its policy was enforced"]
pub struct Guard<P: Policy, C = ()>(PhantomData<fn() -> (P, C)>);

/// For `C` of a guard whose rule has checks.
#[derive(Debug)]
pub enum Checking {}

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
                "the guard of a rule with a `check` is its handler's own"
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

    // Instantiated for each handler: all that can be shared is in `Enforcement`.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        let mut enforcement = Enforcement::begin(parts, P::RULE).await?;
        while let Some(index) = enforcement.next_check(parts)? {
            let outcome = contain_panic(P::check(index, parts, state)).await;
            enforcement.record(index, outcome, parts)?;
        }
        Ok(Self(PhantomData))
    }
}

/// The guard of a rule without checks.
pub(super) async fn admit(parts: &mut Parts, rule: &'static Rule) -> Result<(), AuthRejection> {
    let mut enforcement = Enforcement::begin(parts, rule).await?;
    while let Some(index) = enforcement.next_check(parts)? {
        enforcement.record(index, unknown_check(index), parts)?;
    }
    Ok(())
}

/// A rule being applied to a request, from the credentials to the last check.
struct Enforcement {
    auth: Auth,
    rule: &'static Rule,
    /// `None` where the rule needs nobody and nobody came.
    identity: Option<Identity>,
    answers: CheckAnswers,
    /// What checks have loaded for the handler.
    checked_values: Vec<(usize, InsertChecked)>,
    /// A check said "not found" rather than "denied".
    not_found: bool,
    /// The rule denies, which is only reported: there is nothing more to ask.
    reported: bool,
}

impl Enforcement {
    async fn begin(parts: &mut Parts, rule: &'static Rule) -> Result<Self, AuthRejection> {
        let mut enforcement = Self {
            auth: caller::auth_of(parts, Some(rule), Requester::Guard)?,
            rule,
            identity: None,
            answers: CheckAnswers::default(),
            checked_values: Vec::new(),
            not_found: false,
            reported: false,
        };
        match caller::authenticate(parts, &enforcement.auth, rule).await {
            Ok(None) if rule.access == Access::Required => {
                enforcement.deny(Denial::MissingCredentials, parts)?;
            }
            Ok(identity) => enforcement.identity = identity,
            Err(denied) => enforcement.refuse(denied, parts)?,
        }
        Ok(enforcement)
    }

    /// The check to ask next; `None` when the request may pass.
    fn next_check(&mut self, parts: &mut Parts) -> Result<Option<usize>, AuthRejection> {
        if self.reported {
            return Ok(None);
        }
        // `begin` lets nobody through a rule that needs somebody.
        let ruling = self.identity.as_ref().map_or(Ruling::Allow, |identity| {
            self.auth.decide(self.rule, identity, &self.answers)
        });
        match ruling {
            Ruling::Allow => {
                observe::allowed(self.rule, self.identity.as_ref());
                self.insert_checked_values(parts);
            }
            Ruling::Ask(index) => return Ok(Some(index)),
            Ruling::Deny(_) if self.not_found => self.deny(Denial::NotFound, parts)?,
            Ruling::Deny(denial) => self.deny(denial, parts)?,
        }
        Ok(None)
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

    /// Hands on what was loaded by the checks that let the request in. What a check loaded in an
    /// alternative that then failed is nothing the handler may rely on.
    fn insert_checked_values(&mut self, parts: &mut Parts) {
        let Some(identity) = &self.identity else {
            return;
        };
        for (index, insert) in self.checked_values.drain(..) {
            let without = self.answers.without(index);
            if !matches!(
                self.auth.decide(self.rule, identity, &without),
                Ruling::Allow
            ) {
                insert.into_request(&mut parts.extensions);
            }
        }
    }

    fn deny(&mut self, denial: Denial, parts: &mut Parts) -> Result<(), AuthRejection> {
        let attempted = self.identity.as_ref().map(Identity::scheme);
        self.refuse(AttributedDenial::new(denial, attempted), parts)
    }

    /// Ends the enforcement with a refusal, or, where denials are only reported, without one.
    fn refuse(&mut self, denied: AttributedDenial, parts: &mut Parts) -> Result<(), AuthRejection> {
        let context = self.denial_context();
        if !caller::is_only_reported(parts, &self.auth) {
            return Err(AuthRejection::new(denied, &context, &self.auth, parts));
        }
        let reason = denied.denial.clone();
        let attempted = denied.attempted;
        let status = would_be_status(denied, &context, &self.auth, parts);
        let auth = self.auth.clone();
        self.report(
            attempted,
            &observe::LoggedReason::Denial(&reason, &auth),
            status,
            parts,
        );
        Ok(())
    }

    /// What an extractor of a check answered, which was logged if it was one of ours.
    fn reject(&mut self, response: Response, parts: &mut Parts) -> Result<(), AuthRejection> {
        let status = response.status();
        // Even a 400 would tell a caller who may not know of the route that it is there.
        let hidden = match self.rule.hide {
            Hide::Never => false,
            Hide::Forbidden => status.is_client_error() && status != StatusCode::UNAUTHORIZED,
            Hide::Always => status.is_client_error() || status.is_server_error(),
        };
        if hidden {
            return self.deny(Denial::NotFound, parts);
        }
        if !caller::is_only_reported(parts, &self.auth) {
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
        self.auth.count_reported(self.rule.name, status);
        self.reported = true;
        // No check decides now, so what those have loaded that held is as good as ever.
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
