//! Refusals of the shop itself, in the shape of those of its guards (RFC 9457).

use auth_runtime::allow_anonymous;
use auth_runtime::render::Rendering;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// An answer other than the one that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem(StatusCode);

pub(crate) const NOT_FOUND: Problem = Problem(StatusCode::NOT_FOUND);
/// The order, or whatever it is, has gone too far for that.
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

    /// The same from a guard, so that nobody can tell a hidden route from one that is not there.
    pub(crate) fn rendering(self) -> Rendering {
        Rendering::new(PROBLEM, self.body())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, [(CONTENT_TYPE, PROBLEM)], self.body()).into_response()
    }
}

#[allow_anonymous(reason = "there is nothing to guard")]
pub(crate) async fn not_found() -> Problem {
    NOT_FOUND
}

#[allow_anonymous(reason = "there is nothing to guard")]
pub(crate) async fn method_not_allowed() -> Problem {
    Problem(StatusCode::METHOD_NOT_ALLOWED)
}
