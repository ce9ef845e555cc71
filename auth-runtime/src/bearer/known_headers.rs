//! The headers of tokens with a valid signature. All tokens that an issuer signs with one key usually have
//! the same header, so it is parsed once.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::Arc;

use crate::bearer::parse::{JoseHeader, Malformed};
use crate::lock::RwLock;

/// The maximum number of headers. A new one replaces the oldest.
const ENTRIES: usize = 32;

/// Longer headers, such as those with certificates, are parsed for every token.
const MAX_LENGTH: usize = 512;

/// Headers by their base64url text, which is compared in full. Only tokens with a valid signature add
/// headers, so other tokens can't evict them.
#[derive(Default)]
pub(super) struct KnownHeaders(RwLock<VecDeque<(Box<str>, Arc<JoseHeader>)>>);

/// A header that was parsed for an earlier token or for this one.
pub(super) enum Header {
    Known(Arc<JoseHeader>),
    New(JoseHeader),
}

impl Deref for Header {
    type Target = JoseHeader;

    fn deref(&self) -> &JoseHeader {
        match self {
            Self::Known(header) => header,
            Self::New(header) => header,
        }
    }
}

impl KnownHeaders {
    pub(super) fn read(&self, text: &str) -> Result<Header, Malformed> {
        match self.find(text) {
            Some(header) => Ok(Header::Known(header)),
            None => JoseHeader::decode(text).map(Header::New),
        }
    }

    fn find(&self, text: &str) -> Option<Arc<JoseHeader>> {
        let headers = self.0.read();
        let (_, header) = headers.iter().find(|(known, _)| **known == *text)?;
        Some(Arc::clone(header))
    }

    /// Keeps the header of a token whose signature was verified.
    pub(super) fn keep(&self, text: &str, header: Header) {
        let Header::New(header) = header else {
            return;
        };
        if text.len() > MAX_LENGTH {
            return;
        }
        // No request waits for the lock: the header of a later token can be kept instead.
        let Some(mut headers) = self.0.try_write() else {
            return;
        };
        // Another request may have added it in the meantime.
        if headers.iter().all(|(known, _)| **known != *text) {
            headers.truncate(ENTRIES - 1);
            headers.push_front((text.into(), Arc::new(header)));
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn text(key_id: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"HS256","kid":"{key_id}"}}"#))
    }

    fn is_known(headers: &KnownHeaders, text: &str) -> bool {
        matches!(headers.read(text), Ok(Header::Known(_)))
    }

    fn verify(headers: &KnownHeaders, text: &str) {
        let header = headers.read(text).ok().unwrap();
        headers.keep(text, header);
    }

    #[test]
    fn a_header_is_known_by_its_whole_text_once_a_token_with_it_was_verified() {
        let headers = KnownHeaders::default();
        let (one, other) = (text("1"), text("2"));
        assert!(!is_known(&headers, &one) && !is_known(&headers, &one));
        verify(&headers, &one);
        assert!(is_known(&headers, &one));
        assert_eq!(
            headers.read(&one).ok().unwrap().key_id.as_deref(),
            Some("1")
        );
        assert!(!is_known(&headers, &other));
        assert_eq!(
            headers.read(&other).ok().unwrap().key_id.as_deref(),
            Some("2")
        );
        // Other encodings of the same bytes, a part of the text, and an empty text.
        for bad in [
            format!("{one}="),
            format!(" {one}"),
            one[1..].to_owned(),
            String::new(),
        ] {
            assert!(headers.read(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bounded_number_of_headers_of_bounded_length_is_kept() {
        let headers = KnownHeaders::default();
        for number in 0..10 * ENTRIES {
            verify(&headers, &text(&number.to_string()));
            assert!(headers.0.read().len() <= ENTRIES);
        }
        assert!(is_known(&headers, &text(&(10 * ENTRIES - 1).to_string())));
        assert!(!is_known(&headers, &text("0")));
        let long = text(&"x".repeat(MAX_LENGTH));
        verify(&headers, &long);
        assert!(!is_known(&headers, &long));
    }
}
