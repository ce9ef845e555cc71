//! Kinds of an application: what browsers send by themselves follows from their sources.

use auth_runtime::Scheme;
use auth_runtime::authenticator::{
    AuthenticationOutcome, Authenticator, Challenge, CredentialRequest,
};
use auth_runtime::identity::Provides;
use axum::http::request::Parts;

use super::*;

/// Names the caller by the first of its sources that has a value, or by `X-Certificate` if it reads the connection.
struct Own {
    sources: Vec<Source>,
    challenge: Challenge,
    verified: Arc<AtomicUsize>,
}

impl Own {
    fn new(sources: impl IntoIterator<Item = Source>) -> Self {
        Self {
            sources: sources.into_iter().collect(),
            challenge: Challenge::new(Scheme::new("Own")),
            verified: Arc::default(),
        }
    }

    fn challenge(self, challenge: Challenge) -> Self {
        Self { challenge, ..self }
    }
}

impl Authenticator for Own {
    fn scheme(&self) -> Scheme {
        Scheme::new("Own")
    }

    fn sources(&self) -> Vec<Source> {
        self.sources.clone()
    }

    fn provides(&self) -> Provides {
        Provides::NONE
    }

    fn authenticate<'a>(&'a self, presented: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let mut values = self.sources.iter().map(|source| presented.find(source));
        let value = values.find_map(|found| found.unwrap());
        let certificate = presented.parts().headers.get("x-certificate");
        let certificate = certificate.filter(|_| self.sources.contains(&Source::Connection));
        let name = match (value, certificate) {
            (Some(value), _) => String::from_utf8_lossy(&value).into_owned(),
            (None, Some(name)) => name.to_str().unwrap().to_owned(),
            (None, None) => return AuthenticationOutcome::Absent,
        };
        AuthenticationOutcome::pending(async move {
            self.verified.fetch_add(1, Ordering::SeqCst);
            Ok(presented.identity("own", name).build())
        })
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        self.challenge.clone()
    }
}

fn cookie() -> Source {
    Source::Cookie("own".to_owned())
}

/// The status of a cross-site request, and how many credentials were verified. The same request of a page of the
/// service has to be accepted.
async fn cross_site(own: Own, path: &str, lines: &[(&str, &str)]) -> (u16, usize) {
    let verified = Arc::clone(&own.verified);
    let auth = build(Auth::builder().authenticator(own).public_origin(SHOP));
    let server = Server::start(routes().layer(auth.layer())).await;
    let request = |origin| with(post_to(path).header("Origin", origin), lines);
    let own_page = server.send(&request(SHOP)).await;
    assert_eq!(own_page.status, 200, "{lines:?}");
    verified.store(0, Ordering::SeqCst);
    let status = server.send(&request(EVIL)).await.status;
    (status, verified.load(Ordering::SeqCst))
}

#[tokio::test]
async fn h5_own_kinds_that_browsers_send_by_themselves_are_judged() {
    let with_scheme = |scheme| {
        let own = Own::new([Source::authorization()]);
        own.challenge(Challenge::new(Scheme::new(scheme)))
    };
    let prefix = |scheme| Own::new([Source::authorization_prefix(scheme, "own_")]);
    for (own, line) in [
        (Own::new([cookie()]), ("Cookie", "own=ann")),
        (Own::new([Source::header("cookie")]), ("Cookie", "own=ann")),
        (
            Own::new([cookie(), Source::RequestLine]),
            ("Cookie", "own=ann"),
        ),
        (with_scheme("Digest"), ("Authorization", "Digest ann")),
        (with_scheme("negotiate"), ("Authorization", "Negotiate ann")),
        (with_scheme("NTLM"), ("Authorization", "NTLM ann")),
        (prefix(Scheme::BASIC), ("Authorization", "Basic own_ann")),
        (Own::new([Source::Connection]), ("X-Certificate", "ann")),
    ] {
        assert_eq!(
            cross_site(own, "/guarded", &[line]).await,
            (403, 0),
            "{line:?}"
        );
    }
}

#[tokio::test]
async fn h5_own_kinds_that_a_caller_adds_are_not_judged() {
    let with_scheme = |scheme| {
        let own = Own::new([Source::authorization()]);
        own.challenge(Challenge::new(Scheme::new(scheme)))
    };
    let prefix = Own::new([Source::authorization_prefix(Scheme::BEARER, "own_")]);
    for (own, path, line) in [
        (
            Own::new([Source::header("x-own")]),
            "/guarded",
            ("X-Own", "ann"),
        ),
        (
            with_scheme("DPoP"),
            "/guarded",
            ("Authorization", "DPoP ann"),
        ),
        (with_scheme("Own"), "/guarded", ("Authorization", "Own ann")),
        (prefix, "/guarded", ("Authorization", "Bearer own_ann")),
        (
            Own::new([Source::Query("own".to_owned())]),
            "/guarded?own=ann",
            ("X-Other", "x"),
        ),
        (
            Own::new([cookie(), Source::header("x-own")]),
            "/guarded",
            ("X-Own", "ann"),
        ),
    ] {
        assert_eq!(cross_site(own, path, &[line]).await, (200, 1), "{line:?}");
    }
}

/// Every request has a `Host`.
#[tokio::test]
async fn h5_a_header_field_that_a_kind_reads_beside_its_cookie_does_not_exempt_the_cookie() {
    for other in ["host", "user-agent", "x-own"] {
        let own = Own::new([cookie(), Source::header(other)]);
        let lines = [("Cookie", "own=ann"), ("User-Agent", "x"), ("X-Own", "x")];
        assert_eq!(
            cross_site(own, "/guarded", &lines).await,
            (403, 0),
            "{other}"
        );
    }
}

/// Only the kind knows whether the connection has a certificate.
#[tokio::test]
async fn h5_a_cross_site_request_without_a_certificate_is_anonymous() {
    let own = Own::new([Source::Connection]);
    let auth = build(Auth::builder().authenticator(own).public_origin(SHOP));
    let server = Server::start(routes().layer(auth.layer())).await;
    let answer = server
        .send(&post_to("/optional").header("Origin", EVIL))
        .await;
    assert_eq!(answer.text(), "anonymous");
}

/// Other refusals of such a kind have one: row C1.
#[tokio::test]
async fn h5_the_refusal_has_no_challenge_even_if_the_kind_is_like_bearer_tokens() {
    let own = Own::new([cookie()]);
    let own = own.challenge(Challenge::new(Scheme::new("Own")).oauth());
    let auth = build(Auth::builder().authenticator(own).public_origin(SHOP));
    let server = Server::start(routes().layer(auth.layer())).await;
    let request = post_to("/guarded")
        .header("Cookie", "own=ann")
        .header("Origin", EVIL);
    assert_answer(&server.send(&request).await, csrf());
}

#[tokio::test]
async fn h8_an_own_kind_with_a_cookie_decides_after_tokens_only_in_requests_with_the_cookie() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let own = Own::new([cookie(), Source::header("x-own")]);
    let builder = Auth::builder().authenticator(own).bearer(issuer.jwt());
    let auth = build(builder.public_origin(SHOP));
    let server = Server::start(routes().layer(auth.layer())).await;
    let token = issuer.token("tina").sign();
    for (name, value, caller) in [
        ("Cookie", "own=ann", "tina by Bearer"),
        ("X-Own", "ann", "ann by Own"),
    ] {
        let request = post_to("/guarded").bearer(&token).header(name, value);
        assert_eq!(server.send(&request).await.text(), caller);
    }
}
