//! The text of a refresh token: its family, its generation, and a code that shows that this service made it.
//!
//! The code is computed from the other two, so every node that has the secret makes the same successor of a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::store::RefreshTokenDigest;
use crate::box_error::BoxError;
use crate::keys::{MacKey, random_octets, sha256};

/// By which scanners for secrets recognize a token.
const PREFIX: &str = "rt_";

/// Separates these codes from all others that are made with the same secret.
const PURPOSE: &[u8] = b"auth-runtime refresh token\0";

const ID: usize = 16;
const GENERATION: usize = 4;
/// The length of the whole text.
const LENGTH: usize = 73;

/// The public part of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct TokenId {
    family: [u8; ID],
    pub(super) generation: u32,
}

impl TokenId {
    /// The first token of a new family.
    pub(super) fn new() -> Option<Self> {
        Some(Self {
            family: random_octets()?,
            generation: 0,
        })
    }

    /// The next token of the family.
    pub(super) fn next(self) -> Option<Self> {
        let generation = self.generation.checked_add(1)?;
        Some(Self { generation, ..self })
    }

    /// The id of the family as text.
    pub(super) fn family(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.family)
    }

    fn message(&self) -> Vec<u8> {
        [PURPOSE, &self.family, &self.generation.to_be_bytes()].concat()
    }
}

/// The secrets: the first one makes tokens, and all of them accept tokens.
pub(super) struct TokenKeys(Vec<MacKey>);

impl TokenKeys {
    pub(super) fn new(keys: Vec<MacKey>) -> Self {
        Self(keys)
    }

    /// `None` for a text that this service has not made with one of the secrets.
    pub(super) fn read(&self, text: &str) -> Option<TokenId> {
        let octets = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?);
        let (family, rest) = octets.split_first_chunk::<ID>()?;
        let (generation, code) = rest.split_first_chunk::<GENERATION>()?;
        let id = TokenId {
            family: *family,
            generation: u32::from_be_bytes(*generation),
        };
        let message = id.message();
        let made_here = self.0.iter().any(|key| key.verify(&message, code));
        made_here.then_some(id)
    }

    /// The text of a token, with the secret that makes tokens.
    pub(super) fn make(&self, id: TokenId) -> Result<Zeroizing<String>, BoxError> {
        let made = self.0.first().and_then(|key| text(id, key));
        made.ok_or_else(|| "the code of a refresh token could not be computed".into())
    }

    /// The text of a token that was made before, with any of the secrets.
    pub(super) fn make_again(
        &self,
        id: TokenId,
        expected: RefreshTokenDigest,
    ) -> Option<Zeroizing<String>> {
        let mut texts = self.0.iter().filter_map(|key| text(id, key));
        texts.find(|text| digest(text).is_ok_and(|digest| digest == expected))
    }
}

fn text(id: TokenId, key: &MacKey) -> Option<Zeroizing<String>> {
    let code = key.sign(&id.message())?;
    let octets = Zeroizing::new([&id.family[..], &id.generation.to_be_bytes(), &code].concat());
    // Large enough, so that no reallocation leaves a part of it in memory.
    let mut text = Zeroizing::new(String::with_capacity(LENGTH));
    text.push_str(PREFIX);
    URL_SAFE_NO_PAD.encode_string(&*octets, &mut text);
    Some(text)
}

pub(super) fn digest(text: &str) -> Result<RefreshTokenDigest, BoxError> {
    sha256(text.as_bytes())
        .map(RefreshTokenDigest::from_bytes)
        .ok_or_else(|| "the digest of a refresh token could not be computed".into())
}
