//! The other end of the connection, as the server tells it.

#[cfg(feature = "failure-limit")]
use std::net::SocketAddr;

use axum::http::request::Parts;
#[cfg(feature = "failure-limit")]
use axum::{
    extract::connect_info::{ConnectInfo, MockConnectInfo},
    http::Extensions,
};

use crate::credential::Peer;

/// A real address counts first, then a Unix socket, and what a test made up last: the order of axum's
/// extractor `ConnectInfo`, where nothing that a server says is overridden.
#[cfg(feature = "failure-limit")]
pub(super) fn peer(parts: &Parts) -> Peer {
    let extensions = &parts.extensions;
    if let Some(ConnectInfo(address)) = extensions.get::<ConnectInfo<SocketAddr>>() {
        Peer::Address(address.ip())
    } else if is_of_unix_socket(extensions) {
        Peer::UnixSocket
    } else if let Some(MockConnectInfo(address)) = extensions.get::<MockConnectInfo<SocketAddr>>() {
        Peer::Address(address.ip())
    } else {
        Peer::Unknown
    }
}

/// Only what limits failures asks for it, and axum knows of it with its feature `tokio` only.
#[cfg(not(feature = "failure-limit"))]
pub(super) fn peer(_: &Parts) -> Peer {
    Peer::Unknown
}

#[cfg(all(unix, feature = "failure-limit"))]
fn is_of_unix_socket(extensions: &Extensions) -> bool {
    use super::unix_peer::UnixPeer;

    extensions.get::<ConnectInfo<UnixPeer>>().is_some()
        || extensions.get::<MockConnectInfo<UnixPeer>>().is_some()
        || extensions
            .get::<ConnectInfo<tokio::net::unix::SocketAddr>>()
            .is_some()
}

#[cfg(all(not(unix), feature = "failure-limit"))]
fn is_of_unix_socket(_: &Extensions) -> bool {
    false
}
