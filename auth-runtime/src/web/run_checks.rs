//! Runs the checks of a rule.

use std::future::Future;
use std::marker::PhantomData;

use axum::http::request::Parts;

use super::check::{Check, Outcome, contain_panic, unknown_check};
use super::enforcement::{EnforcedBy, Enforcement, enforce_without_checks};
use super::response::AuthRejection;
use crate::policy::{ChecksOf, Policy, Rule};

/// The checks of a rule whose extractors take the state `S`: `()` for none, or [`ChecksOf`].
pub trait RunChecks<S> {
    /// Runs the check with this number in the rule.
    fn run(number: usize, parts: &mut Parts, state: &S) -> impl Future<Output = Outcome> + Send;

    /// Enforces `rule`, whose checks these are.
    ///
    /// # Errors
    ///
    /// The response, if the rule denies the request.
    fn enforce(
        rule: &'static Rule,
        by: EnforcedBy,
        parts: &mut Parts,
        state: &S,
    ) -> impl Future<Output = Result<(), AuthRejection>> + Send;
}

impl<S: Sync> RunChecks<S> for () {
    async fn run(number: usize, _: &mut Parts, _: &S) -> Outcome {
        unknown_check(number)
    }

    // Not `async`, which would wrap the future in another one for every request.
    fn enforce(
        rule: &'static Rule,
        _: EnforcedBy,
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<(), AuthRejection>> + Send {
        enforce_without_checks(rule, parts)
    }
}

impl<S, P> RunChecks<S> for ChecksOf<P>
where
    S: Send + Sync,
    P: Policy + Check<S> + ?Sized,
{
    async fn run(number: usize, parts: &mut Parts, state: &S) -> Outcome {
        match P::RULE.requirement.place_of_check(number) {
            Some((place, inner)) => P::check(place, inner, parts, state).await,
            None => unknown_check(number),
        }
    }

    // Compiled for each handler with checks, so all shared code is in `Enforcement`.
    async fn enforce(
        rule: &'static Rule,
        by: EnforcedBy,
        parts: &mut Parts,
        state: &S,
    ) -> Result<(), AuthRejection> {
        let Some(mut enforcement) = Enforcement::begin(rule, by, parts).await? else {
            return Ok(());
        };
        enforcement.keep_auth(parts);
        while let Some(number) = enforcement.next_check(parts)? {
            let outcome = contain_panic(Self::run(number, parts, state)).await;
            enforcement.record(number, outcome, parts)?;
        }
        Ok(())
    }
}

/// A policy in a rule, whose checks take the state `S`.
pub trait RunPolicy<S> {
    /// Runs the check with this number in the rule of the policy.
    fn run(number: usize, parts: &mut Parts, state: &S) -> impl Future<Output = Outcome> + Send;
}

impl<S, P> RunPolicy<S> for P
where
    S: Send + Sync,
    P: Policy<Checks: RunChecks<S>> + ?Sized,
{
    async fn run(number: usize, parts: &mut Parts, state: &S) -> Outcome {
        P::Checks::run(number, parts, state).await
    }
}

/// A named check `C` in a rule, as `PhantomData<fn() -> C>`.
///
/// In this type, a function without `#[check]` causes one error of the compiler: that it is not a type. In a bound on `C`
/// itself, it would also cause an error about the method that runs the checks.
pub trait RunNamedCheck<S> {
    /// Runs the check.
    fn run(parts: &mut Parts, state: &S) -> impl Future<Output = Outcome> + Send;
}

impl<S, C> RunNamedCheck<S> for PhantomData<fn() -> C>
where
    S: Send + Sync,
    C: Check<S>,
{
    async fn run(parts: &mut Parts, state: &S) -> Outcome {
        C::check(0, 0, parts, state).await
    }
}
