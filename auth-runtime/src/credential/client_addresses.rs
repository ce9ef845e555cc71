//! The addresses of clients, by which failed authentications are counted. If an address is unknown, the
//! reason is logged once.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;

use super::client_address::{Peer, TrustedProxies, client_address};

/// Which proxies are trusted, and which reasons were logged.
///
/// Clients without an address have no common count: one of them could make all others wait.
#[derive(Debug)]
pub(crate) struct ClientAddresses {
    trusted: TrustedProxies,
    unknown: AtomicBool,
    unix_socket: AtomicBool,
    not_forwarded: AtomicBool,
}

impl ClientAddresses {
    pub(crate) const fn new(trusted: TrustedProxies) -> Self {
        Self {
            trusted,
            unknown: AtomicBool::new(false),
            unix_socket: AtomicBool::new(false),
            not_forwarded: AtomicBool::new(false),
        }
    }

    /// The address of the client whose request came from `peer`.
    pub(crate) fn find(&self, peer: Peer, headers: &HeaderMap) -> Option<IpAddr> {
        let address = client_address(peer, headers, &self.trusted);
        if address.is_none() {
            let (logged, reason) = self.why_unknown(peer);
            if !logged.swap(true, Ordering::Relaxed) {
                tracing::error!(
                    target: "auth_runtime",
                    "failed authentications are not counted by client address: {reason}"
                );
            }
        }
        address
    }

    /// Why the address is unknown. Not called for a peer that has an address.
    fn why_unknown(&self, peer: Peer) -> (&AtomicBool, &'static str) {
        match peer {
            Peer::Unknown | Peer::Address(_) | Peer::Client(_) => (
                &self.unknown,
                "the server does not provide it. For a TCP listener, serve \
                 `app.into_make_service_with_connect_info::<std::net::SocketAddr>()`; for a Unix \
                 listener, `app.into_make_service_with_connect_info::<auth_runtime::UnixPeer>()`",
            ),
            Peer::UnixSocket if self.trusted.trust_unix_sockets() => (
                &self.not_forwarded,
                "a request came through a Unix socket, and its `X-Forwarded-For` does not end with an \
                 address. Configure the proxy to add the address of the client",
            ),
            Peer::UnixSocket => (
                &self.unix_socket,
                "requests come through a Unix socket, whose peers have no address. If only your proxy \
                 can connect to the socket, and it adds `X-Forwarded-For`, call \
                 `AuthBuilder::trust_unix_peers`",
            ),
        }
    }
}
