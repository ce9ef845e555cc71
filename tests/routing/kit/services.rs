//! Services that are not handlers, bare and behind a guard.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::task::{Context, Poll};

use auth_runtime::policy;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use tower::Service;

use super::handlers::{Name, note};

/// The policy of all services, and of closures.
#[policy(scope = "test")]
pub(crate) struct Tester;

/// Answers with its name, the method and the path that it sees.
pub(crate) struct Named<N>(PhantomData<N>);

impl<N> Clone for Named<N> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<N: Name> Service<Request> for Named<N> {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        note::<N>();
        let text = format!("service {} {} {}", N::NAME, request.method(), request.uri());
        ready(Ok(Response::new(Body::from(text))))
    }
}

/// The error of a [`Fallible`].
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) &'static str);

/// Fails if the query says so.
pub(crate) struct Fallible<N>(PhantomData<N>);

impl<N> Clone for Fallible<N> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<N: Name> Service<Request> for Fallible<N> {
    type Response = Response;
    type Error = Broken;
    type Future = Ready<Result<Response, Broken>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        note::<N>();
        ready(match request.uri().query() {
            Some("fail") => Err(Broken(N::NAME)),
            _ => Ok(Response::new(Body::from("it did not fail"))),
        })
    }
}

/// The response of [`HandleErrorLayer`](axum::error_handling::HandleErrorLayer) to it.
#[allow(clippy::unused_async, reason = "an error handler is")]
pub(crate) async fn mend(Broken(name): Broken) -> (StatusCode, String) {
    (StatusCode::BAD_GATEWAY, format!("{name} is broken"))
}

pub(crate) mod bare {
    use super::{Fallible, Named, PhantomData};

    pub(crate) fn service<N>() -> Named<N> {
        Named(PhantomData)
    }

    pub(crate) fn fallible<N>() -> Fallible<N> {
        Fallible(PhantomData)
    }

    /// Any other service, as it is.
    pub(crate) fn behind<V>(service: V) -> V {
        service
    }
}

pub(crate) mod guarded {
    use auth_runtime::guard;
    use auth_runtime::router::GuardService;

    use super::{Fallible, Named, Tester, bare};

    pub(crate) fn service<N>() -> GuardService<Named<N>> {
        behind(bare::service())
    }

    pub(crate) fn fallible<N>() -> GuardService<Fallible<N>> {
        behind(bare::fallible())
    }

    /// Any other service, behind a guard.
    pub(crate) fn behind<V>(service: V) -> GuardService<V> {
        guard::<Tester>().layer(service)
    }
}
