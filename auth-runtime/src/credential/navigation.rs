//! What a browser does with the response: whether it shows it as a page.

use http::header::ACCEPT;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// Set by htmx.
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");
/// Set by jQuery and others.
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// Whether a browser shows the response as a page, which its Back button can show again: a link, a form, a frame. Not
/// for requests of scripts.
///
/// Browsers say so in `Sec-Fetch-Mode` (Fetch Metadata Request Headers). If the field is missing, because the browser
/// is old or the connection is not encrypted, `Accept` decides.
///
/// [`for_browsers`](crate::render::for_browsers) uses it, and a renderer of your own can:
///
/// ```
/// use auth_runtime::render::is_page_navigation;
/// use axum::http::Request;
///
/// let request = |mode| Request::get("/").header("sec-fetch-mode", mode).body(());
/// assert!(is_page_navigation(&request("navigate")?.into_parts().0));
/// assert!(!is_page_navigation(&request("cors")?.into_parts().0));
/// # Ok::<(), axum::http::Error>(())
/// ```
#[must_use]
pub fn is_page_navigation(request: &Parts) -> bool {
    let headers = &request.headers;
    let mut modes = headers.get_all(SEC_FETCH_MODE).iter();
    match (modes.next(), modes.next()) {
        (Some(mode), None) => mode == "navigate",
        (Some(_), Some(_)) => false,
        (None, _) => {
            !is_htmx(headers) && !headers.contains_key(X_REQUESTED_WITH) && accepts_html(headers)
        }
    }
}

/// Whether htmx has sent the request. Its default `Accept` lists HTML too.
pub(crate) fn is_htmx(headers: &HeaderMap) -> bool {
    headers.get(HX_REQUEST).is_some_and(|value| value == "true")
}

/// Whether `Accept` lists `text/html` itself, and not with a weight of zero (RFC 9110 section 12.5.1).
fn accepts_html(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_html = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("text/html"));
        is_html && !parts.any(is_zero_weight)
    })
}

fn is_zero_weight(parameter: &str) -> bool {
    let value = parameter
        .strip_prefix("q=")
        .or_else(|| parameter.strip_prefix("Q="));
    value.is_some_and(|weight| weight.bytes().all(|byte| matches!(byte, b'0' | b'.')))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const OF_BROWSERS: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    fn is_navigation(lines: &[(&str, &str)]) -> bool {
        let mut request = Request::get("/");
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        is_page_navigation(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_fetch_mode_decides_if_the_browser_sends_it() {
        for (mode, expected) in [
            ("navigate", true),
            ("cors", false),
            ("no-cors", false),
            ("same-origin", false),
            ("websocket", false),
            ("Navigate", false),
            ("", false),
        ] {
            for accept in [OF_BROWSERS, "*/*", "application/json"] {
                let lines = [("sec-fetch-mode", mode), ("accept", accept)];
                assert_eq!(is_navigation(&lines), expected, "{lines:?}");
            }
        }
        let twice = [("sec-fetch-mode", "navigate"), ("sec-fetch-mode", "cors")];
        assert!(!is_navigation(&twice));
    }

    #[test]
    fn without_the_fetch_mode_accept_must_list_html() {
        for (accept, expected) in [
            (OF_BROWSERS, true),
            ("text/html", true),
            ("application/json, Text/HTML ; q=0.1", true),
            ("text/html;level=1;q=1", true),
            ("*/*", false),
            ("text/*", false),
            ("application/json", false),
            ("text/html5, x-text/html", false),
            ("text/html;q=0", false),
            ("text/html; Q=0.000, */*", false),
            ("", false),
        ] {
            assert_eq!(is_navigation(&[("accept", accept)]), expected, "{accept}");
        }
        let lines = [("accept", "application/json"), ("accept", "text/html")];
        assert!(is_navigation(&lines));
        assert!(!is_navigation(&[]));
    }

    #[test]
    fn without_the_fetch_mode_requests_of_scripts_are_not_navigations() {
        for (name, value) in [
            ("x-requested-with", "XMLHttpRequest"),
            ("hx-request", "true"),
        ] {
            assert!(!is_navigation(&[("accept", OF_BROWSERS), (name, value)]));
        }
    }
}
