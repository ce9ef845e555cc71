//! Whether a browser may have sent a request for a page of another site (cross-site request forgery). Pure rules: they
//! read the method, the target and the header fields of a request.

mod origin;
#[cfg(test)]
mod tests;

use http::header::{HOST, ORIGIN, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, Uri};

pub(crate) use self::origin::{Origin, OriginFault};

/// Sent by all current browsers, over https and to loopback addresses (Fetch Metadata Request Headers, section 2.3).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins that a request may come from.
#[derive(Debug, Default)]
pub(crate) struct CrossSiteRules {
    /// The origins of this service. If there is none, the authority of the request is taken instead.
    pub(crate) public_origins: Vec<Origin>,
    /// Other origins whose pages may send requests.
    pub(crate) trusted_origins: Vec<Origin>,
}

/// There are several lines where only one is allowed. Two readers may choose different ones.
struct SeveralLines;

impl CrossSiteRules {
    /// Whether a page of another site may have caused this request. `target` returns the request target as it was sent.
    ///
    /// Requests with a safe method always pass, because they change nothing, and because links have to work.
    pub(crate) fn is_cross_site(&self, request: &Parts, target: fn(&Parts) -> &Uri) -> bool {
        match request.method {
            // A handshake over HTTP/1.1 (RFC 6455), and one over HTTP/2 or HTTP/3 (RFC 8441, RFC 9220).
            Method::GET if !is_websocket_upgrade(&request.headers) => false,
            Method::GET | Method::CONNECT => self.is_cross_site_upgrade(request, target),
            Method::HEAD | Method::OPTIONS => false,
            _ => self.is_cross_site_write(request, target),
        }
    }

    /// By `Origin` alone: Chromium sends no `Sec-Fetch-Site` with the handshake of a WebSocket.
    fn is_cross_site_upgrade(&self, request: &Parts, target: fn(&Parts) -> &Uri) -> bool {
        match only_line(&request.headers, &ORIGIN) {
            Err(SeveralLines) => true,
            Ok(origin) => !self.is_trusted(origin) && self.is_other_origin(origin, request, target),
        }
    }

    /// By `Sec-Fetch-Site`, or else by `Origin`. Clients that send neither are not browsers.
    fn is_cross_site_write(&self, request: &Parts, target: fn(&Parts) -> &Uri) -> bool {
        let Ok(origin) = only_line(&request.headers, &ORIGIN) else {
            return true;
        };
        if self.is_trusted(origin) {
            return false;
        }
        match only_line(&request.headers, &SEC_FETCH_SITE) {
            Ok(Some(b"same-origin" | b"none")) => false,
            Ok(None) => self.is_other_origin(origin, request, target),
            // `same-site` is another origin of the same domain. It may belong to someone else.
            Ok(Some(_)) | Err(SeveralLines) => true,
        }
    }

    fn is_trusted(&self, origin: Option<&[u8]>) -> bool {
        origin.is_some_and(|origin| self.trusted_origins.iter().any(|one| one.is(origin)))
    }

    fn is_other_origin(
        &self,
        origin: Option<&[u8]>,
        request: &Parts,
        target: fn(&Parts) -> &Uri,
    ) -> bool {
        let Some(origin) = origin else {
            return false;
        };
        if !self.public_origins.is_empty() {
            return !self.public_origins.iter().any(|one| one.is(origin));
        }
        let host = [&b"https://"[..], b"http://"]
            .into_iter()
            .find_map(|scheme| origin.strip_prefix(scheme));
        let authority = authority(request, target);
        host.is_none() || host != authority
    }

    /// Whether there are public origins, and browsers reach all of them over plain HTTP.
    #[cfg(feature = "sessions")]
    pub(crate) fn is_plain_http(&self) -> bool {
        let mut origins = self.public_origins.iter().map(Origin::as_str);
        !self.public_origins.is_empty() && origins.all(|origin| origin.starts_with("http://"))
    }

    /// The values of the header fields that decide, for the log.
    pub(crate) fn received(request: &Parts) -> impl Iterator<Item = (&'static str, String)> {
        [("Origin", ORIGIN), ("Sec-Fetch-Site", SEC_FETCH_SITE)]
            .into_iter()
            .flat_map(|(shown, name)| {
                let lines = request.headers.get_all(name).iter();
                lines
                    .map(move |line| (shown, String::from_utf8_lossy(line.as_bytes()).into_owned()))
            })
    }
}

/// The host and the port that the request was sent to (RFC 9110 section 7.2). `None` if they are not known.
pub(crate) fn authority(request: &Parts, target: fn(&Parts) -> &Uri) -> Option<&[u8]> {
    match target(request).authority() {
        Some(authority) => Some(authority.as_str().as_bytes()),
        None => only_line(&request.headers, &HOST).ok().flatten(),
    }
}

/// The value of the field. An empty one counts as none.
fn only_line<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a [u8]>, SeveralLines> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next().map(http::HeaderValue::as_bytes);
    match lines.next() {
        None => Ok(first.filter(|line| !line.is_empty())),
        Some(_) => Err(SeveralLines),
    }
}

/// Whether `Upgrade` lists `websocket`, with or without a version (RFC 9110 section 7.8).
fn is_websocket_upgrade(headers: &HeaderMap) -> bool {
    headers.get_all(UPGRADE).iter().any(|line| {
        line.as_bytes().split(|byte| *byte == b',').any(|protocol| {
            let name = protocol.split(|byte| *byte == b'/').next();
            name.is_some_and(|name| name.trim_ascii().eq_ignore_ascii_case(b"websocket"))
        })
    })
}
