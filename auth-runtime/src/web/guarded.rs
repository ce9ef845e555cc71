//! A handler that carries its `Auth`, so that a router needs no layer for it.

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use futures_util::future::{BoxFuture, Either, FutureExt};

use super::layer::AuthFuture;
use super::slot::Slot;

/// A handler with its slot.
#[derive(Clone)]
pub(super) struct Guarded<H> {
    pub(super) handler: H,
    pub(super) slot: Slot,
}

impl<H, T, S> Handler<T, S> for Guarded<H>
where
    H: Handler<T, S>,
    T: 'static,
    S: Send + 'static,
{
    type Future = Either<AuthFuture<H::Future>, AuthFuture<BoxFuture<'static, Response>>>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let Self { handler, slot } = self;
        let seen = slot.install(request.extensions_mut()).unwrap_or_default();
        if !slot.requires() {
            return Either::Left(AuthFuture::new(handler.call(request, state), seen));
        }
        let answer = async move {
            let (mut parts, body) = request.into_parts();
            match slot.admit(&mut parts).await {
                Ok(()) => handler.call(Request::from_parts(parts, body), state).await,
                Err(refusal) => refusal.into_response(),
            }
        };
        Either::Right(AuthFuture::new(answer.boxed(), seen))
    }
}
