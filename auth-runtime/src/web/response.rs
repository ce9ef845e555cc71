//! DENIAL -> response: the status, the challenges and the body put together.

use std::convert::Infallible;

use axum::body::{Body, HttpBody};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, RETRY_AFTER, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::denial_context::{DenialContext, Hidden};
use super::observe::{self, LoggedReason};
use crate::auth::Auth;
use crate::identity::Identity;
use crate::policy::{AttributedDenial, Denial, Hide};
use crate::render::{self, Rendering};

/// The answer to a request that was not let in: the rejection of the guard and of the extractors.
///
/// Return it, or turn it into a response, whose status and challenge stay as they are. Its
/// [`Denial`] is also in the response's extensions, where middleware such as an access log finds
/// it.
#[derive(Debug)]
#[must_use = "a refusal that is not returned lets the request through"]
// Boxed because it travels through every `Result` of the guard, the good ones included.
pub struct AuthRejection(Box<Response>);

impl AuthRejection {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Why; none where an extractor of a check has answered by itself.
    #[must_use]
    pub fn denial(&self) -> Option<&Denial> {
        self.0.extensions().get()
    }

    /// Logs the denial and makes the answer to it.
    pub(super) fn new(
        denied: AttributedDenial,
        context: &DenialContext<'_>,
        auth: &Auth,
        request: &Parts,
    ) -> Self {
        let attempted = denied.attempted;
        let reason = denied.denial.clone();
        let reason = LoggedReason::Denial(&reason, auth);
        let (denial, hidden) = disclose(denied, context, auth, request);
        let status = status_of(&denial, hidden);
        observe::denied(context, attempted, &reason, status, request);
        if hidden {
            let rendering = auth.not_found(request).unwrap_or_else(|| {
                observe::renderer_panicked(context);
                Rendering::empty()
            });
            return Self::hidden(rendering, denial, request);
        }
        let rendering = render::grpc(&denial, request).or_else(|| auth.render(&denial, request));
        let rendering = rendering.unwrap_or_else(|| {
            observe::renderer_panicked(context);
            render::problem(&denial, request)
        });
        let mut refusal = Self::visible(rendering, denial.clone());
        for line in auth.challenges(&denial, attempted, context.rule, request) {
            refusal.0.headers_mut().append(WWW_AUTHENTICATE, line);
        }
        refusal
    }

    /// The same refusal of a route that is hidden by another of its rules.
    pub(super) fn hide(self, hide: Hide, auth: &Auth, request: &Parts) -> Self {
        let denial = self.denial().cloned();
        match denial {
            Some(denial) if is_hidden(self.status(), hide) => {
                let rendering = auth.not_found(request).unwrap_or_else(Rendering::empty);
                Self::hidden(rendering, denial, request)
            }
            _ => self,
        }
    }

    /// Without an `Auth` there are no settings and no renderer to ask.
    pub(super) fn without_auth(request: &Parts) -> Self {
        let rendering = render::grpc(&Denial::Failed, request);
        let rendering = rendering.unwrap_or_else(|| render::problem(&Denial::Failed, request));
        Self::visible(rendering, Denial::Failed)
    }

    /// What an extractor of a check has answered: a 4xx or 5xx, ours or not.
    pub(super) fn from_extractor(
        mut response: Response,
        context: &DenialContext<'_>,
        request: &Parts,
    ) -> Self {
        if !was_refused(&response) {
            let scheme = context.identity.map(Identity::scheme);
            let status = response.status();
            observe::denied(
                context,
                scheme,
                &LoggedReason::ExtractorOfCheck,
                status,
                request,
            );
        }
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
        refusal.0.extensions_mut().insert(Hidden);
        if empty {
            *refusal.0.body_mut() = body_of_empty_404(&request.method);
        }
        refusal
    }

    fn visible(rendering: Rendering, denial: Denial) -> Self {
        let retry_after = match denial {
            // Whole seconds, and never none: a client would try again at once.
            Denial::Unavailable { retry_after } | Denial::TooManyAttempts { retry_after } => {
                Some(retry_after.as_millis().div_ceil(1000).max(1))
            }
            _ => None,
        };
        let mut refusal = Self::assemble(denial.status(), rendering, denial);
        let headers = refusal.0.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after.and_then(|seconds| u64::try_from(seconds).ok()) {
            headers.insert(RETRY_AFTER, seconds.into());
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

/// As much of a denial as the caller may be told, and whether the route is hidden from this caller.
fn disclose(
    denied: AttributedDenial,
    context: &DenialContext<'_>,
    auth: &Auth,
    request: &Parts,
) -> (Denial, bool) {
    let denial = auth.disclose(denied, request);
    let rule = context.rule;
    let hidden = rule.is_some_and(|rule| is_hidden(denial.status(), rule.hide));
    (denial, hidden)
}

fn status_of(denial: &Denial, hidden: bool) -> StatusCode {
    if hidden {
        StatusCode::NOT_FOUND
    } else {
        denial.status()
    }
}

/// The status that the answer to a denial would have.
pub(super) fn would_be_status(
    denied: AttributedDenial,
    context: &DenialContext<'_>,
    auth: &Auth,
    request: &Parts,
) -> StatusCode {
    let (denial, hidden) = disclose(denied, context, auth, request);
    status_of(&denial, hidden)
}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// Whether this answer was made by a guard or an extractor of ours.
pub(super) fn was_refused(response: &Response) -> bool {
    response.extensions().get::<Denial>().is_some()
}

/// Row C7: whether a refusal with this status looks like a path without a route. If the route is
/// hidden from anonymous callers too, an outage is hidden as well: a 503 caused by the load of other
/// requests would reveal the route. The outage is logged.
fn is_hidden(status: StatusCode, hide: Hide) -> bool {
    match hide {
        Hide::Never => false,
        Hide::Forbidden => matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
        Hide::Always => status.is_client_error() || status.is_server_error(),
    }
}

/// A body that is sent in the same way as that of axum's own 404. axum's routes add `Content-Length` for
/// a body of known length; its 404 to `HEAD` has none.
fn body_of_empty_404(method: &Method) -> Body {
    if method == Method::HEAD {
        Body::from_stream(stream::empty::<Result<Vec<u8>, Infallible>>())
    } else {
        Body::empty()
    }
}

/// Undoes what middleware did to the empty body of a hidden route's answer. Middleware that wraps or
/// reads bodies leaves a different empty body, which would be framed differently.
pub(super) fn restore_hidden(response: &mut Response, method: &Method) {
    let is_empty = response.body().size_hint().exact() == Some(0);
    if is_empty && response.extensions().get::<Hidden>().is_some() {
        *response.body_mut() = body_of_empty_404(method);
    }
}
