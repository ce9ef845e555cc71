//! The layer that inserts an `Auth` into requests, where guards and extractors find it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::request_auth::RequestAuth;
use super::response_metadata::ResponseMetadata;
use crate::auth::Auth;

impl Auth {
    /// A layer for [`axum::Router::layer`]. The guards and extractors of all routes that were added before the layer
    /// use this `Auth`. The layer itself denies no request: a route without an attribute stays open. With the
    /// [`Router`](crate::Router) of this crate such a route does not compile.
    ///
    /// If the credential was not in `Authorization`, the response gets `Cache-Control: private`, unless the handler
    /// sets another value. A shared cache would not know that such a response is for one caller only (RFC 9111 section
    /// 3.5). If it was in a cookie and a page was requested, the response gets `no-store`, because the Back button
    /// would show the page after the logout. Middleware outside of the layer finds the [`Denial`](crate::Denial) of a
    /// refused request in the extensions of the response, and with
    /// [`identity_in_responses`](crate::AuthBuilder::identity_in_responses) the [`Identity`](crate::Identity) of the
    /// caller.
    ///
    /// The `Auth` nearest to the handler is used: the inner one of two nested layers, and the inner one of a layer and
    /// a [`Router`](crate::Router) of this crate. A layer around a single handler
    /// ([`Handler::layer`](axum::handler::Handler::layer)) is inside the router, so the access map of the router would
    /// name the wrong `Auth`. The router reports such a layer as a
    /// [fault](crate::router::RouterFault::AuthLayerOnHandler). It can't detect a layer inside a stack, such as a
    /// `ServiceBuilder`.
    #[must_use]
    pub fn layer(&self) -> AuthLayer {
        self.warn_of_missing_public_origin();
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
        let metadata = RequestAuth::insert(&self.auth, request.extensions_mut());
        AuthFuture::new(self.inner.call(request), metadata)
    }
}

pin_project! {
    /// The future of [`AuthService`].
    #[derive(Debug)]
    pub struct AuthFuture<F> {
        #[pin]
        inner: F,
        metadata: Option<ResponseMetadata>,
    }
}

impl<F> AuthFuture<F> {
    pub(super) fn new(inner: F, metadata: Option<ResponseMetadata>) -> Self {
        Self { inner, metadata }
    }
}

impl<F: Future<Output: GuardedOutput>> Future for AuthFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut answer = ready!(this.inner.poll(context));
        if let Some(metadata) = this.metadata {
            answer.apply(metadata);
        }
        Poll::Ready(answer)
    }
}

/// The output of a handler or a service.
pub trait GuardedOutput {
    /// Applies the metadata to the response, if there is one.
    fn apply(&mut self, metadata: &ResponseMetadata);
}

impl<C> GuardedOutput for Response<C> {
    fn apply(&mut self, metadata: &ResponseMetadata) {
        metadata.apply(self);
    }
}

impl<C, E> GuardedOutput for Result<Response<C>, E> {
    fn apply(&mut self, metadata: &ResponseMetadata) {
        if let Ok(response) = self {
            metadata.apply(response);
        }
    }
}
