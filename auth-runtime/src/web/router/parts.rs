//! Conversions into the routes of a router.
//!
//! Types of axum and utoipa that must not be converted have impls too, whose conditions never hold. They exist for
//! the messages of the compiler. The condition is on a separate type each, because of two unsatisfied traits on the
//! same type the compiler shows the message of the outer one.

use std::marker::PhantomData;

use super::Router;
use crate::web::routing::MethodRouter;

/// The argument of [`Router::route`]: a [`MethodRouter`] of this crate with the state of the router.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a route of a router with the state `{S}`",
    label = "not a route of this router",
    note = "create the route with `auth_runtime::routing`, with the state of its router: the `S` of `State<S>`"
)]
pub trait IntoRoute<S> {
    #[doc(hidden)]
    fn into_route(self) -> MethodRouter<S>;
}

#[diagnostic::do_not_recommend]
impl<S> IntoRoute<S> for MethodRouter<S> {
    fn into_route(self) -> Self {
        self
    }
}

/// The argument of [`Router::nest`] and [`Router::merge`]: a [`Router`] of this crate with the same state, or a type
/// that converts into one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be added to a router with the state `{S}`",
    label = "can't be added to this router",
    note = "add an `auth_runtime::Router` with the same state; if it has another state, call `with_state` first",
    note = "to add a router of another crate without policies, use `merge_unguarded(router.into(), reason)` or `nest_unguarded(path, router.into(), reason)`"
)]
pub trait IntoRoutes<S> {
    #[doc(hidden)]
    fn into_routes(self) -> Router<S>;
}

impl<S, R: Into<Router<S>>> IntoRoutes<S> for R {
    fn into_routes(self) -> Router<S> {
        self.into()
    }
}

/// Stands for a method router of axum.
pub struct RouteOfAxum<S>(PhantomData<S>);

/// Never implemented.
#[diagnostic::on_unimplemented(
    message = "this route declares no access policy, because it was created by `axum::routing`",
    label = "missing access policy",
    note = "use `get`, `post` and the other functions of `auth_runtime::routing`",
    note = "to add it without a policy, use `route_unguarded(path, axum::routing::get(..), reason)`"
)]
pub trait DeclaresPolicy<S> {
    fn declared(route: axum::routing::MethodRouter<S>) -> MethodRouter<S>;
}

#[doc(hidden)]
impl<S> IntoRoute<S> for axum::routing::MethodRouter<S>
where
    RouteOfAxum<S>: DeclaresPolicy<S>,
{
    fn into_route(self) -> MethodRouter<S> {
        RouteOfAxum::declared(self)
    }
}

/// Stands for a router of axum.
pub struct RouterOfAxum<S>(PhantomData<S>);

/// Never implemented.
#[diagnostic::on_unimplemented(
    message = "these routes declare no access policies, because they are in an `axum::Router`",
    label = "missing access policies",
    note = "use an `auth_runtime::Router`, and call `with_auth` on the outermost router only; to give this router its own `Auth`, call `bind`",
    note = "to add the routes without policies, use `merge_unguarded(router, reason)` or `nest_unguarded(path, router, reason)`"
)]
pub trait DeclaresPolicies<S> {
    fn declared(routes: axum::Router<S>) -> Router<S>;
}

#[doc(hidden)]
impl<S> From<axum::Router<S>> for Router<S>
where
    RouterOfAxum<S>: DeclaresPolicies<S>,
{
    fn from(routes: axum::Router<S>) -> Self {
        RouterOfAxum::declared(routes)
    }
}

/// Never implemented for the output of `utoipa_axum::routes!`.
#[diagnostic::on_unimplemented(
    message = "these routes declare no access policies, because `routes!` creates them with `axum::routing`",
    label = "missing access policies",
    note = "write `.route(path, get(handler))`, and `#[openapi(paths(handler))]` for the documentation",
    note = "to add a router of utoipa, use `merge_unguarded(router.into(), reason)`: its guards work, but the access map does not list them"
)]
pub trait DeclaredByMacro<S> {
    fn declared(self) -> Router<S>;
}

impl<S> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    #[doc(hidden)]
    #[track_caller]
    pub fn routes<R: DeclaredByMacro<S>>(self, routes: R) -> Self {
        self.merge(routes.declared())
    }
}
