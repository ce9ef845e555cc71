//! The page and its files, the header fields of all responses, and the host names that are answered.

use auth_runtime::routing::get;
use auth_runtime::{Router, allow_anonymous};
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::{Authority, Uri};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// No inline scripts or styles, and nothing from other hosts.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
        ),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";

struct File {
    path: &'static str,
    content_type: &'static str,
    content: &'static str,
}

/// Part of the program, so that it runs from any folder.
const FILES: [File; 8] = [
    File {
        path: "/",
        content_type: HTML,
        content: include_str!("../page/index.html"),
    },
    File {
        path: "/style.css",
        content_type: STYLE,
        content: include_str!("../page/style.css"),
    },
    File {
        path: "/icon.svg",
        content_type: SVG,
        content: include_str!("../page/icon.svg"),
    },
    File {
        path: "/app.js",
        content_type: SCRIPT,
        content: include_str!("../page/app.js"),
    },
    File {
        path: "/callers.js",
        content_type: SCRIPT,
        content: include_str!("../page/callers.js"),
    },
    File {
        path: "/exchanges.js",
        content_type: SCRIPT,
        content: include_str!("../page/exchanges.js"),
    },
    File {
        path: "/results.js",
        content_type: SCRIPT,
        content: include_str!("../page/results.js"),
    },
    File {
        path: "/client/auth-fetch.js",
        content_type: SCRIPT,
        content: include_str!("../client/auth-fetch.js"),
    },
];

pub(crate) fn routes() -> Router<App> {
    FILES.iter().fold(Router::new(), |router, file| {
        router.route(file.path, get(serve))
    })
}

#[allow_anonymous(reason = "a file of the page")]
async fn serve(uri: Uri) -> Response {
    match FILES.iter().find(|file| file.path == uri.path()) {
        Some(file) => (
            [
                (CONTENT_TYPE, file.content_type),
                (CACHE_CONTROL, "no-cache"),
            ],
            file.content,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Adds the header fields, and refuses other host names.
pub(crate) fn protect(app: axum::Router) -> axum::Router {
    app.layer(middleware::from_fn(answer_localhost))
}

/// A name of another site that points to this machine (DNS rebinding) gets no answer, because its pages know the
/// passwords.
async fn answer_localhost(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let is_local = host.is_some_and(|host| ["localhost", "127.0.0.1"].contains(&host.host()));
    let mut response = if is_local {
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    };
    response.headers_mut().extend(HEADERS);
    response
}
