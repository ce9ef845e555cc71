//! A policy that a router requires for its routes.

use std::any::{Any, TypeId};

use axum::http::request::Parts;
use futures_util::future::{BoxFuture, FutureExt};

use super::enforcement::{EnforcedBy, enforce_without_checks};
use super::response::AuthRejection;
use super::run_checks::RunChecks;
use crate::policy::{Hide, Policy, Rule, has_check};

/// The state of a handler. A service has none: `()`.
pub(super) type AnyState = dyn Any + Send + Sync;

/// A policy of [`Router::require`](crate::Router::require).
#[derive(Clone, Copy, Debug)]
pub(super) struct RequiredPolicy {
    pub(super) rule: &'static Rule,
    /// `None` if the rule has no checks.
    checks: Option<RequiredChecks>,
}

#[derive(Clone, Copy, Debug)]
struct RequiredChecks {
    /// The state that their extractors take.
    state: TypeId,
    enforce:
        for<'a> fn(Hide, &'a mut Parts, &'a AnyState) -> BoxFuture<'a, Result<(), AuthRejection>>,
}

impl RequiredPolicy {
    /// For the routes of a router with the state `S`.
    pub(super) fn of<P, S>() -> Self
    where
        P: Policy<Checks: RunChecks<S> + 'static>,
        S: Send + Sync + 'static,
    {
        let checks = RequiredChecks {
            state: TypeId::of::<S>(),
            enforce: enforce_with_state::<P, S>,
        };
        Self {
            rule: P::RULE,
            checks: has_check(P::RULE).then_some(checks),
        }
    }

    /// Whether its checks, if any, can run before a handler that gets a state of this type from the same router.
    pub(super) fn can_run_with(&self, state: TypeId) -> bool {
        let nothing = TypeId::of::<()>();
        self.checks
            .is_none_or(|checks| checks.state == state || checks.state == nothing)
    }

    /// `hide` is the strongest of the rules of the route.
    pub(super) async fn enforce(
        &self,
        hide: Hide,
        parts: &mut Parts,
        state: &AnyState,
    ) -> Result<(), AuthRejection> {
        match &self.checks {
            Some(checks) => (checks.enforce)(hide, parts, state).await,
            None => enforce_without_checks(self.rule, parts).await,
        }
    }
}

fn enforce_with_state<'a, P, S>(
    hide: Hide,
    parts: &'a mut Parts,
    state: &'a AnyState,
) -> BoxFuture<'a, Result<(), AuthRejection>>
where
    P: Policy<Checks: RunChecks<S> + 'static>,
    S: Send + Sync + 'static,
{
    // `()` is available before every route.
    let nothing: &AnyState = &();
    let state = state.downcast_ref().or_else(|| nothing.downcast_ref());
    match state {
        Some(state) => {
            let by = EnforcedBy::Router { hide };
            P::Checks::enforce(P::RULE, by, parts, state).boxed()
        }
        // `try_with_auth` refuses such a router. Without its checks, the rule can't allow the request.
        None => enforce_without_checks(P::RULE, parts).boxed(),
    }
}
