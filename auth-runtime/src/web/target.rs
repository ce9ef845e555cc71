//! The target of a request as it was sent: nested routers cut off what is theirs.

use axum::extract::OriginalUri;
use axum::http::Uri;
use axum::http::request::Parts;

/// The target as it was sent.
pub(super) fn target(parts: &Parts) -> &Uri {
    match parts.extensions.get() {
        Some(OriginalUri(sent)) => sent,
        None => &parts.uri,
    }
}
