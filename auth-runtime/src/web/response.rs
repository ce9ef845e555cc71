//! From a denial to its response: the status, the challenges and the body.

use std::convert::Infallible;

use axum::body::{Body, HttpBody};
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::denial_context::{DenialContext, Hidden};
use super::observe::{self, LoggedReason};
use super::request_auth::RequestAuth;
use super::target::target;
use crate::auth::{Auth, Refusal, without_reserved};
use crate::identity::Identity;
use crate::policy::{AttributedDenial, Denial, Hide};
use crate::render::{self, Rendering};

/// The response to a denied request. The guard and the extractors use it as their rejection.
///
/// Return it from a handler or middleware, or convert it with [`IntoResponse`]. The [`Denial`] is also in the extensions
/// of the response, for middleware such as an access log.
#[derive(Debug)]
#[must_use = "the request is only denied if this rejection is returned"]
// Boxed to keep every `Result` of the guard small.
pub struct AuthRejection(Box<Response>);

impl AuthRejection {
    /// The status of the response. It is 303 if [`render::for_browsers`](crate::render::for_browsers) redirects to the
    /// login page.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The reason. `None` if an extractor of a check, which is not part of this crate, rejected the request.
    #[must_use]
    pub fn denial(&self) -> Option<&Denial> {
        self.0.extensions().get()
    }

    /// Logs the denial and creates the response.
    pub(super) fn new(
        denied: AttributedDenial,
        context: &DenialContext<'_>,
        auth: &Auth,
        request: &Parts,
    ) -> Self {
        let attempted = denied.attempted;
        let accepted = auth.accepted_challenges(context.rule, request);
        let disclosed = auth.redacted(&denied, &accepted, request);
        let (status, hidden) = status_of(disclosed.as_ref().unwrap_or(&denied.denial), context);
        let reason = LoggedReason::Denial(&denied.denial, auth);
        observe::denied(context, attempted, &reason, status, Some(request));
        let denial = disclosed.unwrap_or(denied.denial);
        let identity = auth
            .adds_identity_to_responses()
            .then(|| {
                let found = || RequestAuth::of(request)?.identity();
                context.identity.or_else(found).cloned()
            })
            .flatten();
        if hidden {
            let rendering = auth.not_found(request).unwrap_or_else(|| {
                observe::renderer_panicked(context);
                Rendering::empty()
            });
            return Self::hidden(rendering, denial, request).with_identity(identity);
        }
        let rule = context.rule;
        let with =
            |rendering, accepted| auth.make_refusal(rendering, &denial, attempted, accepted, rule);
        let refusal = match render::grpc(&denial, request) {
            Some(rendering) => with(rendering, accepted),
            None => auth
                .refusal(&denial, attempted, accepted, rule, request, target)
                .unwrap_or_else(|| {
                    observe::renderer_panicked(context);
                    let accepted = auth.accepted_challenges(rule, request);
                    with(render::problem(&denial, request), accepted)
                }),
        };
        Self::visible(&refusal, denial).with_identity(identity)
    }

    fn with_identity(mut self, identity: Option<Identity>) -> Self {
        if let Some(identity) = identity {
            self.0.extensions_mut().insert(identity);
        }
        self
    }

    /// Hides the response, if another rule of the route hides it.
    pub(super) fn hide(self, hide: Hide, auth: &Auth, request: &Parts) -> Self {
        let denial = self.denial().cloned();
        match denial {
            Some(denial) if is_hidden(status_of_refusal(&self.0), hide) => {
                let rendering = auth.not_found(request).unwrap_or_else(Rendering::empty);
                let identity = self.0.extensions().get::<Identity>().cloned();
                Self::hidden(rendering, denial, request).with_identity(identity)
            }
            _ => self,
        }
    }

    /// The response without settings and renderer, because there is no `Auth`.
    pub(super) fn without_auth(request: &Parts) -> Self {
        let rendering = render::grpc(&Denial::Failed, request);
        let rendering = rendering.unwrap_or_else(|| render::problem(&Denial::Failed, request));
        Self::visible(
            &Refusal::new(&Denial::Failed, rendering, None),
            Denial::Failed,
        )
    }

    /// The 4xx or 5xx response of an extractor in a check, from this crate or another one.
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
                Some(request),
            );
        }
        response
            .headers_mut()
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        Self(Box::new(response))
    }

    /// A 404 with the same bytes as that of a path without a route.
    fn hidden(rendering: Rendering, denial: Denial, request: &Parts) -> Self {
        let body = if rendering.body.is_empty() {
            body_of_empty_404(&request.method)
        } else {
            Body::from(rendering.body)
        };
        let headers = without_reserved(rendering.headers);
        let mut refusal = Self::assemble(StatusCode::NOT_FOUND, headers, body, denial);
        refusal.0.extensions_mut().insert(Hidden);
        refusal
    }

    fn visible(refusal: &Refusal, denial: Denial) -> Self {
        let (headers, body) = (refusal.headers.clone(), refusal.body.clone());
        Self::assemble(refusal.status, headers, body.into(), denial)
    }

    fn assemble(status: StatusCode, headers: HeaderMap, body: Body, denial: Denial) -> Self {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response.extensions_mut().insert(denial);
        Self(Box::new(response))
    }
}

/// The status of the response, and whether the route is hidden from this caller.
fn status_of(denial: &Denial, context: &DenialContext<'_>) -> (StatusCode, bool) {
    let status = denial.status();
    match context.rule {
        Some(rule) if is_hidden(status, rule.hide) => (StatusCode::NOT_FOUND, true),
        _ => (status, false),
    }
}

/// The status that the response to a denial would have.
pub(super) fn would_be_status(
    denied: &AttributedDenial,
    context: &DenialContext<'_>,
    auth: &Auth,
    request: &Parts,
) -> StatusCode {
    let disclosed = auth.redacted(denied, &[], request);
    status_of(disclosed.as_ref().unwrap_or(&denied.denial), context).0
}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// The status of a refusal. If it redirects a browser to the login page, that of its denial.
pub(super) fn status_of_refusal(response: &Response) -> StatusCode {
    match response.extensions().get::<Denial>() {
        Some(denial) if response.status() == StatusCode::SEE_OTHER => denial.status(),
        _ => response.status(),
    }
}

/// Whether the response is from a guard or an extractor of this crate.
pub(super) fn was_refused(response: &Response) -> bool {
    response.extensions().get::<Denial>().is_some()
}

/// Whether a denial with this status must look like a path without a route (row C7). If the route is hidden from
/// anonymous callers, outages are hidden too: a 503 would reveal the route. They are logged.
fn is_hidden(status: StatusCode, hide: Hide) -> bool {
    match hide {
        Hide::Never => false,
        Hide::Forbidden => matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
        Hide::Always => status.is_client_error() || status.is_server_error(),
    }
}

/// A body that is sent with the same header fields as that of axum's own 404. For a body of known length axum adds
/// `Content-Length`, but its own 404 to `HEAD` has none.
fn body_of_empty_404(method: &Method) -> Body {
    if method == Method::HEAD {
        Body::from_stream(stream::empty::<Result<Vec<u8>, Infallible>>())
    } else {
        Body::empty()
    }
}

/// Restores the empty body of a hidden route's response. Middleware that wraps or reads bodies replaces it with another
/// empty body, which would be sent with other header fields.
pub(super) fn restore_hidden(response: &mut Response, method: &Method) {
    let is_empty = response.body().size_hint().exact() == Some(0);
    if is_empty && response.extensions().get::<Hidden>().is_some() {
        *response.body_mut() = body_of_empty_404(method);
    }
}
