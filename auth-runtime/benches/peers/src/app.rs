//! A router under measurement, of either version of axum.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::{Request, Response, StatusCode};
use http_body::Body;
use tower_service::Service;

pub(crate) enum App {
    Axum(axum::Router),
    Axum07(axum_0_7::Router),
}

impl App {
    /// Sends one request, reads the whole body of the response, and returns its status.
    pub(crate) fn answer(&mut self, request: Request<()>) -> StatusCode {
        match self {
            Self::Axum(router) => {
                let request = request.map(|()| axum::body::Body::empty());
                at_once(finish(router.call(request)))
            }
            Self::Axum07(router) => {
                let request = request.map(|()| axum_0_7::body::Body::empty());
                at_once(finish(router.call(request)))
            }
        }
    }
}

async fn finish<B>(response: impl Future<Output = Result<Response<B>, Infallible>>) -> StatusCode
where
    B: Body + Unpin,
{
    let Ok(response) = response.await;
    let (parts, mut body) = response.into_parts();
    while let Some(frame) = poll_fn(|context| pin!(&mut body).poll_frame(context)).await {
        assert!(frame.is_ok(), "the body failed");
    }
    parts.status
}

/// Without an executor, because its time and instructions would be measured. No row waits for anything.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the row waits for something"),
    }
}
