//! Whether a request shows that it came from another machine, through a proxy, or from a web page of
//! another site. A request without any of these signs counts as local.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use http::request::Parts;

use crate::credential::Peer;

/// Header fields that proxies, load balancers and content delivery networks add to a request.
const PROXY_HEADERS: &[&str] = &[
    "akamai-origin-hop",
    "cdn-loop",
    "client-ip",
    "disguised-host",
    "do-connecting-ip",
    "fly-client-ip",
    "forwarded",
    "incap-client-ip",
    "proxy-client-ip",
    "surrogate-capability",
    "true-client-ip",
    "via",
    "wl-proxy-client-ip",
    "x-arr-log-id",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-forwarded",
    "x-host",
    "x-nf-client-connection-ip",
    "x-originating-ip",
    "x-real-ip",
    "x-real-port",
    "x-remote-addr",
    "x-remote-ip",
    "x-rewrite-url",
    "x-sucuri-clientip",
    "x-varnish",
];

/// Prefixes of such header fields.
const PROXY_PREFIXES: &[&str] = &[
    "cf-",
    "cloudfront-",
    "fastly-",
    "tailscale-",
    "x-amz-cf-",
    "x-appengine-",
    "x-azure-",
    "x-envoy-",
    "x-forwarded-",
    "x-goog-iap-",
    "x-original-",
    "x-vercel-",
];

/// Whether nothing shows that this request came from another machine or site.
pub(super) fn is_local(request: &Parts, peer: Peer) -> bool {
    let is_remote = matches!(peer, Peer::Address(address) if !is_loopback(address));
    !is_remote
        && !was_forwarded(&request.headers)
        && names_this_machine(request)
        && !is_sent_by_another_site(&request.headers)
}

pub(super) fn is_loopback(address: IpAddr) -> bool {
    // A dual-stack socket reports 127.0.0.1 as `::ffff:127.0.0.1`.
    address.to_canonical().is_loopback()
}

fn was_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().map(http::HeaderName::as_str).any(|name| {
        PROXY_HEADERS.contains(&name)
            || PROXY_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    })
}

/// Whether the host of the request is this machine. A page of another site whose host name points to
/// this machine (DNS rebinding) sends its own host name. The host is in the target in HTTP/2, and may
/// be in HTTP/1.1. A request without a host is accepted, because browsers always send one.
fn names_this_machine(request: &Parts) -> bool {
    let in_target = request.uri.authority();
    let mut lines = request.headers.get_all(HOST).iter();
    let line = lines.next();
    in_target.is_none_or(|authority| is_this_machine(authority.as_str()))
        && line.is_none_or(|host| host.to_str().is_ok_and(is_this_machine))
        && lines.next().is_none()
}

/// Browsers send `Sec-Fetch-Site`, and older ones `Origin`, which show the site of the page that sends
/// the request. `same-site` is a page on another port of this machine, because the host of the request
/// is this machine.
fn is_sent_by_another_site(headers: &HeaderMap) -> bool {
    let is_same_site = |site: &HeaderValue| {
        let sites: [&[u8]; 3] = [b"none", b"same-origin", b"same-site"];
        sites.contains(&site.as_bytes())
    };
    let is_local_origin = |origin: &HeaderValue| {
        let origin = origin.to_str().unwrap_or_default();
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some_and(is_this_machine)
    };
    !headers.get_all("sec-fetch-site").iter().all(is_same_site)
        || !headers.get_all(ORIGIN).iter().all(is_local_origin)
}

/// Whether this host, with or without a port, is a name or an address of this machine.
fn is_this_machine(authority: &str) -> bool {
    let (is_loopback_host, after) = if let Some(rest) = authority.strip_prefix('[') {
        let (address, after) = rest.split_once(']').unwrap_or_default();
        let address = address.parse::<Ipv6Addr>();
        (
            address.is_ok_and(|address| is_loopback(address.into())),
            after,
        )
    } else {
        let end = authority.find(':').unwrap_or(authority.len());
        let (host, after) = authority.split_at(end);
        (is_loopback_name(host) || is_loopback_ipv4(host), after)
    };
    is_loopback_host && (after.is_empty() || after.strip_prefix(':').is_some_and(is_port))
}

/// The port after the colon may be empty (RFC 3986 section 3.2.3).
fn is_port(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.is_empty() || is_number && text.parse::<u16>().is_ok()
}

fn is_loopback_ipv4(host: &str) -> bool {
    let address = host.parse::<Ipv4Addr>();
    address.is_ok_and(|address| address.is_loopback())
}

/// `localhost` and the names below it, which cannot be registered (RFC 6761 section 6.3).
fn is_loopback_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let mut labels = host.rsplit('.');
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    labels
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
        && labels.all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_hosts_are_recognized_with_and_without_a_port() {
        for host in [
            "localhost",
            "LocalHost",
            "localhost.",
            "app.localhost",
            "a_b.c-d.localhost",
            "127.0.0.1",
            "127.255.255.254",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
        ] {
            for port in ["", ":", ":0", ":3000", ":65535"] {
                let authority = format!("{host}{port}");
                assert!(is_this_machine(&authority), "{authority}");
            }
            for more in [
                ":65536",
                ":+80",
                ":-1",
                ":x",
                ":80:80",
                ".evil.example",
                "@evil.example",
                "/",
                " ",
                ",evil.example",
                "]",
                "?",
                "#",
            ] {
                let authority = format!("{host}{more}");
                assert!(!is_this_machine(&authority), "{authority}");
            }
            assert!(!is_this_machine(&format!("evil.example@{host}")), "{host}");
        }
    }

    #[test]
    fn other_hosts_are_not_loopback() {
        for authority in [
            "",
            ":",
            ":80",
            ".",
            "evil.example",
            "localhost.evil.example",
            "evillocalhost",
            ".localhost",
            "a..localhost",
            "localhost..",
            "127.0.0.1.evil.example",
            "127.1",
            "0177.0.0.1",
            "2130706433",
            "0x7f.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "192.168.0.1",
            "[::]",
            "[::1",
            "::1",
            "[::1]evil.example",
            "[::1].evil.example",
            "[::1%lo]",
            "[127.0.0.1]",
            "[localhost]",
            "[]",
            "[2001:db8::1]",
            "[::ffff:10.0.0.1]",
        ] {
            assert!(!is_this_machine(authority), "{authority}");
        }
    }
}
