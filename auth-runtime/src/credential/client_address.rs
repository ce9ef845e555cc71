//! The address of a client behind trusted proxies.
//!
//! Any client can send `X-Forwarded-For`, and each proxy appends to it. So it is read from its end, and only
//! as far as the proxies that wrote it are trusted. `Forwarded` (RFC 7239) and `X-Real-IP` are not read: a
//! proxy that writes one of these three fields passes on the others as the client sent them.
//!
//! The peer of a Unix socket has no address, so a list of networks cannot say whether it is a proxy. This is
//! a separate setting. Without it, the address of the client is not known.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv4Net};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// More than any real chain of proxies.
const MAX_HOPS: usize = 32;

/// The bits of an IPv6 address before the IPv4 address that it maps (RFC 4291 section 2.5.5.2).
const MAPPED_PREFIX: u8 = 96;

/// The other end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "failure-limit"),
    allow(
        dead_code,
        reason = "connection information is read only with this feature"
    )
)]
pub(crate) enum Peer {
    Address(IpAddr),
    /// The client itself, as the application says. No proxy is taken into account.
    Client(IpAddr),
    /// The peer of a Unix socket, which has no address.
    UnixSocket,
    /// The server does not provide its address.
    Unknown,
}

/// The proxies whose `X-Forwarded-For` entries are trusted; none by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies {
    networks: Vec<IpNet>,
    unix_sockets: bool,
}

impl TrustedProxies {
    /// Parses addresses, such as `127.0.0.1`, and networks, such as `10.0.0.0/8`.
    ///
    /// The error lists each entry that is neither, has bits set after its prefix and so may mean a
    /// smaller network, or has a prefix of 0 and so would trust every address.
    pub(crate) fn parse<E>(entries: impl IntoIterator<Item = E>) -> Result<Self, Vec<String>>
    where
        E: Into<String>,
    {
        let mut networks = Vec::new();
        let mut bad = Vec::new();
        for entry in entries {
            let entry = entry.into();
            match network(&entry) {
                Some(network) => networks.push(network),
                None => bad.push(entry),
            }
        }
        if bad.is_empty() {
            Ok(Self {
                networks,
                unix_sockets: false,
            })
        } else {
            Err(bad)
        }
    }

    /// Sets whether all peers of Unix sockets are trusted.
    pub(crate) fn with_unix_sockets(self, trusted: bool) -> Self {
        Self {
            unix_sockets: trusted,
            ..self
        }
    }

    pub(crate) fn trust_unix_sockets(&self) -> bool {
        self.unix_sockets
    }

    /// `address` must be canonical.
    fn contain(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

fn network(entry: &str) -> Option<IpNet> {
    let entry = entry.trim_ascii();
    let network = unmapped(match entry.split_once('/') {
        Some((address, prefix)) => IpNet::new(address.parse().ok()?, prefix.parse().ok()?).ok()?,
        None => entry.parse::<IpAddr>().ok()?.into(),
    });
    (network == network.trunc() && network.prefix_len() > 0).then_some(network)
}

/// Converts a network of IPv4-mapped IPv6 addresses to an IPv4 network.
fn unmapped(network: IpNet) -> IpNet {
    let (IpAddr::V4(address), Some(prefix)) = (
        network.addr().to_canonical(),
        network.prefix_len().checked_sub(MAPPED_PREFIX),
    ) else {
        return network;
    };
    Ipv4Net::new(address, prefix).map_or(network, Into::into)
}

/// The address of the client whose request came from `peer`.
///
/// If the peer is not a trusted proxy, it is the client, whatever the request contains. Otherwise the client is
/// the last address in `X-Forwarded-For`, all lines taken together, that is not a trusted proxy: the address
/// that the outermost trusted proxy saw. If the list ends before, or has an entry that is not an address, the
/// result is the last trusted proxy before that. An IPv4-mapped address is returned as IPv4.
///
/// The peer of a Unix socket has no address. If it is trusted, the list is read in the same way; the result of an
/// empty list is `None`.
pub(crate) fn client_address(
    peer: Peer,
    headers: &HeaderMap,
    trusted: &TrustedProxies,
) -> Option<IpAddr> {
    let mut known = match peer {
        Peer::Address(address) => Some(address.to_canonical()),
        Peer::UnixSocket if trusted.unix_sockets => None,
        Peer::Client(address) => return Some(address.to_canonical()),
        Peer::UnixSocket | Peer::Unknown => return None,
    };
    let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
    let mut hops = lines
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
        .map(hop)
        .take(MAX_HOPS);
    while known.is_none_or(|known| trusted.contain(known)) {
        match hops.next().flatten() {
            Some(address) => known = Some(address),
            None => break,
        }
    }
    known
}

/// Parses an entry: an address, which may have a port, brackets if it is an IPv6 address, or both. Each entry is
/// parsed separately, so that entries further left, which the client wrote, can't make it invalid.
fn hop(entry: &[u8]) -> Option<IpAddr> {
    let entry = str::from_utf8(entry.trim_ascii()).ok()?;
    let bracketed = entry
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = if let Some(address) = bracketed {
        IpAddr::V6(address.parse().ok()?)
    } else if let Ok(with_port) = entry.parse::<SocketAddr>() {
        with_port.ip()
    } else {
        entry.parse().ok()?
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The address of the client, as the proxy saw it.
    const CLIENT: &str = "203.0.113.7";
    const PROXY: &str = "10.0.0.1";

    fn trusted(entries: &[&str]) -> TrustedProxies {
        TrustedProxies::parse(entries.iter().copied()).unwrap()
    }

    fn proxies() -> TrustedProxies {
        trusted(&["10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48", "::1"])
    }

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn address_of(peer: &str, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
        let peer = Peer::Address(peer.parse().unwrap());
        client_address(peer, headers, trusted).unwrap()
    }

    fn client(peer: &str, lines: &[&[u8]]) -> String {
        address_of(peer, &headers(lines), &proxies()).to_string()
    }

    #[test]
    fn behind_a_unix_socket_only_a_trusted_proxy_names_the_client() {
        let client = |trusted: &TrustedProxies, lines: &[&[u8]]| {
            let address = client_address(Peer::UnixSocket, &headers(lines), trusted);
            address.map(|address| address.to_string())
        };
        let untrusted = proxies();
        let trusted = proxies().with_unix_sockets(true);
        let no_networks = TrustedProxies::default().with_unix_sockets(true);
        for (lines, with_networks, without) in [
            (&[][..], None, None),
            (&[&b"203.0.113.7"[..]], Some(CLIENT), Some(CLIENT)),
            (&[b"198.51.100.1, 203.0.113.7"], Some(CLIENT), Some(CLIENT)),
            // A second proxy, which is trusted only with `networks`.
            (&[b"203.0.113.7, 10.0.0.2"], Some(CLIENT), Some("10.0.0.2")),
            // The list is not read beyond an entry that is not an address.
            (&[b"203.0.113.7, unix:"], None, None),
            (
                &[b"203.0.113.7, unix:, 10.0.0.2"],
                Some("10.0.0.2"),
                Some("10.0.0.2"),
            ),
            (&[b""], None, None),
        ] {
            assert_eq!(client(&untrusted, lines), None, "{lines:?}");
            assert_eq!(
                client(&trusted, lines).as_deref(),
                with_networks,
                "{lines:?}"
            );
            assert_eq!(client(&no_networks, lines).as_deref(), without, "{lines:?}");
        }
        // The setting affects Unix sockets only.
        let forged = headers(&[CLIENT.as_bytes()]);
        assert_eq!(client_address(Peer::Unknown, &forged, &trusted), None);
        let peer = address_of("198.51.100.1", &forged, &trusted);
        assert_eq!(peer.to_string(), "198.51.100.1");
    }

    #[test]
    fn without_a_trusted_proxy_the_peer_is_the_client_despite_x_forwarded_for() {
        for lines in [
            &[][..],
            &[&b"198.51.100.1"[..]],
            &[b"10.0.0.1"],
            &[b"127.0.0.1", b"x"],
        ] {
            assert_eq!(client(CLIENT, lines), CLIENT);
            assert_eq!(client("2001:db8::7", lines), "2001:db8::7");
        }
    }

    #[test]
    fn by_default_no_proxy_is_trusted() {
        for peer in ["127.0.0.1", "::1", "10.0.0.1"] {
            let headers = headers(&[CLIENT.as_bytes()]);
            let address = address_of(peer, &headers, &TrustedProxies::default());
            assert_eq!(address.to_string(), peer);
        }
    }

    #[test]
    fn a_trusted_tcp_proxy_names_the_client() {
        assert_eq!(client(PROXY, &[b"203.0.113.7"]), CLIENT);
        assert_eq!(client("::1", &[b"203.0.113.7"]), CLIENT);
        assert_eq!(client(PROXY, &[b"2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn x_forwarded_for_entries_written_by_the_client_are_not_read() {
        for forged in [
            &b"198.51.100.1, 203.0.113.7"[..],
            b"10.0.0.9, 203.0.113.7",
            b"127.0.0.1,203.0.113.7",
            b"198.51.100.1, 10.0.0.9, 203.0.113.7, 10.0.0.2",
            b"\xff\xfe, 203.0.113.7",
            b"\"198.51.100.1, 203.0.113.7",
            b", , 203.0.113.7",
            b"unknown,\t203.0.113.7 ",
        ] {
            assert_eq!(client(PROXY, &[forged]), CLIENT, "{forged:?}");
        }
    }

    #[test]
    fn several_trusted_proxies_are_followed_one_by_one() {
        assert_eq!(
            client(
                PROXY,
                &[b"198.51.100.1, 203.0.113.7, 2001:db8:ffff::2, 10.9.9.9, 127.0.0.1"]
            ),
            CLIENT
        );
    }

    #[test]
    fn several_x_forwarded_for_lines_are_one_list() {
        assert_eq!(client(PROXY, &[b"198.51.100.1", b"203.0.113.7"]), CLIENT);
        assert_eq!(
            client(
                PROXY,
                &[b"198.51.100.1, 203.0.113.7", b"10.0.0.3, 10.0.0.2"]
            ),
            CLIENT
        );
    }

    #[test]
    fn if_x_forwarded_for_ends_the_last_proxy_is_the_client() {
        assert_eq!(client(PROXY, &[]), PROXY);
        assert_eq!(client(PROXY, &[b"10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn a_malformed_x_forwarded_for_entry_ends_the_list() {
        for garbage in [
            "",
            "unknown",
            "_hidden",
            "203.0.113",
            "203.0.113.7.7",
            "203.0.113.07",
            "0xcb007107",
            "203.0.113.7:",
            "203.0.113.7:x",
            "203.0.113.7:65536",
            "203.0.113.7 10.0.0.1",
            "203.0.113.0/24",
            "[203.0.113.7]",
            "[203.0.113.7]:80",
            "[2001:db8::7",
            "2001:db8::7]",
            "[[2001:db8::7]]",
            "[2001:db8::7]80",
            "2001:db8:::7",
            "for=203.0.113.7",
            "\"203.0.113.7\"",
            "example.com",
        ] {
            let alone = garbage.as_bytes();
            assert_eq!(client(PROXY, &[alone]), PROXY, "{garbage}");
            let list = format!("203.0.113.7, {garbage}, 10.0.0.2");
            assert_eq!(client(PROXY, &[list.as_bytes()]), "10.0.0.2", "{garbage}");
        }
        assert_eq!(client(PROXY, &[b"203.0.113.7, \xff, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn ports_and_brackets_in_x_forwarded_for_are_parsed() {
        for (entry, address) in [
            ("203.0.113.7:567", CLIENT),
            ("[2001:db8::7]:80", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("10.0.0.2:567", "10.0.0.2"),
            ("[::1]:80", "::1"),
        ] {
            assert_eq!(client(PROXY, &[entry.as_bytes()]), address);
        }
    }

    #[test]
    fn an_ipv4_mapped_proxy_or_client_address_equals_its_ipv4_address() {
        assert_eq!(client("::ffff:10.0.0.1", &[b"203.0.113.7"]), CLIENT);
        assert_eq!(client("::ffff:203.0.113.7", &[b"198.51.100.1"]), CLIENT);
        assert_eq!(
            client(PROXY, &[b"::ffff:203.0.113.7, [::ffff:10.0.0.2]:9"]),
            CLIENT
        );
        assert_eq!(client("::ffff:10.0.0.1", &[]), PROXY);

        let mapped = trusted(&["::ffff:10.0.0.0/104", "::ffff:192.0.2.1"]);
        for peer in [PROXY, "::ffff:10.0.0.1", "192.0.2.1"] {
            let headers = headers(&[CLIENT.as_bytes()]);
            let address = address_of(peer, &headers, &mapped);
            assert_eq!(address.to_string(), CLIENT, "{peer}");
        }
    }

    #[test]
    fn a_trusted_network_ends_at_its_prefix_length() {
        let trusted = trusted(&["192.0.2.64/26", "2001:db8::/33"]);
        for (address, inside) in [
            ("192.0.2.63", false),
            ("192.0.2.64", true),
            ("192.0.2.127", true),
            ("192.0.2.128", false),
            ("2001:db8:7fff::1", true),
            ("2001:db8:8000::1", false),
        ] {
            assert_eq!(
                trusted.contain(address.parse().unwrap()),
                inside,
                "{address}"
            );
        }
    }

    #[test]
    fn a_very_long_x_forwarded_for_list_is_not_read_to_its_end() {
        let longest = "10.0.0.2, ".repeat(MAX_HOPS - 1);
        let list = |more: &str| format!("203.0.113.7, {more}{longest}10.0.0.2");
        // As many proxies as are read at most, so that the client is not read.
        assert_eq!(client(PROXY, &[list("").as_bytes()]), "10.0.0.2");
        let shorter = format!("203.0.113.7, {}10.0.0.2", "10.0.0.2, ".repeat(MAX_HOPS - 2));
        assert_eq!(client(PROXY, &[shorter.as_bytes()]), CLIENT);

        let huge = list(&"10.0.0.2, ".repeat(100_000));
        assert_eq!(client(PROXY, &[huge.as_bytes()]), "10.0.0.2");
        let word = "1".repeat(1_000_000);
        assert_eq!(client(PROXY, &[word.as_bytes()]), PROXY);
        let lines = vec![&b"10.0.0.2"[..]; 10_000];
        assert_eq!(client(PROXY, &lines), "10.0.0.2");
    }

    #[test]
    fn forwarded_and_x_real_ip_do_not_name_the_client() {
        let mut headers = HeaderMap::new();
        headers.insert("forwarded", HeaderValue::from_static("for=203.0.113.7"));
        headers.insert("x-real-ip", HeaderValue::from_static(CLIENT));
        let address = address_of(PROXY, &headers, &proxies());
        assert_eq!(address.to_string(), PROXY);
    }

    #[test]
    fn every_invalid_trusted_proxy_is_reported_as_configured() {
        let bad = TrustedProxies::parse([
            "10.0.0.0/8",
            "10.0.0.0/33",
            "proxy.example",
            "",
            "10.0.0.1/8",
            "010.0.0.0/8",
            "0.0.0.0/0",
            "::/0",
            "::ffff:0:0/96",
            "::ffff:0:0/90",
            "2001:db8::/129",
            "127.0.0.1:80",
            "10.0.0.0/",
            "10.0.0.0/8/8",
            " 10.0.0.1 ",
        ])
        .unwrap_err();
        assert_eq!(
            bad,
            [
                "10.0.0.0/33",
                "proxy.example",
                "",
                "10.0.0.1/8",
                "010.0.0.0/8",
                "0.0.0.0/0",
                "::/0",
                "::ffff:0:0/96",
                "::ffff:0:0/90",
                "2001:db8::/129",
                "127.0.0.1:80",
                "10.0.0.0/",
                "10.0.0.0/8/8",
            ]
        );
    }
}
