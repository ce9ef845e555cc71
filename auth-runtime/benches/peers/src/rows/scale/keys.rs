//! An issuer with a number of keys, which tokens name in `kid`.

use auth_runtime::bearer::TokenCache;
use auth_runtime::keys::Key;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Jwt};

use super::{Point, TOKENS, random};
use crate::application::{AUDIENCE, ISSUER, bearer, token};
use crate::rows::allowed::router;
use crate::rows::bare;

pub(super) fn one_signs(number: usize) -> Point {
    point(number, 1)
}

pub(super) fn all_sign(number: usize) -> Point {
    point(number, number)
}

fn point(number: usize, signing: usize) -> Point {
    let jwt = (0..number).fold(Jwt::issuer(ISSUER).audience(AUDIENCE), |jwt, index| {
        jwt.key(Key::hmac(secret(index)).with_id(id(index)))
    });
    let auth = Auth::builder().bearer(jwt).token_cache(TokenCache::OFF);
    let tokens: Vec<_> = (0..TOKENS)
        .map(|index| {
            // The last keys sign.
            let key = number - 1 - index % signing;
            let issuer = Issuer::with_secret(ISSUER, AUDIENCE, secret(key)).key_id(id(key));
            token(&issuer).claim("jti", index.to_string()).sign()
        })
        .collect();
    Point::new(router(auth), bare::router(), move |request| {
        bearer(&tokens[random(request, tokens.len())])
    })
}

fn secret(index: usize) -> String {
    format!("a secret of thirty-two bytes, {index:04}")
}

fn id(index: usize) -> String {
    format!("key-{index:04}")
}
