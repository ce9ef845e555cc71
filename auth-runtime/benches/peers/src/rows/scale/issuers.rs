//! A number of trusted issuers. The tokens are those of all issuers.

use auth_runtime::bearer::TokenCache;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, AuthBuilder};

use super::{Point, TOKENS, random};
use crate::application::{AUDIENCE, bearer, token};
use crate::rows::allowed::router;
use crate::rows::bare;

pub(super) fn warm(number: usize) -> Point {
    point(number, |auth| auth)
}

pub(super) fn cold(number: usize) -> Point {
    point(number, |auth| auth.token_cache(TokenCache::OFF))
}

fn point(number: usize, change: fn(AuthBuilder) -> AuthBuilder) -> Point {
    let issuers: Vec<_> = (0..number).map(issuer).collect();
    let auth = issuers
        .iter()
        .fold(Auth::builder(), |auth, issuer| auth.bearer(issuer.jwt()));
    let tokens: Vec<_> = (0..TOKENS)
        .map(|index| token(&issuers[index % number]).claim("jti", index.to_string()))
        .map(|token| token.sign())
        .collect();
    Point::new(router(change(auth)), bare::router(), move |request| {
        bearer(&tokens[random(request, tokens.len())])
    })
}

fn issuer(index: usize) -> Issuer {
    let name = format!("https://issuer.example/tenants/{index:04}");
    let secret = format!("a secret of thirty-two bytes, {index:04}");
    Issuer::with_secret(name, AUDIENCE, secret)
}
