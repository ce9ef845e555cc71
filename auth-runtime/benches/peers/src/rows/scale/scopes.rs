//! A token with a number of scopes, of which the last is the required one.

use auth_runtime::AuthBuilder;
use auth_runtime::bearer::TokenCache;

use super::{ALGORITHM, Point};
use crate::application::{bearer, issuer, scopes, token};
use crate::rows::allowed::{router, trusting};
use crate::rows::bare;

pub(super) fn warm(number: usize) -> Point {
    point(number, |auth| auth)
}

pub(super) fn cold(number: usize) -> Point {
    point(number, |auth| auth.token_cache(TokenCache::OFF))
}

fn point(number: usize, change: fn(AuthBuilder) -> AuthBuilder) -> Point {
    let issuer = issuer(ALGORITHM);
    let token = token(&issuer).scope(&scopes(number)).sign();
    let auth = change(trusting(&issuer).token_limit(16 * 1024));
    Point::new(router(auth), bare::router(), move |_| bearer(&token))
}
