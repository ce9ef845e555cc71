//! A handler with the cell for its `Auth`, so that a router needs no layer for it.
//!
//! It is the same type for all handlers, so axum's code for a route is compiled once for each type of state, and not
//! once for each handler.

use std::any::Any;
use std::future::{Future, pending};
use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;

use super::auth_cell::AuthCell;
use super::layer::AuthFuture;

/// A handler with the cell for its `Auth`.
pub(super) struct GuardedHandler<S>(Arc<Inner<S>>);

struct Inner<S> {
    handler: ErasedHandler<S>,
    cell: AuthCell,
}

impl<S: Send + Sync + 'static> GuardedHandler<S> {
    pub(super) fn new(handler: ErasedHandler<S>, cell: AuthCell) -> Self {
        Self(Arc::new(Inner { handler, cell }))
    }

    async fn enforce_and_call(self, request: Request, state: S) -> Response {
        let Inner { handler, cell } = &*self.0;
        let (mut parts, body) = request.into_parts();
        match cell.enforce_required(&mut parts, &state).await {
            Ok(()) => {
                let request = Request::from_parts(parts, body);
                handler.0.call(request, state).await
            }
            Err(refusal) => refusal.into_response(),
        }
    }
}

impl<S> Clone for GuardedHandler<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Send + Sync + 'static> Handler<(), S> for GuardedHandler<S> {
    type Future = AuthFuture<BoxFuture<'static, Response>>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let Inner { handler, cell } = &*self.0;
        let metadata = cell.install(request.extensions_mut());
        let answer = if cell.requires() {
            Box::pin(self.enforce_and_call(request, state))
        } else {
            handler.0.call(request, state)
        };
        AuthFuture::new(answer, metadata)
    }
}

/// A handler of any type for the state `S`. Boxing a function allocates nothing, because functions have no size.
pub(super) struct ErasedHandler<S>(Box<dyn CallHandler<S>>);

impl<S: 'static> ErasedHandler<S> {
    pub(super) fn new<H: Handler<T, S>, T: 'static>(handler: H) -> Self {
        Self(Box::new(TypedHandler(handler, PhantomData)))
    }
}

trait CallHandler<S>: Send + Sync {
    fn call(&self, request: Request, state: S) -> BoxFuture<'static, Response>;
}

/// A handler with the `T` of its [`Handler`] impl.
struct TypedHandler<H, T>(H, PhantomData<fn() -> T>);

impl<H: Handler<T, S>, T, S> CallHandler<S> for TypedHandler<H, T> {
    fn call(&self, request: Request, state: S) -> BoxFuture<'static, Response> {
        into_box(self.0.clone().call(request, state))
    }
}

/// Boxes a future, unless it is boxed already: the future of a function is.
fn into_box<F: Future<Output = Response> + Send + 'static>(
    mut future: F,
) -> BoxFuture<'static, Response> {
    let any: &mut dyn Any = &mut future;
    match any.downcast_mut::<BoxFuture<'static, Response>>() {
        // `pending()` has no size, so boxing it allocates nothing.
        Some(boxed) => mem::replace(boxed, Box::pin(pending())),
        None => Box::pin(future),
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::ptr;

    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn a_boxed_future_is_not_boxed_again() {
        let status = StatusCode::OK;
        let future: BoxFuture<'static, Response> = Box::pin(async move { status.into_response() });
        let before = ptr::from_ref(&*future).cast::<()>();
        let after = into_box(future);
        assert_eq!(ptr::from_ref(&*after).cast::<()>(), before);
    }

    #[tokio::test]
    async fn another_future_is_boxed() {
        let future = ready(StatusCode::IM_A_TEAPOT.into_response());
        assert_eq!(into_box(future).await.status(), StatusCode::IM_A_TEAPOT);
    }
}
