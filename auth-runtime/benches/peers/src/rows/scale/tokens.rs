//! A number of cached tokens. Each request has one of them.

use auth_runtime::bearer::TokenCache;
use auth_runtime::{Router, routing};

use super::{ALGORITHM, Point, random};
use crate::app::App;
use crate::application::{bearer, issuer, token};
use crate::rows::allowed::trusting;
use crate::rows::{allowed, bare};

pub(super) fn warm(number: usize) -> Point {
    let issuer = issuer(ALGORITHM);
    // Room for all of them: the cache has parts, over which they are not spread evenly, and estimates 4 KB for each.
    let room = 2 * number.max(10_000);
    let cache = TokenCache::new().entries(room).bytes(8_192 * room);
    let auth = trusting(&issuer).token_cache(cache);
    let auth = auth.build().expect("a valid configuration");
    let guarded = Router::new()
        .route("/", routing::get(allowed::handler))
        .with_auth(auth.clone());

    // They are signed when they are needed, because a million of them would take as much memory as the cache.
    let token = token(&issuer);
    let request = move |index: usize| bearer(&token.clone().claim("jti", index.to_string()).sign());
    let mut app = App::Axum(guarded.clone());
    for index in 0..number {
        assert!(app.answer(request(index)).is_success());
    }
    let cached = auth.status().token_cache.expect("a cache").entries;
    assert_eq!(cached, number, "not all tokens are cached");
    Point::new(guarded, bare::router(), move |number_of_request| {
        request(random(number_of_request, number))
    })
}
