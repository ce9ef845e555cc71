//! Routers that two threads use at the same time.

use auth_runtime::keys::Algorithm;
use axum::Router;
use http::Request;

use super::allowed::{router, trusting};
use super::bare;
use crate::application::{bearer, issuer, token};

pub(crate) struct Shared {
    pub(crate) label: &'static str,
    pub(crate) router: Router,
    /// One for each thread.
    pub(crate) requests: [Request<()>; 2],
}

pub(crate) fn all() -> Vec<Shared> {
    let issuer = issuer(Algorithm::HS256);
    let token = |subject: &str| bearer(&token(&issuer).claim("sub", subject).sign());
    let (alice, bob) = (token("alice"), token("bob"));
    let guarded = router(trusting(&issuer));
    vec![
        Shared {
            label: "bare handler",
            router: bare::router(),
            requests: [alice.clone(), bob.clone()],
        },
        Shared {
            label: "warm, a token for each thread",
            router: guarded.clone(),
            requests: [alice.clone(), bob],
        },
        Shared {
            label: "warm, the same token",
            router: guarded,
            requests: [alice.clone(), alice],
        },
    ]
}
