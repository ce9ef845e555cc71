//! A handler with the cell for its `Auth`, so that a router needs no layer for it.

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use futures_util::future::{BoxFuture, Either, FutureExt};

use super::auth_cell::AuthCell;
use super::layer::AuthFuture;

/// A handler with the cell for its `Auth`.
#[derive(Clone)]
pub(super) struct GuardedHandler<H> {
    pub(super) handler: H,
    pub(super) cell: AuthCell,
}

impl<H, T, S> Handler<T, S> for GuardedHandler<H>
where
    H: Handler<T, S>,
    T: 'static,
    S: Send + 'static,
{
    type Future = Either<AuthFuture<H::Future>, AuthFuture<BoxFuture<'static, Response>>>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let Self { handler, cell } = self;
        let metadata = cell.install(request.extensions_mut());
        if !cell.requires() {
            return Either::Left(AuthFuture::new(handler.call(request, state), metadata));
        }
        let answer = async move {
            let (mut parts, body) = request.into_parts();
            match cell.admit(&mut parts).await {
                Ok(()) => handler.call(Request::from_parts(parts, body), state).await,
                Err(refusal) => refusal.into_response(),
            }
        };
        Either::Right(AuthFuture::new(answer.boxed(), metadata))
    }
}
