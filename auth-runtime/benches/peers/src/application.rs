//! What every row has in common: the issuer, its tokens and the scope that the handler requires.

use std::fmt::Write;
use std::time::Duration;

use auth_runtime::keys::Algorithm;
use auth_runtime::testing::{Issuer, Token};
use http::Request;
use http::header::AUTHORIZATION;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";
pub(crate) const SECRET: &str = "a secret of thirty-two bytes, ok";
pub(crate) const SCOPE: &str = "orders:read";

pub(crate) const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::HS256,
    Algorithm::RS256,
    Algorithm::ES256,
    Algorithm::EdDSA,
];

pub(crate) fn issuer(algorithm: Algorithm) -> Issuer {
    let with_pem = |pem: &str| Issuer::with_pem(ISSUER, AUDIENCE, pem);
    match algorithm {
        Algorithm::HS256 => Issuer::with_secret(ISSUER, AUDIENCE, SECRET),
        Algorithm::RS256 => with_pem(include_str!("../../keys/rsa-2048.pem")),
        Algorithm::ES256 => Issuer::new(ISSUER, AUDIENCE),
        Algorithm::EdDSA => with_pem(include_str!("../../keys/ed25519.pem")),
        other => panic!("no row has {}", other.name()),
    }
}

/// A token with the scope, valid for longer than any measurement takes.
pub(crate) fn token(issuer: &Issuer) -> Token {
    issuer
        .token("alice")
        .scope("orders:read orders:write")
        .role("support")
        // If aliri checks it, it must be present.
        .claim("nbf", 1_700_000_000)
        .expires_in(Duration::from_secs(24 * 60 * 60))
}

/// This number of scopes, of which the last is the required one.
pub(crate) fn scopes(number: usize) -> String {
    let mut scopes = String::new();
    for number in 1..number {
        write!(scopes, "item:{number:04} ").expect("memory");
    }
    scopes + SCOPE
}

pub(crate) fn bearer(token: &str) -> Request<()> {
    with_header(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
}

pub(crate) fn with_header(name: &str, value: &str) -> Request<()> {
    let request = Request::get("/").header(name, value);
    request.body(()).expect("a valid header")
}

pub(crate) fn anonymous() -> Request<()> {
    Request::get("/").body(()).expect("a valid request")
}
