//! The original target of a request, before nested routers remove their prefix.

use axum::extract::OriginalUri;
use axum::http::Uri;
use axum::http::request::Parts;

/// The original target.
pub(super) fn target(parts: &Parts) -> &Uri {
    match parts.extensions.get() {
        Some(OriginalUri(sent)) => sent,
        None => &parts.uri,
    }
}
