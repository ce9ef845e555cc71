//! Custom kinds of credentials, which use only the public trait.

mod binding;
mod contract;
mod privacy_headers;
mod responses;
pub(crate) mod revocation;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, Challenge, CredentialRequest, Source,
};
use auth_runtime::identity::Provides;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, AuthBuilder, Identity, Scheme};
use axum::Router;
use axum::http::request::Parts;

use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::server::Server;

pub(crate) const BADGE: Scheme = Scheme::new("Badge");

/// Accepts any value of its header: `name`, `name roles=a,b scopes=c`, or a command. Counts its calls.
pub(crate) struct Badge {
    scheme: Scheme,
    pub(crate) asked: Arc<AtomicUsize>,
    source: Source,
    provides: Provides,
}

impl Badge {
    pub(crate) fn header() -> Self {
        Self::from(Source::header("x-badge"))
    }

    pub(crate) fn from(source: Source) -> Self {
        Self {
            scheme: BADGE,
            asked: Arc::default(),
            source,
            provides: Provides::ALL,
        }
    }

    pub(crate) fn scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    fn provides(mut self, provides: Provides) -> Self {
        self.provides = provides;
        self
    }
}

impl Authenticator for Badge {
    fn scheme(&self) -> Scheme {
        self.scheme
    }

    fn sources(&self) -> Vec<Source> {
        vec![self.source.clone()]
    }

    fn provides(&self) -> Provides {
        self.provides
    }

    fn authenticate<'a>(&'a self, presented: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let value = match presented.find(&self.source) {
            Ok(Some(value)) => String::from_utf8_lossy(&value).into_owned(),
            Ok(None) => return AuthenticationOutcome::Absent,
            Err(error) => return Err(error).into(),
        };
        self.asked.fetch_add(1, Ordering::SeqCst);
        match value.as_str() {
            "unreadable" => AuthenticationOutcome::Absent,
            "forged" => Err(AuthenticationError::Credentials).into(),
            "panic" => panic!("a badge panics"),
            "down" => Err(AuthenticationError::unavailable(
                "the badge office is closed",
            ))
            .into(),
            "broken" => Err(AuthenticationError::failed("the badge reader is broken")).into(),
            "slow" => AuthenticationOutcome::pending(async move {
                tokio::task::yield_now().await;
                Ok(presented.identity("badges", "slow").build())
            }),
            "slow panic" => AuthenticationOutcome::pending(async move {
                tokio::task::yield_now().await;
                panic!("a slow badge panics")
            }),
            _ => Ok(identity(presented, &value)).into(),
        }
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        Challenge::new(self.scheme).parameter("color", "\"blue\"")
    }
}

fn identity(presented: CredentialRequest<'_>, text: &str) -> Identity {
    let mut words = text.split(' ');
    let mut identity = presented.identity("badges", words.next().unwrap());
    for word in words {
        identity = match word.split_once('=').unwrap() {
            ("roles", list) => identity.roles(list.split(',').filter(|role| !role.is_empty())),
            ("scopes", list) => identity.scopes(list.split(',').filter(|scope| !scope.is_empty())),
            (name, value) => identity.claim(name, value),
        };
    }
    identity.build()
}

/// Bearer tokens, then badges.
pub(crate) fn bearer_and(badge: Badge) -> (Issuer, AuthBuilder) {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let builder = Auth::builder().bearer(issuer.jwt()).authenticator(badge);
    (issuer, builder)
}

pub(crate) async fn serve(builder: AuthBuilder, routes: Router) -> Server {
    Server::start(routes.layer(build(builder).layer())).await
}

/// Behind a layer, and in an `auth_runtime::Router`.
async fn serve_twice(builder: AuthBuilder, routes: Router) -> [Server; 2] {
    let auth = build(builder);
    let behind_a_layer = Server::start(routes.clone().layer(auth.layer())).await;
    let ours = auth_runtime::Router::new().merge_unguarded(routes, "a test");
    [behind_a_layer, Server::start(ours.with_auth(auth)).await]
}
