//! Error responses of the shop, in the format that its guards use (RFC 9457).

use auth_runtime::allow_anonymous;
use auth_runtime::render::Rendering;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// An error response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem(StatusCode);

pub(crate) const NOT_FOUND: Problem = Problem(StatusCode::NOT_FOUND);
/// The order has already been shipped.
pub(crate) const CONFLICT: Problem = Problem(StatusCode::CONFLICT);

impl Problem {
    fn body(self) -> String {
        let Self(status) = self;
        format!(
            r#"{{"type":"about:blank","title":"{}","status":{}}}"#,
            status.canonical_reason().unwrap_or_default(),
            status.as_u16()
        )
    }

    /// The same response for a guard, so that a hidden route looks like a missing one.
    pub(crate) fn rendering(self) -> Rendering {
        Rendering::new(PROBLEM, self.body())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, [(CONTENT_TYPE, PROBLEM)], self.body()).into_response()
    }
}

#[allow_anonymous(reason = "no such route")]
pub(crate) async fn not_found() -> Problem {
    NOT_FOUND
}

#[allow_anonymous(reason = "no such method")]
pub(crate) async fn method_not_allowed() -> Problem {
    Problem(StatusCode::METHOD_NOT_ALLOWED)
}
