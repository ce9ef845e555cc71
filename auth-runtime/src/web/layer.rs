//! Puts an `Auth` in front of a router: guards and extractors find it in the request.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::request_auth::{RequestAuth, ResponseNotes};
use crate::auth::Auth;

impl Auth {
    /// A layer for [`axum::Router::layer`]: the guards and extractors of all routes added before
    /// it use this `Auth`. It decides nothing by itself: a route without an attribute stays open.
    /// With a [`Router`](crate::Router) of this crate such a route does not compile.
    ///
    /// Answers to callers whose credential was not in `Authorization` get `Cache-Control: private`
    /// if the handler says nothing else, because shared caches would not know that such an answer
    /// is one caller's (RFC 9111 section 3.5). Middleware outside finds the caller's
    /// [`Identity`](crate::Identity), or the [`Denial`](crate::Denial), in the answer's extensions.
    ///
    /// The `Auth` nearest to the handler decides: of two nested layers the inner one, and of a layer
    /// and the [`Router`](crate::Router) of this crate whichever is further in. A layer around a single
    /// handler ([`Handler::layer`](axum::handler::Handler::layer)) is nearer than the router, whose
    /// access map would name the wrong `Auth`. The router reports it as a
    /// [fault](crate::router::RouterFault::AuthLayerOnHandler) where it sees the layer. It does not see a layer inside a
    /// stack, such as a `ServiceBuilder`'s: that layer decides.
    #[must_use]
    pub fn layer(&self) -> AuthLayer {
        AuthLayer { auth: self.clone() }
    }
}

/// The layer made by [`Auth::layer`].
#[derive(Clone, Debug)]
pub struct AuthLayer {
    auth: Auth,
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService {
            auth: self.auth.clone(),
            inner,
        }
    }
}

/// The service made by [`AuthLayer`].
#[derive(Clone, Debug)]
pub struct AuthService<S> {
    auth: Auth,
    inner: S,
}

impl<S, B, C> Service<Request<B>> for AuthService<S>
where
    S: Service<Request<B>, Response = Response<C>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = AuthFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let notes = RequestAuth::insert(&self.auth, request.extensions_mut());
        AuthFuture::new(self.inner.call(request), notes)
    }
}

pin_project! {
    /// The future of [`AuthService`].
    #[derive(Debug)]
    pub struct AuthFuture<F> {
        #[pin]
        inner: F,
        notes: ResponseNotes,
    }
}

impl<F> AuthFuture<F> {
    pub(super) fn new(inner: F, notes: ResponseNotes) -> Self {
        Self { inner, notes }
    }
}

impl<F: Future<Output: GuardedOutput>> Future for AuthFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut answer = ready!(this.inner.poll(context));
        answer.apply(this.notes);
        Poll::Ready(answer)
    }
}

/// What a handler or a service answers.
pub trait GuardedOutput {
    /// Applies what was noted about the request to the response, if there is one.
    fn apply(&mut self, notes: &ResponseNotes);
}

impl<C> GuardedOutput for Response<C> {
    fn apply(&mut self, notes: &ResponseNotes) {
        notes.apply(self);
    }
}

impl<C, E> GuardedOutput for Result<Response<C>, E> {
    fn apply(&mut self, notes: &ResponseNotes) {
        if let Ok(response) = self {
            notes.apply(response);
        }
    }
}
