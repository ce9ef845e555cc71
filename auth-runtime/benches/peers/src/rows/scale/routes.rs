//! A number of routes, each with a guard. The requests are for all routes.

use auth_runtime::{Router, routing};
use http::Uri;

use super::{ALGORITHM, Point, random};
use crate::application::{bearer, issuer, token};
use crate::rows::allowed::trusting;
use crate::rows::{allowed, bare};

pub(super) fn warm(number: usize) -> Point {
    let issuer = issuer(ALGORITHM);
    let auth = trusting(&issuer).build().expect("a valid configuration");
    let guarded = (0..number).fold(Router::new(), |router, index| {
        router.route(&path(index), routing::get(allowed::handler))
    });
    let bare = (0..number).fold(axum::Router::new(), |router, index| {
        router.route(&path(index), axum::routing::get(bare::handler))
    });
    let token = token(&issuer).sign();
    Point::new(guarded.with_auth(auth), bare, move |request| {
        let path = path(random(request, number));
        let mut request = bearer(&token);
        *request.uri_mut() = Uri::try_from(path).expect("a path");
        request
    })
}

fn path(index: usize) -> String {
    format!("/shops/{}/orders/{}", index % 50, index / 50)
}
