//! The guard: the hidden first argument of a handler. It runs before the handler's own extractors.

use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::caller;
use super::check::{Check, Outcome, contain_panic};
use super::observe;
use super::response::Refusal;
use crate::auth::Auth;
use crate::identity::Identity;
use crate::policy::{Access, CheckAnswers, Denial, Hide, Policy, Rule, Ruling};

/// The proof that a request passed the policy `P`.
///
/// The attributes put one in front of a handler's arguments. It is an extractor like any other, so
/// a closure, or a function that wants the proof, takes it by name:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Guard, policy, testing::Issuer};
/// use axum::{Router, body::Body, http::Request, routing::get};
/// use tower::ServiceExt;
///
/// #[policy(any(scope = "refunds", role = "support"))]
/// struct CanRefund;
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = Router::new()
///     .route("/", get(|_: Guard<CanRefund>| async { "refunded" }))
///     .layer(auth.layer());
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
#[must_use = "a guard is the proof that its policy was enforced"]
pub struct Guard<P: Policy>(PhantomData<fn() -> P>);

impl<P: Policy> fmt::Debug for Guard<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Guard")
    }
}

impl<S, P> FromRequestParts<S> for Guard<P>
where
    S: Send + Sync,
    P: Policy + Check<S>,
{
    type Rejection = Refusal;

    // Instantiated for each handler: all that can be shared is in `Hearing`.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let mut hearing = Hearing::open(parts, P::RULE)?;
        while let Some(index) = hearing.next_check(parts)? {
            let outcome = contain_panic(P::check(index, parts, state)).await;
            hearing.hear(index, outcome, parts)?;
        }
        Ok(Self(PhantomData))
    }
}

/// A rule being applied to a request, from the credentials to the last check.
struct Hearing {
    auth: Auth,
    rule: &'static Rule,
    /// `None` where the rule needs nobody and nobody came.
    identity: Option<Identity>,
    answers: CheckAnswers,
    /// A check said "not found" rather than "denied".
    not_found: bool,
}

impl Hearing {
    fn open(parts: &mut Parts, rule: &'static Rule) -> Result<Self, Refusal> {
        let auth = caller::auth_of(parts, rule.name)?;
        let found = caller::authenticate(parts, &auth, Some(rule));
        let mut hearing = Self {
            auth,
            rule,
            identity: None,
            answers: CheckAnswers::default(),
            not_found: false,
        };
        if !Auth::supports(rule.schemes) {
            observe::unsupported_schemes(rule);
            return Err(hearing.refuse(Denial::Failed, parts));
        }
        match found {
            Ok(None) if rule.access == Access::Required => {
                Err(hearing.refuse(Denial::MissingCredentials, parts))
            }
            Ok(identity) => {
                hearing.identity = identity;
                Ok(hearing)
            }
            Err(denial) => Err(hearing.refuse(denial, parts)),
        }
    }

    /// The check to ask next; `None` when the request may pass.
    fn next_check(&self, parts: &Parts) -> Result<Option<usize>, Refusal> {
        let ruling = match &self.identity {
            Some(identity) => self.auth.decide(self.rule, identity, &self.answers),
            // `open` lets nobody through a rule that needs somebody.
            None => Ruling::Allow,
        };
        match ruling {
            Ruling::Allow => {
                observe::allowed(self.rule, self.identity.as_ref());
                Ok(None)
            }
            Ruling::Ask(index) => Ok(Some(index)),
            Ruling::Deny(_) if self.not_found => Err(self.refuse(Denial::NotFound, parts)),
            Ruling::Deny(denial) => Err(self.refuse(denial, parts)),
        }
    }

    fn hear(&mut self, index: usize, outcome: Outcome, parts: &Parts) -> Result<(), Refusal> {
        let allowed = match outcome {
            Outcome::Allowed => true,
            Outcome::Denied => false,
            Outcome::NotFound => {
                self.not_found = true;
                false
            }
            Outcome::Unavailable {
                retry_after,
                source,
            } => {
                observe::check_unavailable(self.rule, index, source.as_deref());
                return Err(self.refuse(Denial::Unavailable { retry_after }, parts));
            }
            Outcome::Failed { source } => {
                observe::check_failed(self.rule, index, source.as_ref());
                return Err(self.refuse(Denial::Failed, parts));
            }
            Outcome::Challenged => {
                return Err(self.refuse(Denial::MissingCredentials, parts));
            }
            Outcome::Rejected(response) => {
                observe::check_rejected(self.rule, index, response.status());
                // Even a 400 would tell a caller who may not know of the route that it is there.
                if self.rule.hide != Hide::Never && response.status().is_client_error() {
                    let denial = Denial::NotFound;
                    return Err(Refusal::new(denial, Some(self.rule), &self.auth, parts));
                }
                return Err(Refusal::from_extractor(*response));
            }
        };
        self.answers.record(index, allowed);
        Ok(())
    }

    fn refuse(&self, denial: Denial, parts: &Parts) -> Refusal {
        observe::denied(self.rule.name, &denial, self.identity.as_ref());
        Refusal::new(denial, Some(self.rule), &self.auth, parts)
    }
}
