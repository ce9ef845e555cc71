//! A router without an `Auth` is no service. What it would do if it were one stands here only so the
//! compiler can say what is missing: no router is [`Finished`].

use std::marker::PhantomData;
use std::task::{Context, Poll};

use axum::routing::IntoMakeService;
use tower_service::Service;

use super::Router;

/// What is asked instead of the router, because of two traits about one type the compiler shows the
/// outer one's message.
pub struct WithAuth<S>(PhantomData<S>);

/// It is not: [`with_auth`](Router::with_auth) makes a router one of axum's.
#[diagnostic::on_unimplemented(
    message = "this router has no `Auth` yet",
    label = "not finished",
    note = "end it with `.with_auth(auth)`, which makes it an `axum::Router`"
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

    // Takes the type of the addresses as axum's does. What it returns nobody ever gets.
    #[must_use]
    pub fn into_make_service_with_connect_info<C>(self) -> IntoMakeService<axum::Router>
    where
        WithAuth<S>: Finished<S>,
    {
        WithAuth::into_axum(self).into_make_service()
    }

    // `tower::ServiceExt` has it for services, and is silent about why this is none.
    pub fn oneshot<R>(mut self, request: R) -> <axum::Router as Service<R>>::Future
    where
        WithAuth<S>: Finished<S>,
        axum::Router: Service<R>,
    {
        WithAuth::as_axum(&mut self).call(request)
    }
}
