//! Tokens of a JWT issuer: which fault is reported, and which tokens are cached.

mod precedence;
mod refused;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;
use crate::fetch::Clients;
use crate::testing::{Issuer, Token};

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example";

/// The time at which the tokens of these tests are issued.
const NOW: u64 = 1_800_000_000;

fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn issuer() -> Issuer {
    Issuer::with_secret(ISSUER, AUDIENCE, "a secret of thirty-two bytes, ok")
}

/// A token that expires at `NOW + 300`.
fn token(issuer: &Issuer) -> Token {
    issuer
        .token("alice")
        .claim("iat", NOW)
        .claim("exp", NOW + 300)
}

fn bearer(issuers: impl IntoIterator<Item = Jwt>, cache: TokenCache) -> Bearer {
    let clients = Clients::new(None);
    let verifiers = issuers
        .into_iter()
        .map(|issuer| issuer.build(&clients).ok().unwrap());
    Bearer::new(verifiers.collect(), usize::MAX, cache, false)
}

/// The fault that verifying the token finds.
fn fault(bearer: &Bearer, token: &str, seconds: u64) -> Option<TokenFault> {
    let now = Timestamp::of(time(seconds));
    bearer.identity_of(token, now).err()
}

fn hashed<'a>(bearer: &Bearer, token: &'a str) -> HashedToken<'a> {
    bearer.hasher.hash(token.as_bytes())
}

/// The fault of a cached token. `None` if the token has to be verified.
fn recalled_fault(bearer: &Bearer, token: &str, seconds: u64) -> Option<TokenFault> {
    match bearer.recall(hashed(bearer, token), time(seconds))? {
        Err(AuthenticationError::Token(fault)) => Some(fault),
        other => panic!("{other:?}"),
    }
}
