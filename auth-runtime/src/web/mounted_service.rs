//! A service or middleware of a router, with the cell for its `Auth`.

use std::mem;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use futures_util::future::{BoxFuture, Either, FutureExt, MapOk, TryFutureExt};
use tower_layer::Layer;
use tower_service::Service;

use super::auth_cell::AuthCell;
use super::layer::AuthFuture;
use super::response::restore_hidden;

/// A service with the cell for its `Auth`.
#[derive(Clone)]
pub(super) struct MountedService<V> {
    service: V,
    cell: AuthCell,
}

impl<V> MountedService<V> {
    pub(super) fn new(service: V, cell: AuthCell) -> Self {
        Self { service, cell }
    }
}

impl<V> Service<Request> for MountedService<V>
where
    V: Service<Request, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    V::Error: 'static,
{
    type Response = Response;
    type Error = V::Error;
    type Future = Either<
        AuthFuture<MapOk<V::Future, fn(V::Response) -> Response>>,
        AuthFuture<BoxFuture<'static, Result<Response, V::Error>>>,
    >;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let metadata = self.cell.install(request.extensions_mut());
        if !self.cell.requires() {
            let into_response: fn(V::Response) -> Response = if request.method() == Method::HEAD {
                |answer| into_response(answer, &Method::HEAD)
            } else {
                |answer| into_response(answer, &Method::GET)
            };
            let answer = self.service.call(request).map_ok(into_response);
            return Either::Left(AuthFuture::new(answer, metadata));
        }
        // Takes the service that is ready and keeps the clone, which may not be ready.
        let clone = self.service.clone();
        let mut service = mem::replace(&mut self.service, clone);
        let cell = self.cell.clone();
        let answer = async move {
            let (mut parts, body) = request.into_parts();
            match cell.enforce_required(&mut parts, &()).await {
                Ok(()) => {
                    let method = parts.method.clone();
                    let answer = service.call(Request::from_parts(parts, body)).await;
                    answer.map(|answer| into_response(answer, &method))
                }
                Err(refusal) => Ok(refusal.into_response()),
            }
        };
        Either::Right(AuthFuture::new(answer.boxed(), metadata))
    }
}

fn into_response(answer: impl IntoResponse, method: &Method) -> Response {
    let mut response = answer.into_response();
    restore_hidden(&mut response, method);
    response
}

/// A layer with the cell for its `Auth`, so that the extractors of the middleware work.
#[derive(Clone)]
pub(super) struct MountedLayer<L> {
    layer: L,
    cell: AuthCell,
}

impl<L> MountedLayer<L> {
    pub(super) fn new(layer: L, cell: AuthCell) -> Self {
        Self { layer, cell }
    }
}

impl<L: Layer<V>, V> Layer<V> for MountedLayer<L> {
    type Service = MountedService<L::Service>;

    fn layer(&self, inner: V) -> Self::Service {
        MountedService::new(self.layer.layer(inner), self.cell.clone())
    }
}
