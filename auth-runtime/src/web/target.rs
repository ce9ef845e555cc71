//! The target of a request as it was sent, before nested routers strip their prefix.

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
