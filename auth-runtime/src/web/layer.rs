//! Puts an `Auth` in front of a router: guards and extractors find it in the request.

use std::task::{Context, Poll};

use axum::http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::auth::Auth;

impl Auth {
    /// A layer for [`axum::Router::layer`]: the guards and extractors of all routes added before
    /// it use this `Auth`. It decides nothing by itself: a route without an attribute stays open.
    ///
    /// Of two nested layers the inner one counts.
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

impl<S, B> Service<Request<B>> for AuthService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request
            .extensions_mut()
            .insert(Installed(self.auth.clone()));
        self.inner.call(request)
    }
}

/// The `Auth` of a request, in a type of ours so that nothing else can be mistaken for it.
#[derive(Clone)]
pub(super) struct Installed(pub(super) Auth);
