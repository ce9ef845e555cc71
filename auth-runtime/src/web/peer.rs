//! The peer of the connection, from the server's connection information.

#[cfg(feature = "failure-limit")]
use std::net::SocketAddr;

use axum::http::request::Parts;
#[cfg(feature = "failure-limit")]
use axum::{
    extract::connect_info::{ConnectInfo, MockConnectInfo},
    http::Extensions,
};

use crate::credential::Peer;

/// The peer of the connection: an address from the server, then a Unix socket, then a mock address. As in
/// axum's extractor `ConnectInfo`, a mock does not override what the server provides.
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

/// Only failure limits need the peer, and axum provides it only with its feature `tokio`.
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
