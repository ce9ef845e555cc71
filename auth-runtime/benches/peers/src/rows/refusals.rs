//! `#[require_auth]`, for requests that are refused. Each row repeats one request, so everything that can be remembered
//! is remembered.

use std::time::Duration;

use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Token;
use http::Request;

use super::Served;
use super::allowed::{router, trusting};
use crate::app::App;
use crate::application::{anonymous, bearer, issuer, token};

pub(super) fn no_credential(algorithm: Algorithm) -> Served {
    refused(algorithm, |_| anonymous())
}

pub(super) fn garbage(algorithm: Algorithm) -> Served {
    refused(algorithm, |_| bearer("not-a-token"))
}

/// Three parts of base64url, of which none is JSON.
pub(super) fn long_garbage(algorithm: Algorithm) -> Served {
    refused(algorithm, |_| {
        let text: String = ('a'..='z').chain('A'..='Z').cycle().take(8_000).collect();
        bearer(&format!(
            "{}.{}.{}",
            &text[..100],
            &text[..7_800],
            &text[..86]
        ))
    })
}

pub(super) fn wrong_algorithm(algorithm: Algorithm) -> Served {
    with_token(algorithm, |token| token.header("alg", "HS256"))
}

pub(super) fn unknown_key(algorithm: Algorithm) -> Served {
    with_token(algorithm, |token| token.header("kid", "another"))
}

pub(super) fn missing_scope(algorithm: Algorithm) -> Served {
    with_token(algorithm, |token| token.scope("orders:list orders:write"))
}

pub(super) fn expired(algorithm: Algorithm) -> Served {
    with_token(algorithm, |token| {
        token.expired_for(Duration::from_secs(60 * 60))
    })
}

pub(super) fn wrong_audience(algorithm: Algorithm) -> Served {
    with_token(algorithm, |token| {
        token.claim("aud", "https://another.example")
    })
}

fn with_token(algorithm: Algorithm, change: fn(Token) -> Token) -> Served {
    refused(algorithm, |valid| bearer(&change(valid).sign()))
}

fn refused(algorithm: Algorithm, request: impl Fn(Token) -> Request<()>) -> Served {
    let issuer = issuer(algorithm);
    let request = request(token(&issuer));
    let app = App::Axum(router(trusting(&issuer)));
    Served::repeating(app, request)
}
