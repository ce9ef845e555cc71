//! The text of a response that must be JSON.

use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// The text of the body. A byte order mark is removed: servers must not send one, but parsers may ignore it
/// (RFC 8259 section 8.1).
///
/// # Errors
///
/// The body is not UTF-8. The error is a fixed text with the likely reason.
pub(crate) fn json_text<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<&'a str, &'static str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    std::str::from_utf8(body).map_err(|_| {
        let encoding = headers
            .get(CONTENT_ENCODING)
            .map_or(&[][..], |name| name.as_bytes());
        let is_compressed = !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity");
        match body {
            [0x1f, 0x8b, ..] => "it is compressed with gzip, although no compression was requested",
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                "it is compressed with zstd, although no compression was requested"
            }
            _ if is_compressed => "it is compressed, although no compression was requested",
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is UTF-16 instead of UTF-8",
            _ => "it is not UTF-8",
        }
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_byte_order_mark_before_a_response_body_is_ignored() {
        let text = json_text(&HeaderMap::new(), b"\xef\xbb\xbf{}");
        assert_eq!(text, Ok("{}"));
        assert_eq!(json_text(&HeaderMap::new(), b"{}"), Ok("{}"));
        assert_eq!(json_text(&HeaderMap::new(), b"\xef\xbb\xbf"), Ok(""));
    }

    #[test]
    fn the_error_names_the_likely_encoding_of_a_body_that_is_not_utf_8() {
        for (body, words) in [
            (&b"\x1f\x8b\x08\x00"[..], "gzip"),
            (b"\x28\xb5\x2f\xfd", "zstd"),
            (b"\xff\xfe{\x00}\x00", "UTF-16"),
            (b"\xfe\xff\x00{\x00}", "UTF-16"),
            (b"{\"a\":\"\xff\"}", "not UTF-8"),
        ] {
            let reason = json_text(&HeaderMap::new(), body).unwrap_err();
            assert!(reason.contains(words), "{reason}");
        }
    }

    #[test]
    fn a_compression_without_magic_bytes_is_recognized_by_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        let reason = json_text(&headers, b"\x0b\xff\x80").unwrap_err();
        assert!(reason.contains("compressed"), "{reason}");
        // A client that decompresses the body may keep the header.
        assert_eq!(json_text(&headers, b"{}"), Ok("{}"));
    }
}
