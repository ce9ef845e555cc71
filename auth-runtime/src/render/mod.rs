//! The bodies of responses to denied requests.
//!
//! Pass one of the functions here, or your own, to [`AuthBuilder::renderer`](crate::AuthBuilder::renderer). A renderer
//! returns the body and can add header fields. It can't change the status, `WWW-Authenticate`, `Cache-Control` or
//! `Retry-After`. Only [`for_browsers`] can redirect a browser to the login page in place of a 401.
//!
//! gRPC clients can't read such bodies. A request with the media type `application/grpc` is answered with
//! `grpc-status` and `grpc-message` and an empty body, and the renderer is not called.
//!
//! ```
//! use auth_runtime::{Auth, render};
//! # use auth_runtime::testing::Issuer;
//! # let jwt = Issuer::new("https://issuer.example", "https://api.example").jwt();
//!
//! let auth = Auth::builder().bearer(jwt).renderer(render::error_and_message).build()?;
//! # Ok::<(), auth_runtime::auth::BuildError>(())
//! ```

mod browsers;
mod next_page;

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::policy::Denial;

pub use crate::credential::is_page_navigation;
pub use browsers::for_browsers;
pub(crate) use browsers::{LogIn, Redirection};
pub use next_page::NextPage;

/// The header fields and the body that a renderer returns.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Rendering {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Only for a 401. Only [`for_browsers`] sets it.
    pub(crate) log_in: Option<LogIn>,
}

impl Rendering {
    /// An empty body.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body with a media type.
    pub fn new(content_type: HeaderValue, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::default()
        }
        .header(CONTENT_TYPE, content_type)
    }

    /// A body of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(
            HeaderValue::from_static("text/plain; charset=utf-8"),
            text.into(),
        )
    }

    /// A value as JSON. If the value can't be serialized, the body is empty.
    pub fn json(value: &impl Serialize) -> Self {
        Self::json_as(HeaderValue::from_static("application/json"), value)
    }

    /// Sets a header field. An earlier value is replaced.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn json_as(content_type: HeaderValue, value: &impl Serialize) -> Self {
        Self::new(content_type, serde_json::to_vec(value).unwrap_or_default())
    }
}

/// `application/problem+json` (RFC 9457), the default:
/// `{"type":"about:blank","title":"Unauthorized","status":401,"code":"invalid_token"}`, with
/// `required_scopes` if scopes are missing.
pub fn problem(denial: &Denial, _request: &Parts) -> Rendering {
    #[derive(Serialize)]
    struct Problem<'a> {
        r#type: &'a str,
        title: &'a str,
        status: u16,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        required_scopes: Vec<&'a str>,
    }
    let status = denial.status();
    Rendering::json_as(
        HeaderValue::from_static("application/problem+json"),
        &Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code: denial.code(),
            required_scopes: required_scopes(denial),
        },
    )
}

/// `{"error":"invalid_token","message":"The access token expired"}` as `application/json`.
pub fn error_and_message(denial: &Denial, _request: &Parts) -> Rendering {
    #[derive(Serialize)]
    struct ErrorAndMessage<'a> {
        error: &'a str,
        message: &'a str,
    }
    let without_code = match denial {
        Denial::MissingCredentials | Denial::UnsupportedScheme | Denial::InvalidCredentials => {
            "unauthorized"
        }
        Denial::TooManyAttempts { .. } => "too_many_attempts",
        Denial::NotFound => "not_found",
        Denial::Unavailable { .. } => "temporarily_unavailable",
        _ => "server_error",
    };
    Rendering::json(&ErrorAndMessage {
        error: denial.code().unwrap_or(without_code),
        message: denial.description(),
    })
}

/// The description of the denial as `text/plain`.
pub fn plain_text(denial: &Denial, _request: &Parts) -> Rendering {
    Rendering::text(denial.description())
}

/// The rendering for a gRPC request; `None` for other requests. A gRPC client would read another body as a broken
/// message, and report an internal error instead of the denial.
pub(crate) fn grpc(denial: &Denial, request: &Parts) -> Option<Rendering> {
    const MEDIA_TYPE: &str = "application/grpc";
    let media_type = request.headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let rest = media_type.strip_prefix(MEDIA_TYPE)?;
    // `application/grpc-web` is another media type.
    if !rest.is_empty() && !rest.starts_with(['+', ';']) {
        return None;
    }
    let code = match denial.status() {
        StatusCode::BAD_REQUEST => "3",          // INVALID_ARGUMENT
        StatusCode::NOT_FOUND => "5",            // NOT_FOUND
        StatusCode::FORBIDDEN => "7",            // PERMISSION_DENIED
        StatusCode::TOO_MANY_REQUESTS => "8",    // RESOURCE_EXHAUSTED
        StatusCode::SERVICE_UNAVAILABLE => "14", // UNAVAILABLE
        StatusCode::UNAUTHORIZED => "16",        // UNAUTHENTICATED
        _ => "13",                               // INTERNAL
    };
    let answer = Rendering::new(HeaderValue::from_static(MEDIA_TYPE), Vec::new())
        .header(
            HeaderName::from_static("grpc-status"),
            HeaderValue::from_static(code),
        )
        .header(
            HeaderName::from_static("grpc-message"),
            HeaderValue::from_static(denial.description()),
        );
    Some(answer)
}

fn required_scopes(denial: &Denial) -> Vec<&'static str> {
    match denial {
        Denial::InsufficientScope(required) => {
            required.iter().map(crate::scope::Scope::as_str).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(media_type: &'static str, denial: &Denial) -> Option<Rendering> {
        let request =
            http::Request::post("/warehouse.Stock/Level").header(CONTENT_TYPE, media_type);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        grpc(denial, &parts)
    }

    #[test]
    fn grpc_clients_get_a_grpc_status_and_no_body() {
        for (denial, code) in [
            (Denial::MissingCredentials, "16"),
            (Denial::Forbidden, "7"),
            (Denial::NotFound, "5"),
            (Denial::Failed, "13"),
        ] {
            for media_type in ["application/grpc", "application/grpc+proto"] {
                let answer = to(media_type, &denial).unwrap();
                assert_eq!(answer.headers["grpc-status"], code, "{denial:?}");
                assert_eq!(answer.headers[CONTENT_TYPE], "application/grpc");
                assert!(answer.body.is_empty());
                // No character needs the percent-encoding of gRPC.
                assert_eq!(answer.headers["grpc-message"], denial.description());
                assert!(!denial.description().contains('%'));
            }
        }
    }

    #[test]
    fn an_ended_session_and_a_cross_site_request_have_their_own_code() {
        let (request, ()) = http::Request::new(()).into_parts();
        for (denial, as_problem, as_error) in [
            (
                Denial::SessionExpired,
                r#"{"type":"about:blank","title":"Unauthorized","status":401,"code":"session_expired"}"#,
                r#"{"error":"session_expired","message":"The session has ended"}"#,
            ),
            (
                Denial::CrossSiteRequest,
                r#"{"type":"about:blank","title":"Forbidden","status":403,"code":"csrf"}"#,
                r#"{"error":"csrf","message":"The request may come from another site"}"#,
            ),
        ] {
            assert_eq!(problem(&denial, &request).body, as_problem.as_bytes());
            let error = error_and_message(&denial, &request);
            assert_eq!(error.body, as_error.as_bytes());
        }
    }

    #[test]
    fn only_grpc_clients_get_a_grpc_status() {
        for media_type in [
            "application/json",
            "application/grpc-web",
            "application/grpcx",
        ] {
            assert!(to(media_type, &Denial::Forbidden).is_none(), "{media_type}");
        }
    }
}
