//! The limit for a known token if a layer inserts the cache into each request. A guard for routers with any state needs
//! such a layer, because the cache can't be in the state. The layer also wraps the future, which is needed to change
//! responses.

use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use auth_runtime::keys::Algorithm;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::routing::get;
use http::request::Parts;
use http::{Request, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::layer_fn;
use tower_service::Service;

use super::warm::{Known, KnownCaller};
use crate::app::App;
use crate::application::{bearer, issuer, token};
use crate::rows::Served;

pub(in crate::rows) fn build(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let known = Arc::new(Known::new(algorithm, &issuer));
    let router = Router::new()
        .route("/", get(handler))
        .layer(layer_fn(move |inner| WithKnown {
            inner,
            known: known.clone(),
        }));
    let token = token(&issuer).sign();
    Served::repeating(App::Axum(router), bearer(&token))
}

async fn handler(FromExtension(caller): FromExtension) -> &'static str {
    black_box(caller);
    "orders"
}

#[derive(Clone)]
struct WithKnown<S> {
    inner: S,
    known: Arc<Known>,
}

impl<S, B> Service<Request<B>> for WithKnown<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Wrapped<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(self.known.clone());
        Wrapped {
            inner: self.inner.call(request),
            known: self.known.clone(),
        }
    }
}

pin_project! {
    struct Wrapped<F> {
        #[pin]
        inner: F,
        known: Arc<Known>,
    }
}

impl<F: Future> Future for Wrapped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        black_box(this.known);
        this.inner.poll(context)
    }
}

struct FromExtension(Arc<KnownCaller>);

impl<S: Sync> FromRequestParts<S> for FromExtension {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let known = parts.extensions.get::<Arc<Known>>();
        let known = known.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        known.caller(&parts.headers).map(Self)
    }
}
