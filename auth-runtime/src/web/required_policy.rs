//! A policy that a router requires for its routes.

use std::any::{Any, TypeId};

use axum::http::request::Parts;
use futures_util::future::{BoxFuture, FutureExt};

use super::enforcement::admit;
use super::response::AuthRejection;
use super::run_checks::RunChecks;
use crate::policy::{Policy, Rule, has_check};

/// The state of a handler. A service has none: `()`.
pub(super) type State = dyn Any + Send + Sync;

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
    enforce: for<'a> fn(&'a mut Parts, &'a State) -> BoxFuture<'a, Result<(), AuthRejection>>,
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

    /// Whether its checks, if any, can run before a handler with this state.
    pub(super) fn can_run_with(&self, state: TypeId) -> bool {
        let nothing = TypeId::of::<()>();
        self.checks
            .is_none_or(|checks| checks.state == state || checks.state == nothing)
    }

    pub(super) async fn enforce(
        &self,
        parts: &mut Parts,
        state: &State,
    ) -> Result<(), AuthRejection> {
        match &self.checks {
            Some(checks) => (checks.enforce)(parts, state).await,
            None => admit(parts, self.rule).await,
        }
    }
}

fn enforce_with_state<'a, P, S>(
    parts: &'a mut Parts,
    state: &'a State,
) -> BoxFuture<'a, Result<(), AuthRejection>>
where
    P: Policy<Checks: RunChecks<S> + 'static>,
    S: Send + Sync + 'static,
{
    // `()` is available before every route.
    let nothing: &State = &();
    let state = state.downcast_ref().or_else(|| nothing.downcast_ref());
    match state {
        Some(state) => P::Checks::enforce(P::RULE, parts, state).boxed(),
        // Does not happen: it is a fault of the router. Without its checks, the rule can't allow the request.
        None => admit(parts, P::RULE).boxed(),
    }
}
