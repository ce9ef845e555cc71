//! A router without an `Auth` is not a service.
//!
//! The impls in this module never apply, because no router is [`Finished`]. They exist so that the compiler says what
//! is missing.

use std::marker::PhantomData;
use std::task::{Context, Poll};

use axum::routing::IntoMakeService;
use tower_service::Service;

use super::Router;

/// Stands for the router in conditions, because of two unsatisfied traits on the same type the compiler shows the
/// message of the outer one.
pub struct WithAuth<S>(PhantomData<S>);

/// Never implemented: [`with_auth`](Router::with_auth) returns a router of axum.
#[diagnostic::on_unimplemented(
    message = "this router has no `Auth` yet",
    label = "not finished",
    note = "call `.with_auth(auth)` last: it returns an `axum::Router`"
)]
pub trait Finished<S> {
    fn as_axum(router: &mut Router<S>) -> &mut axum::Router;
    fn into_axum(router: Router<S>) -> axum::Router;
}

#[doc(hidden)]
impl<S, R> Service<R> for Router<S>
where
    WithAuth<S>: Finished<S>,
    axum::Router: Service<R>,
{
    type Response = <axum::Router as Service<R>>::Response;
    type Error = <axum::Router as Service<R>>::Error;
    type Future = <axum::Router as Service<R>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        WithAuth::as_axum(self).poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        WithAuth::as_axum(self).call(request)
    }
}

#[doc(hidden)]
impl<S> From<Router<S>> for axum::Router
where
    WithAuth<S>: Finished<S>,
{
    fn from(router: Router<S>) -> Self {
        WithAuth::into_axum(router)
    }
}

#[doc(hidden)]
impl<S> Router<S> {
    #[must_use]
    pub fn into_make_service(self) -> IntoMakeService<axum::Router>
    where
        WithAuth<S>: Finished<S>,
    {
        WithAuth::into_axum(self).into_make_service()
    }

    // Has the type parameter of axum's method. The return type does not matter, because the method can't be called.
    #[must_use]
    pub fn into_make_service_with_connect_info<C>(self) -> IntoMakeService<axum::Router>
    where
        WithAuth<S>: Finished<S>,
    {
        WithAuth::into_axum(self).into_make_service()
    }

    // `tower::ServiceExt` has this method for services. Without this one, the error would not name the missing `Auth`.
    pub fn oneshot<R>(mut self, request: R) -> <axum::Router as Service<R>>::Future
    where
        WithAuth<S>: Finished<S>,
        axum::Router: Service<R>,
    {
        WithAuth::as_axum(&mut self).call(request)
    }
}
