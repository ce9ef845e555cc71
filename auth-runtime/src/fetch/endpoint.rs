//! Which URLs may be requested, and where a redirect may lead.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;
use http::uri::{Authority, Scheme};

/// The URL of another server. It is checked when the application starts, so that an invalid one fails early.
///
/// The scheme is `https`, or `http` for servers on this machine.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    uri: Uri,
    plain_http: PlainHttp,
}

/// Which servers may be requested over plain HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    Nowhere,
    #[default]
    Loopback,
    /// Anyone on the network path can replace the issuer's keys.
    Everywhere,
}

/// Why a URL may not be requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndpointFault {
    NotAUrl,
    Scheme,
    PlainHttp,
    UserInfo,
    Fragment,
}

impl EndpointFault {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::NotAUrl => {
                "it is not an absolute URL in ASCII with a host name or an IP address and an optional \
                 port from 1 to 65535, such as `https://issuer.example/keys`"
            }
            Self::Scheme => "its scheme is neither `https` nor `http`: write `https://..`",
            Self::PlainHttp => {
                "it is not `https`, so anyone on the network path could answer in the server's place: \
                 write `https://..`; `http` is allowed for this machine only (`localhost`, 127.0.0.1, \
                 [::1]), or with `.dangerously_allow_http()`"
            }
            Self::UserInfo => {
                "it has a user name or a password before the host: remove it, as it is not sent"
            }
            Self::Fragment => "it has a fragment: remove `#` and what follows",
        }
    }
}

impl Endpoint {
    pub(crate) fn parse(text: &str, plain_http: PlainHttp) -> Result<Self, EndpointFault> {
        // `Uri` accepts a fragment and drops it.
        if text.contains('#') {
            return Err(EndpointFault::Fragment);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(EndpointFault::NotAUrl);
        }
        let uri: Uri = text.parse().map_err(|_| EndpointFault::NotAUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(EndpointFault::NotAUrl);
        };
        if authority.as_str().contains('@') {
            return Err(EndpointFault::UserInfo);
        }
        let host = Host::read(authority).ok_or(EndpointFault::NotAUrl)?;
        if *scheme == Scheme::HTTP {
            let may = match plain_http {
                PlainHttp::Nowhere => false,
                PlainHttp::Loopback => host.is_loopback(),
                PlainHttp::Everywhere => true,
            };
            if !may {
                return Err(EndpointFault::PlainHttp);
            }
        } else if *scheme != Scheme::HTTPS {
            return Err(EndpointFault::Scheme);
        }
        Ok(Self { uri, plain_http })
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Resolves `Location` relative to this URL (RFC 3986 section 5.2), if it may be requested.
    pub(super) fn resolve(&self, location: &str) -> Result<Self, EndpointFault> {
        // A fragment is not sent to the server.
        let location = location.split('#').next().unwrap_or_default();
        let scheme = self.uri.scheme_str().unwrap_or("https");
        let authority = self
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        let path = self.uri.path();
        let absolute = if has_scheme(location) {
            location.to_owned()
        } else if location.starts_with("//") {
            format!("{scheme}:{location}")
        } else if location.starts_with('/') {
            format!("{scheme}://{authority}{location}")
        } else if location.is_empty() {
            self.uri.to_string()
        } else if location.starts_with('?') {
            format!("{scheme}://{authority}{path}{location}")
        } else {
            let folder = path.rfind('/').and_then(|end| path.get(..=end));
            format!("{scheme}://{authority}{}{location}", folder.unwrap_or("/"))
        };
        Self::parse(&absolute, self.plain_http)
    }

    /// Whether scheme, host and port are the same (RFC 6454 section 5).
    pub(super) fn is_same_origin(&self, other: &Self) -> bool {
        let host = |endpoint: &Self| endpoint.uri.host().map(str::to_ascii_lowercase);
        self.uri.scheme() == other.uri.scheme()
            && host(self) == host(other)
            && self.port() == other.port()
    }

    fn port(&self) -> Option<u16> {
        self.uri.port_u16().or_else(|| {
            if self.uri.scheme() == Some(&Scheme::HTTP) {
                Some(80)
            } else {
                Some(443)
            }
        })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Scheme, host and port, without a path.
    pub(crate) fn origin(&self) -> String {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        format!("{scheme}://{authority}")
    }
}

/// Leaves out the query, which may hold a secret that must not be logged.
impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = if self.uri.query().is_some() {
            "?.."
        } else {
            ""
        };
        write!(formatter, "{}{}{query}", self.origin(), self.uri.path())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A URL as it was written, for messages, without its user name, password and query.
pub(crate) fn shown(url: &str) -> String {
    let start = url.find("://").map_or(0, |colon| colon + 3);
    let (scheme, rest) = url.split_at(start);
    // A password may contain any character, including one that ends a host.
    let (user, rest) = match rest.rsplit_once('@') {
        Some((_, host)) => ("..@", host),
        None => ("", rest),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{user}{rest}")
}

/// Whether there is a `scheme:` before any `/` or `?` (RFC 3986 section 4.1).
fn has_scheme(reference: &str) -> bool {
    let end = reference.find(['/', '?', ':']);
    end.and_then(|end| reference.get(end..=end)) == Some(":")
}

/// A host (RFC 3986 section 3.2.2) that all parsers read in the same way, so that the client connects to
/// the host that was checked here.
enum Host<'a> {
    Address(IpAddr),
    Name(&'a str),
}

impl<'a> Host<'a> {
    /// `None` if there is anything except a host and an optional port. `Authority` itself accepts text
    /// after an address in brackets, and any digits as a port.
    fn read(authority: &'a Authority) -> Option<Self> {
        let host = authority.host();
        match authority.as_str().strip_prefix(host)?.strip_prefix(':') {
            None if authority.as_str() == host => {}
            Some(port) if is_port(port) => {}
            _ => return None,
        }
        if let Some(address) = host.strip_prefix('[') {
            let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(address.into()));
        }
        if let Ok(address) = host.parse::<Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        (host.bytes().all(is_plain) && !ends_in_a_number(host)).then_some(Self::Name(host))
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::Name(name) => name.eq_ignore_ascii_case("localhost"),
        }
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u16>().is_ok_and(|port| port != 0)
}

/// Whether the last part of a name is a number. Browsers and the client of `http-client` read such a name
/// as an IPv4 address, also in octal and hexadecimal and with fewer than four parts (WHATWG URL section
/// 3.5). True also if the last part is empty.
fn ends_in_a_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Endpoint, EndpointFault> {
        Endpoint::parse(url, PlainHttp::Loopback)
    }

    fn location(base: &str, location: &str) -> String {
        let base = parse(base).expect("a valid base");
        match base.resolve(location) {
            Ok(endpoint) => endpoint.uri().to_string(),
            Err(fault) => format!("{fault:?}"),
        }
    }

    #[test]
    fn https_urls_may_name_any_host_and_http_urls_only_loopback() {
        for good in [
            "https://issuer.example/keys",
            "https://issuer.example:8443/keys?tenant=a",
            "HTTPS://issuer.example",
            "http://localhost:8080/keys",
            "http://LOCALHOST/keys",
            "http://127.0.0.1:1/",
            "http://127.9.9.9/",
            "http://[::1]:8080/keys",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for plain in [
            "http://issuer.example/keys",
            "http://localhost.issuer.example/",
            "http://127.0.0.1.issuer.example/",
            "http://128.0.0.1/",
            "http://0.0.0.0/",
            "http://[::2]/",
        ] {
            assert_eq!(parse(plain), Err(EndpointFault::PlainHttp), "{plain}");
            assert!(Endpoint::parse(plain, PlainHttp::Everywhere).is_ok());
        }
        let nowhere = |url| Endpoint::parse(url, PlainHttp::Nowhere);
        assert_eq!(nowhere("http://localhost/"), Err(EndpointFault::PlainHttp));
        assert!(nowhere("https://localhost/").is_ok());
    }

    #[test]
    fn a_url_with_an_ambiguous_host_is_refused() {
        for bad in [
            "",
            "issuer.example",
            "/keys",
            "https:/keys",
            "https:///keys",
            "https://",
            "https://issuer.example\\@other.example/",
            "https://issuer.example /keys",
            "https://issuer.example/k\neys",
            "https://bücher.example/keys",
            "https://issuer%2eexample/keys",
            "https://:443/keys",
        ] {
            assert!(
                matches!(
                    parse(bad),
                    Err(EndpointFault::NotAUrl | EndpointFault::UserInfo)
                ),
                "{bad:?}: {:?}",
                parse(bad)
            );
        }
        assert_eq!(parse("ftp://issuer.example/"), Err(EndpointFault::Scheme));
        assert_eq!(parse("file://localhost/keys"), Err(EndpointFault::Scheme));
        assert_eq!(
            parse("https://u@issuer.example/"),
            Err(EndpointFault::UserInfo)
        );
        assert_eq!(
            parse("https://u:p@localhost/"),
            Err(EndpointFault::UserInfo)
        );
        assert_eq!(
            parse("https://issuer.example/#a"),
            Err(EndpointFault::Fragment)
        );
    }

    #[test]
    fn a_url_host_is_a_domain_name_or_an_ip_address() {
        for bad in [
            "http://[::1].evil.example/",
            "http://[::1]evil.example/",
            "http://evil.example[::1]/",
            "http://[::1].evil.example:80/",
            "http://[::1]:80:80/",
            "http://[::1]:80.evil.example/",
            "http://[::1]]/",
            "http://[[::1]]/",
            "http://[]/",
            "http://[localhost]/",
            "http://[127.0.0.1]/",
            "http://[::1%25eth0]/",
            "http://[fe80::1%25lo]/",
            "http://[v1.x]/",
            "http://::1/",
            "http://localhost:80:80/",
            "http://localhost:80@evil.example/",
            "http://localhost:80%40evil.example/",
            "http://evil.example@localhost/",
            "http://localhost\\.evil.example/",
            "http://./",
            "http://../",
            "https://[::1].evil.example/",
        ] {
            for plain_http in [PlainHttp::Loopback, PlainHttp::Everywhere] {
                let parsed = Endpoint::parse(bad, plain_http);
                assert!(
                    matches!(
                        parsed,
                        Err(EndpointFault::NotAUrl | EndpointFault::UserInfo)
                    ),
                    "{bad}: {parsed:?}"
                );
            }
        }
    }

    #[test]
    fn a_url_port_is_a_number_from_1_to_65535() {
        for port in [
            "0",
            "65536",
            "99999",
            "184467440737095516160",
            "",
            "+80",
            "8o",
            "-1",
            "00000",
        ] {
            for host in ["localhost", "127.0.0.1", "[::1]", "issuer.example"] {
                let url = format!("https://{host}:{port}/keys");
                assert_eq!(parse(&url), Err(EndpointFault::NotAUrl), "{url}");
            }
        }
        for good in [
            "http://localhost:1/",
            "http://127.0.0.1:65535/",
            "http://[::1]:65535/",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
    }

    /// Some parsers read every host that ends in a number as an IPv4 address.
    #[test]
    fn an_ipv4_host_has_four_decimal_parts() {
        for bad in [
            "127.1",
            "127.0.1",
            "0177.0.0.1",
            "127.0.0.01",
            "0x7f.0.0.1",
            "0x7f.1",
            "0x7f000001",
            "0X7F000001",
            "2130706433",
            "127.0.0.1.",
            "127.0.0.256",
            "1.127.0.0.1",
            "localhost.1",
            "localhost.0x1",
            "a.0x",
        ] {
            for plain_http in [PlainHttp::Loopback, PlainHttp::Everywhere] {
                let url = format!("http://{bad}/");
                let parsed = Endpoint::parse(&url, plain_http);
                assert_eq!(parsed, Err(EndpointFault::NotAUrl), "{url}");
            }
        }
    }

    #[test]
    fn plain_http_is_allowed_for_loopback_hosts_only() {
        for elsewhere in [
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evil.example.localhost",
            "localhost.",
            "LOCALHOST.",
            "localhost-evil.example",
            "xlocalhost",
            "[::ffff:127.0.0.1]",
            "[::2]",
            "[::]",
            "126.255.255.255",
            "issuer.example.",
        ] {
            let url = format!("http://{elsewhere}/");
            assert_eq!(parse(&url), Err(EndpointFault::PlainHttp), "{url}");
        }
        for here in [
            "LocalHost",
            "127.255.255.254",
            "[0:0:0:0:0:0:0:1]",
            "[0::1]",
        ] {
            let url = format!("http://{here}/");
            assert!(parse(&url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_redirect_location_is_resolved_against_the_url_that_sent_the_redirect() {
        let base = "https://issuer.example:8443/realms/one/keys?old";
        for (reference, expected) in [
            ("https://other.example/k", "https://other.example/k"),
            ("//other.example/k", "https://other.example/k"),
            ("/k?new", "https://issuer.example:8443/k?new"),
            ("k", "https://issuer.example:8443/realms/one/k"),
            ("?new", "https://issuer.example:8443/realms/one/keys?new"),
            ("k#part", "https://issuer.example:8443/realms/one/k"),
            ("http://issuer.example:8443/k", "PlainHttp"),
            ("javascript:alert(1)", "NotAUrl"),
        ] {
            assert_eq!(location(base, reference), expected, "{reference}");
        }
    }

    #[test]
    fn an_origin_consists_of_scheme_host_and_port() {
        let base = parse("https://issuer.example/keys").unwrap();
        let is_same = |url| base.is_same_origin(&parse(url).unwrap());
        assert!(is_same("https://ISSUER.example:443/other?a"));
        assert!(!is_same("https://issuer.example:8443/keys"));
        assert!(!is_same("https://issuer.example.evil.example/keys"));
        assert!(!is_same("https://keys.issuer.example/keys"));
        let local = parse("http://localhost/").unwrap();
        assert!(!local.is_same_origin(&parse("https://localhost/").unwrap()));
        assert!(local.is_same_origin(&parse("http://localhost:80/x").unwrap()));
    }

    #[test]
    fn a_displayed_url_shows_neither_a_password_nor_a_query() {
        assert_eq!(shown("https://u:p@host/keys?a=b"), "https://..@host/keys");
        assert_eq!(shown("https://u:p/w@host/keys"), "https://..@host/keys");
        assert_eq!(shown("https://u:p?w#@host/keys"), "https://..@host/keys");
        assert_eq!(shown("u:p@host"), "..@host");
        assert_eq!(shown("https://host/keys"), "https://host/keys");
        let endpoint = parse("https://host/keys?secret").unwrap();
        assert_eq!(endpoint.to_string(), "https://host/keys?..");
        assert_eq!(format!("{endpoint:?}"), "https://host/keys?..");
    }
}
