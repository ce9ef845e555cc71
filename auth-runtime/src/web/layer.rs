//! Puts an `Auth` in front of a router: guards and extractors find it in the request.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::response::Hidden;
use crate::auth::{Auth, Exposure};

impl Auth {
    /// A layer for [`axum::Router::layer`]: the guards and extractors of all routes added before
    /// it use this `Auth`. It decides nothing by itself: a route without an attribute stays open.
    ///
    /// Answers to callers whose credential was not in `Authorization` get `Cache-Control: private`
    /// if the handler says nothing else, because shared caches would not know that such an answer
    /// is one caller's (RFC 9111 section 3.5).
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
        let mark = self.auth.marks_answers().then(Mark::default);
        request.extensions_mut().insert(Installed {
            auth: self.auth.clone(),
            mark: mark.clone(),
        });
        AuthFuture {
            inner: self.inner.call(request),
            mark,
        }
    }
}

pin_project! {
    /// The future of [`AuthService`].
    #[derive(Debug)]
    pub struct AuthFuture<F> {
        #[pin]
        inner: F,
        mark: Option<Mark>,
    }
}

impl<F, C, E> Future for AuthFuture<F>
where
    F: Future<Output = Result<Response<C>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut result = ready!(this.inner.poll(context));
        if let (Ok(response), Some(mark)) = (&mut result, this.mark)
            && response.extensions().get::<Hidden>().is_none()
        {
            mark.apply_to(response.headers_mut());
        }
        Poll::Ready(result)
    }
}

/// The `Auth` of a request, in a type of ours so that nothing else can be mistaken for it.
#[derive(Clone)]
pub(super) struct Installed {
    pub(super) auth: Auth,
    mark: Option<Mark>,
}

impl Installed {
    /// Somebody was authenticated by a credential that is exposed like this; asked only where it
    /// makes a difference.
    pub(super) fn mark(&self, exposure: impl FnOnce() -> Exposure) {
        if let Some(Mark(exposed)) = &self.mark {
            exposed.fetch_max(exposure() as u8, Ordering::Relaxed);
        }
    }
}

/// How far the credential of a request got around, known once its guard has run.
#[derive(Clone, Debug, Default)]
struct Mark(Arc<AtomicU8>);

impl Mark {
    fn apply_to(&self, headers: &mut HeaderMap) {
        let exposed = self.0.load(Ordering::Relaxed);
        if exposed >= Exposure::Private as u8 {
            headers
                .entry(CACHE_CONTROL)
                .or_insert(HeaderValue::from_static("private"));
        }
        if exposed >= Exposure::Query as u8 {
            headers
                .entry(REFERRER_POLICY)
                .or_insert(HeaderValue::from_static("no-referrer"));
        }
    }
}
