//! The identifier of a session: the value of the cookie.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize, Zeroizing};

use super::store::SessionDigest;
use crate::box_error::BoxError;
use crate::keys::{random_octets, sha256};

/// The length of the text.
const LENGTH: usize = 43;

/// The text of a cookie that may be an identifier, which is a secret. Its memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PresentedId([u8; LENGTH]);

impl PresentedId {
    /// `None` for a text that is too long or too short.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        text.try_into().ok().map(Self)
    }

    /// The identifier. `None` if it is not one.
    pub(super) fn id(&self) -> Option<SessionId> {
        SessionId::parse(&self.0)
    }
}

impl Drop for PresentedId {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// 256 random bits, which are a secret. Its memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SessionId([u8; 32]);

impl SessionId {
    pub(super) fn generate() -> Result<Self, BoxError> {
        let id = random_octets().map(Self);
        id.ok_or_else(|| "the operating system provided no random octets".into())
    }

    /// `None` for a text that is not an identifier.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut id = Self([0; 32]);
        let length = (text.len() == LENGTH)
            .then(|| URL_SAFE_NO_PAD.decode_slice(text, &mut id.0).ok())
            .flatten();
        (length == Some(id.0.len())).then_some(id)
    }

    /// The text, for the cookie.
    pub(super) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        URL_SAFE_NO_PAD.encode_string(self.0, &mut text);
        text
    }

    /// The digest, for the store.
    pub(super) fn digest(&self) -> Result<SessionDigest, BoxError> {
        sha256(&self.0)
            .map(SessionDigest::from_bytes)
            .ok_or_else(|| "the digest of a session could not be computed".into())
    }
}

impl Drop for SessionId {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionId([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_is_read_from_its_text_only() {
        let id = SessionId::generate().unwrap();
        let text = id.text();
        assert_eq!(text.len(), LENGTH);
        assert_eq!(SessionId::parse(text.as_bytes()).as_ref(), Some(&id));
        let (start, last) = text.split_at(LENGTH - 1);
        // Only two of the six bits of the last character belong to the identifier.
        let other_bits = last.as_bytes()[0] ^ 1;
        for malformed in [
            Vec::new(),
            start.as_bytes().to_vec(),
            [text.as_bytes(), b"A"].concat(),
            [text.as_bytes(), b"="].concat(),
            [start.as_bytes(), b"+"].concat(),
            [start.as_bytes(), &[other_bits]].concat(),
            vec![0xFF; LENGTH],
        ] {
            let shown = String::from_utf8_lossy(&malformed);
            assert_eq!(SessionId::parse(&malformed), None, "{shown}");
        }
    }

    #[test]
    fn session_ids_differ_and_are_never_shown() {
        let [one, other] = [(); 2].map(|()| SessionId::generate().unwrap());
        assert_ne!(one, other);
        assert_ne!(one.digest().unwrap(), other.digest().unwrap());
        let shown = format!("{one:?} {:?}", one.digest().unwrap());
        assert_eq!(shown, "SessionId([redacted]) SessionDigest([redacted])");
    }
}
