//! What a router is put together from. What it is not put together from has impls as well, which
//! never apply: only so the compiler can say why. Their conditions are on types of their own,
//! because of two traits about one type it shows the outer one's message.

use std::marker::PhantomData;

use super::Router;
use crate::web::routing::MethodRouter;

/// What [`Router::route`] takes: a [`MethodRouter`] of ours, for the router's state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no route of a router with the state `{S}`",
    label = "no route of this router",
    note = "a route is made by `auth_runtime::routing`, and has the state of its router: the `S` of `State<S>`"
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

/// What [`Router::nest`] and [`Router::merge`] take: a [`Router`] of ours with the same state, or what
/// turns into one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no part of a router with the state `{S}`",
    label = "no part of this router",
    note = "a part is an `auth_runtime::Router` with the same state: `with_state` gives it its own",
    note = "what others make goes in by name: `merge_unguarded(router.into(), reason)`, `nest_unguarded(path, router.into(), reason)`"
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

/// A method router of axum's.
pub struct RouteOfAxum<S>(PhantomData<S>);

/// It does not.
#[diagnostic::on_unimplemented(
    message = "this route declares no access policy: it is made by `axum::routing`",
    label = "who may call it?",
    note = "take `get`, `post` and the like from `auth_runtime::routing`",
    note = "what is to have no policy goes in by name: `route_unguarded(path, axum::routing::get(..), reason)`"
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

/// A router of axum's.
pub struct RouterOfAxum<S>(PhantomData<S>);

/// It does not.
#[diagnostic::on_unimplemented(
    message = "these routes declare no access policies: they are in an `axum::Router`",
    label = "who may call them?",
    note = "make it an `auth_runtime::Router` that is not finished: `with_auth` is for the outermost one, `bind` gives a part an `Auth` of its own",
    note = "what is to have no policies goes in by name: `merge_unguarded(router, reason)`, `nest_unguarded(path, router, reason)`"
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

/// Nothing that `utoipa_axum::routes!` makes.
#[diagnostic::on_unimplemented(
    message = "these routes declare no access policies: `routes!` makes them by `axum::routing`",
    label = "who may call them?",
    note = "say `.route(path, get(handler))`, and `#[openapi(paths(handler))]` for the documentation",
    note = "a router of utoipa's goes in by name, `merge_unguarded(router.into(), reason)`: guards hold in there, but the access map does not know of them"
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
