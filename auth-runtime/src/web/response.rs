//! DENIAL -> response: the status, the challenges and the body put together.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, RETRY_AFTER, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::auth::Auth;
use crate::challenge::challenges;
use crate::policy::{Denial, Hide, Rule};
use crate::render::{self, Rendering};

/// The answer to a request that was not let in: the rejection of the guard and of the extractors.
///
/// Return it, or turn it into a response; there is nothing to change about it.
#[derive(Debug)]
#[must_use = "a refusal that is not returned lets the request through"]
// Boxed because it travels through every `Result` of the guard, the good ones included.
pub struct Refusal(Box<Response>);

impl Refusal {
    pub(super) fn new(
        denial: Denial,
        rule: Option<&'static Rule>,
        auth: &Auth,
        request: &Parts,
    ) -> Self {
        let denial = auth.disclose(denial);
        if rule.is_some_and(|rule| is_hidden(denial.status(), rule.hide)) {
            return match auth.not_found(request) {
                Some(rendering) => Self::hidden(rendering, denial, request),
                None => Self::failed(request),
            };
        }
        let Some(rendering) = auth.render(&denial, request) else {
            return Self::failed(request);
        };
        let mut refusal = Self::visible(rendering, denial.clone());
        for line in challenges(&denial, rule, auth.challenge_settings()) {
            refusal.0.headers_mut().append(WWW_AUTHENTICATE, line);
        }
        refusal
    }

    /// Without an `Auth` there are no settings and no renderer to ask.
    pub(super) fn without_auth(request: &Parts) -> Self {
        Self::failed(request)
    }

    pub(super) fn failed(request: &Parts) -> Self {
        Self::visible(render::problem(&Denial::Failed, request), Denial::Failed)
    }

    /// A 4xx or 5xx that is not ours.
    pub(super) fn from_extractor(mut response: Response) -> Self {
        response
            .headers_mut()
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        Self(Box::new(response))
    }

    /// A 404 like that of a path without a route, to the byte.
    fn hidden(rendering: Rendering, denial: Denial, request: &Parts) -> Self {
        let empty = rendering.body.is_empty();
        let mut refusal = Self::assemble(StatusCode::NOT_FOUND, rendering, denial);
        if empty && request.method == Method::HEAD {
            // To a body of known length axum's routes add `Content-Length`; its 404 has none.
            *refusal.0.body_mut() =
                Body::from_stream(stream::empty::<Result<Vec<u8>, Infallible>>());
        }
        refusal
    }

    fn visible(rendering: Rendering, denial: Denial) -> Self {
        let retry_after = match denial {
            Denial::Unavailable { retry_after } => Some(HeaderValue::from(retry_after.as_secs())),
            _ => None,
        };
        let mut refusal = Self::assemble(denial.status(), rendering, denial);
        let headers = refusal.0.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry_after) = retry_after {
            headers.insert(RETRY_AFTER, retry_after);
        }
        refusal
    }

    fn assemble(status: StatusCode, rendering: Rendering, denial: Denial) -> Self {
        let mut response = Response::new(Body::from(rendering.body));
        *response.status_mut() = status;
        *response.headers_mut() = rendering.headers;
        // Not the renderer's: what says the answer's meaning, and what frames it.
        for name in [
            WWW_AUTHENTICATE,
            RETRY_AFTER,
            CONTENT_LENGTH,
            TRANSFER_ENCODING,
        ] {
            response.headers_mut().remove(name);
        }
        response.extensions_mut().insert(denial);
        Self(Box::new(response))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// Whether this answer was made by a guard or an extractor of ours.
pub(super) fn was_refused(response: &Response) -> bool {
    response.extensions().get::<Denial>().is_some()
}

/// Row C7: whether a refusal with this status looks like a path without a route. What is wrong on
/// our side is never hidden.
fn is_hidden(status: StatusCode, hide: Hide) -> bool {
    match hide {
        Hide::Never => false,
        Hide::Forbidden => matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
        Hide::Always => status.is_client_error(),
    }
}
