//! The response to a credential that a handler verified itself and that was not accepted.

use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};

use super::observe;
use crate::auth::{AuthenticationFailure, Refusal};
use crate::authenticator::AuthenticationError;
use crate::policy::AttributedDenial;
use crate::render::{self, Rendering};

const REFUSED: &str =
    r#"{"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_credentials"}"#;

/// For a handler that verifies a credential from the body of its request:
/// [`Auth::authenticate_password`](crate::Auth::authenticate_password) and
/// [`Auth::authenticate_token`](crate::Auth::authenticate_token).
///
/// 400 with the code `invalid_credentials` for every credential that is refused. It is not 401, which must have a
/// challenge (RFC 9110 section 15.5.2): a client can't answer a challenge with a form, and browsers answer `Basic` with
/// a dialog. 429 and 503 have `Retry-After`. The bodies are [problem details](crate::render::problem). To answer
/// otherwise, match the error.
///
/// Why a credential could not be verified (500, 503) is logged, and not sent.
impl IntoResponse for AuthenticationError {
    fn into_response(self) -> Response {
        let (AttributedDenial { denial, .. }, source) =
            AuthenticationFailure::Refused(self, None).into_denial();
        if let Some(source) = source {
            observe::authentication_failed(None, None, None, &*source);
        }
        let (status, rendering) = if denial.status().is_server_error()
            || denial.status() == StatusCode::TOO_MANY_REQUESTS
        {
            let (request, ()) = Request::new(()).into_parts();
            (denial.status(), render::problem(&denial, &request))
        } else {
            let problem = HeaderValue::from_static("application/problem+json");
            (StatusCode::BAD_REQUEST, Rendering::new(problem, REFUSED))
        };
        let refusal = Refusal::new(&denial, rendering, None);
        (status, refusal.headers, refusal.body).into_response()
    }
}
