//! Pages in place of refused requests and failures.

use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::render::{self, Rendering};
use auth_runtime::session::SessionError;
use auth_runtime::{BoxError, Denial};
use axum::http::header::{RETRY_AFTER, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::layout::{HEADERS, HTML, Page};
use super::{ACCOUNT, LOG_IN};

/// The renderer: links lead to the login page, forms get a page that says what is wrong, and all other requests get
/// what they would get without pages.
pub(crate) fn render_denial() -> impl Fn(&Denial, &Parts) -> Rendering + Send + Sync + 'static {
    let redirect = render::for_browsers(LOG_IN);
    move |denial, request| {
        let reads = [Method::GET, Method::HEAD].contains(&request.method);
        let is_redirected = denial.status() == StatusCode::UNAUTHORIZED && reads;
        if is_redirected || !render::is_page_navigation(request) {
            return redirect(denial, request);
        }
        let mut rendering = Rendering::new(HTML, explain(denial.status()).into_html());
        for (name, value) in HEADERS {
            rendering = rendering.header(name, HeaderValue::from_static(value));
        }
        rendering.header(VARY, HeaderValue::from_static("Accept, Sec-Fetch-Mode"))
    }
}

/// A failure of a handler.
pub(super) struct Failure(Response);

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        Self(error.into_response())
    }
}

/// A password could not be hashed.
impl From<AuthenticationError> for Failure {
    fn from(error: AuthenticationError) -> Self {
        Self(error.into_response())
    }
}

/// The store of users or of keys failed.
impl From<BoxError> for Failure {
    fn from(error: BoxError) -> Self {
        tracing::error!(error, "a store failed");
        Self((StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        explain(refusal.status()).in_place_of(&refusal)
    }
}

fn explain(status: StatusCode) -> Page {
    let (title, text) = match status {
        StatusCode::UNAUTHORIZED => (
            "Log in again",
            "You are not logged in any more, or this needs a more recent login. Nothing was changed.",
        ),
        StatusCode::FORBIDDEN => (
            "Not allowed",
            "You may not do this, or a page of another site has caused it. Nothing was changed.",
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            "Too many attempts",
            "There were too many attempts. Try again later.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "Not available",
            "The shop cannot do this at the moment. Try again in a few seconds.",
        ),
        _ => ("Something went wrong", "The shop cannot do this."),
    };
    let content = html! {
        h1 { (title) }
        p { (text) }
        p { a href=(ACCOUNT) { "Go to your account" } }
    };
    Page::new(title, &content)
}
