//! Verifies a token with as little work as possible: the key is parsed once, base64url is decoded into memory on
//! the stack, and claims are borrowed from there until they have been checked.

use std::borrow::Cow;
use std::fmt;
use std::mem::MaybeUninit;
use std::time::{SystemTime, UNIX_EPOCH};

use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Issuer;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64_simd::{Out, URL_SAFE_NO_PAD};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::application::{AUDIENCE, ISSUER, SECRET};

/// The maximum length of a token. One with 1,000 scopes fits.
const MAX_LENGTH: usize = 16 * 1024;
const LEEWAY: u64 = 60;

#[derive(Debug)]
#[allow(dead_code, reason = "a handler of an application would read them")]
pub(super) struct Caller {
    subject: Box<str>,
    scope: Box<str>,
    expires: u64,
}

impl Caller {
    pub(super) fn is_expired(&self) -> bool {
        now() > self.expires.saturating_add(LEEWAY)
    }

    pub(super) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split(' ')
    }
}

/// The issuer that is trusted.
pub(super) struct Trust {
    algorithm: &'static str,
    key: Key,
}

#[allow(
    clippy::large_enum_variant,
    reason = "there is one, and it is never moved"
)]
enum Key {
    Hmac(hmac::Key),
    Public(ParsedPublicKey),
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    typ: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    aud: IsAudience,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    scope: Cow<'a, str>,
    exp: u64,
    nbf: Option<u64>,
}

impl Trust {
    pub(super) fn new(algorithm: Algorithm, issuer: &Issuer) -> Self {
        let key = if algorithm == Algorithm::HS256 {
            Key::Hmac(hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()))
        } else {
            Key::Public(public_key(algorithm, issuer))
        };
        Self {
            algorithm: algorithm.name(),
            key,
        }
    }

    /// `None` if the token is not valid.
    pub(super) fn verify(&self, token: &[u8]) -> Option<Caller> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let mut parts = token.split(|byte| *byte == b'.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let mut memory = [MaybeUninit::uninit(); MAX_LENGTH];
        let (memory_of_header, memory) = memory.split_at_mut(header.len());
        let (memory_of_payload, memory) = memory.split_at_mut(payload.len());

        let header = decode(header, memory_of_header)?;
        let header: Header<'_> = serde_json::from_slice(header).ok()?;
        if header.alg != self.algorithm || header.typ != "at+jwt" {
            return None;
        }
        let signed = &token[..token.len() - signature.len() - 1];
        let signature = decode(signature, memory)?;
        let is_signed = match &self.key {
            Key::Hmac(key) => hmac::verify(key, signed, signature).is_ok(),
            Key::Public(key) => key.verify_sig(signed, signature).is_ok(),
        };
        if !is_signed {
            return None;
        }
        let payload = decode(payload, memory_of_payload)?;
        let claims: Claims<'_> = serde_json::from_slice(payload).ok()?;
        let too_early = claims.nbf.is_some_and(|nbf| nbf > now() + LEEWAY);
        if claims.iss != ISSUER || !claims.aud.0 || too_early {
            return None;
        }
        let caller = Caller {
            subject: claims.sub.into(),
            scope: claims.scope.into(),
            expires: claims.exp,
        };
        (!caller.is_expired()).then_some(caller)
    }
}

fn public_key(algorithm: Algorithm, issuer: &Issuer) -> ParsedPublicKey {
    let keys: serde_json::Value = serde_json::from_str(&issuer.jwks()).expect("a JWK Set");
    let member = |name: &str| {
        let text = keys["keys"][0][name].as_str().expect("a member of the key");
        URL_SAFE_NO_PAD.decode_to_vec(text).expect("base64url")
    };
    let key = match algorithm {
        Algorithm::RS256 => RsaPublicKeyComponents {
            n: member("n"),
            e: member("e"),
        }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .ok(),
        Algorithm::ES256 => {
            let point = [vec![4], member("x"), member("y")].concat();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()
        }
        Algorithm::EdDSA => ParsedPublicKey::new(&ED25519, member("x")).ok(),
        other => panic!("no row has {}", other.name()),
    };
    key.expect("a valid key")
}

pub(super) fn bearer_token(headers: &HeaderMap) -> Option<&[u8]> {
    headers
        .get(AUTHORIZATION)?
        .as_bytes()
        .strip_prefix(b"Bearer ")
}

/// The memory is at least as long as the text.
fn decode<'a>(text: &[u8], memory: &'a mut [MaybeUninit<u8>]) -> Option<&'a [u8]> {
    let decoded = URL_SAFE_NO_PAD.decode(text, Out::from_uninit_slice(memory));
    decoded.ok().map(|decoded| &*decoded)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(u64::MAX, |since| since.as_secs())
}

/// Whether `aud` is the expected audience, or a list that contains it.
struct IsAudience(bool);

impl<'de> Deserialize<'de> for IsAudience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AudienceVisitor).map(Self)
    }
}

struct AudienceVisitor;

impl<'de> Visitor<'de> for AudienceVisitor {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string or a list of strings")
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(text == AUDIENCE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(IsAudience(is_audience)) = list.next_element()? {
            found |= is_audience;
        }
        Ok(found)
    }
}
