//! Origins, as browsers send them in `Origin` (RFC 6454 section 6.2).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;

/// An origin in the form in which browsers send it: `scheme://host` or `scheme://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin(String);

/// Why no browser would ever send this origin, and what to write instead, as the end of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OriginFault(pub(crate) String);

impl Origin {
    /// Accepts only the form in which browsers send it, because a request is compared byte by byte.
    pub(crate) fn parse(text: &str) -> Result<Self, OriginFault> {
        match canonical(text) {
            Ok(origin) if origin == text => Ok(Self(origin)),
            Ok(origin) => Err(OriginFault(format!(
                "browsers never send it in this form: write {origin:?}"
            ))),
            Err(reason) => Err(OriginFault(reason.to_owned())),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this value of `Origin` is the same.
    pub(super) fn is(&self, value: &[u8]) -> bool {
        self.0.as_bytes() == value
    }
}

const NOT_AN_ORIGIN: &str =
    "it is not an origin: write the scheme and the host, such as \"https://shop.example\"";

/// The origin of a URL in the form in which browsers send it, or why it has none.
fn canonical(text: &str) -> Result<String, &'static str> {
    if text == "null" {
        return Err("it stands for the sandboxed pages of all sites: write the origin of the page");
    }
    if !text.is_ascii() {
        return Err("browsers send the host in punycode: write it as `xn--..`");
    }
    let (scheme, rest) = text.split_once("://").ok_or(NOT_AN_ORIGIN)?;
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "https" => 443,
        "http" => 80,
        _ => {
            return Err("only http and https are supported: write \"https://..\" or \"http://..\"");
        }
    };
    if rest.contains('@') {
        return Err("an origin has no user name and no password: leave them out");
    }
    if rest.contains('*') {
        return Err("wildcards are not supported: list each origin");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        // Not a colon inside of an IPv6 address.
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let host = canonical_host(&host.to_ascii_lowercase()).ok_or(NOT_AN_ORIGIN)?;
    let port = match port {
        "" => default_port,
        port => port.parse::<NonZeroU16>().map_err(|_| NOT_AN_ORIGIN)?.get(),
    };
    let scheme = scheme.to_ascii_lowercase();
    Ok(if port == default_port {
        format!("{scheme}://{host}")
    } else {
        format!("{scheme}://{host}:{port}")
    })
}

/// The host as the URL standard serializes it. `None` if it is not valid.
fn canonical_host(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?;
        return Some(match address.to_ipv4_mapped() {
            // The URL standard knows no dotted form in an IPv6 address.
            Some(_) => {
                let [.., high, low] = address.segments();
                format!("[::ffff:{high:x}:{low:x}]")
            }
            None => format!("[{address}]"),
        });
    }
    let labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let is_label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !label.is_empty() && label.bytes().all(allowed)
    };
    let last = labels.clone().next_back()?;
    // A host that ends with a number is an address.
    let is_address = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    if is_address {
        return host
            .parse::<Ipv4Addr>()
            .ok()
            .map(|address| address.to_string());
    }
    labels.clone().all(is_label).then(|| host.to_owned())
}
