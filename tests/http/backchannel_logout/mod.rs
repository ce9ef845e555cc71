//! Row I13: an issuer announces a logout (OpenID Connect Back-Channel Logout 1.0).

mod logging;
mod other_kinds;
mod outages;
mod refusals;
mod slow_requests;
mod token_confusion;

use std::time::{Duration, SystemTime};

use auth_runtime::revocation::{MemoryRevocation, Revoked};
use auth_runtime::router::RouterFault;
use auth_runtime::routing::get;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, AuthBuilder, Jwt, Router, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build, seconds};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use serde_json::json;

const CLIENT: &str = "shop-client";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const FORM: &str = "application/x-www-form-urlencoded";

#[require_auth]
async fn hello() {}

#[require_auth(scheme = "basic")]
async fn for_people() {}

#[test]
fn a_logout_route_without_a_configured_client_is_reported_with_the_other_router_faults() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let list = MemoryRevocation::new();
    let auth = build(Auth::builder().bearer(issuer.jwt()).revocation(list));
    let error = Router::<()>::new()
        .route("/people", get(for_people))
        .nest(
            "/oidc",
            Router::new().route("/logout", auth.backchannel_logout()),
        )
        .try_with_auth(auth)
        .unwrap_err();
    let [of_logout, of_rule] = error.faults() else {
        panic!("{error}");
    };
    assert!(matches!(of_rule, RouterFault::NoSuchKind { .. }));
    assert_eq!(
        of_logout.to_string(),
        "`POST /oidc/logout` (auth_runtime::Auth::backchannel_logout): its `Auth` accepts no logout \
         tokens: call `.backchannel_logout(client_id)` on the `Jwt` of an issuer"
    );
    assert!(matches!(of_logout, RouterFault::NoLogoutTokens { .. }));
}

#[test]
fn the_access_map_lists_the_logout_route_as_unguarded() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let jwt = issuer.jwt().backchannel_logout(CLIENT);
    let auth = build(
        Auth::builder()
            .bearer(jwt)
            .revocation(MemoryRevocation::new()),
    );
    let map = Router::<()>::new()
        .route("/logout", auth.backchannel_logout())
        .access_map();
    let [row] = map.routes() else {
        panic!("{map}");
    };
    assert_eq!((row.method(), row.path()), ("POST", "/logout"));
    assert_eq!(row.rule(), "UNGUARDED: the logout token is the credential");
}

/// A service for which one issuer may log callers out.
struct World {
    server: Server,
    issuer: Issuer,
    auth: Auth,
}

impl World {
    async fn start() -> Self {
        Self::with(|jwt| jwt, |auth| auth.revocation(MemoryRevocation::new())).await
    }

    async fn with(
        jwt: impl FnOnce(Jwt) -> Jwt,
        configure: impl FnOnce(AuthBuilder) -> AuthBuilder,
    ) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let jwt = jwt(issuer.jwt().backchannel_logout(CLIENT));
        let auth = build(configure(Auth::builder().bearer(jwt)));
        let app = Router::new()
            .route("/", get(hello))
            .route("/logout", auth.backchannel_logout())
            .with_auth(auth.clone());
        Self {
            server: Server::start(app).await,
            issuer,
            auth,
        }
    }

    /// The status of the guarded route.
    async fn hello(&self, token: impl AsRef<str>) -> u16 {
        let answer = self.server.send(&Request::get("/").bearer(token)).await;
        answer.status
    }

    async fn assert_revoked(&self, token: impl AsRef<str>) {
        let answer = self.server.send(&Request::get("/").bearer(token)).await;
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.challenges(),
            ["Bearer realm=\"api\", error=\"invalid_token\", \
              error_description=\"The access token was revoked\""]
        );
    }

    async fn post(&self, body: &str) -> Response {
        self.server
            .send(&Request::post("/logout", FORM, body))
            .await
    }

    async fn log_out(&self, token: &Token) -> Response {
        self.post(&format!("logout_token={}", token.sign())).await
    }
}

/// A logout token without a session and a subject.
fn logout_token(issuer: &Issuer, id: &str) -> Token {
    issuer
        .token("")
        .without("sub")
        .header("typ", "logout+jwt")
        .claim("aud", CLIENT)
        .claim("jti", id)
        .claim("events", json!({ EVENT: {} }))
        .expires_in(Duration::from_secs(120))
}

fn assert_logged_out(answer: &Response) {
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, ""),
        "{answer:?}"
    );
    assert_eq!(answer.header_names(), ["cache-control"]);
    assert_eq!(answer.one("cache-control").as_deref(), Some("no-store"));
}

#[tokio::test]
async fn i13_a_logged_out_session_ends_known_tokens_too() {
    let world = World::start().await;
    let alice = world.issuer.token("alice");
    let phone = alice.clone().claim("sid", "phone").sign();
    let laptop = alice.clone().claim("sid", "laptop").sign();
    let machine = alice.sign();
    for token in [&phone, &laptop, &machine] {
        assert_eq!(world.hello(token).await, 200);
    }
    let logout = logout_token(&world.issuer, "1").claim("sid", "phone");
    assert_logged_out(&world.log_out(&logout).await);

    world.assert_revoked(&phone).await;
    // A token of the same session that was not used before, issued later.
    let refreshed = alice.claim("sid", "phone").claim("n", 2).sign();
    world.assert_revoked(&refreshed).await;
    assert_eq!(world.hello(&laptop).await, 200);
    assert_eq!(world.hello(&machine).await, 200);
}

#[tokio::test]
async fn i13_a_logged_out_subject_needs_new_tokens() {
    let world = World::start().await;
    let now = seconds(SystemTime::now());
    let issued = |subject: &str, at: u64| world.issuer.token(subject).claim("iat", at).sign();
    let (before, after) = (issued("alice", now - 60), issued("alice", now - 20));
    let bob = issued("bob", now - 60);
    for token in [&before, &after, &bob] {
        assert_eq!(world.hello(token).await, 200);
    }
    let logout = logout_token(&world.issuer, "1")
        .claim("sub", "alice")
        .claim("iat", now - 40);
    assert_logged_out(&world.log_out(&logout).await);

    world.assert_revoked(&before).await;
    // It is unknown when this token was issued.
    let timeless = world.issuer.token("alice").without("iat").sign();
    world.assert_revoked(&timeless).await;
    assert_eq!(world.hello(&after).await, 200);
    assert_eq!(world.hello(&bob).await, 200);
}

#[tokio::test]
async fn a_logout_token_with_session_and_subject_ends_that_session_only() {
    let world = World::start().await;
    let alice = |session: &str| world.issuer.token("alice").claim("sid", session).sign();
    let (phone, laptop) = (alice("phone"), alice("laptop"));
    let logout = logout_token(&world.issuer, "1")
        .claim("sub", "alice")
        .claim("sid", "phone");
    assert_logged_out(&world.log_out(&logout).await);
    world.assert_revoked(&phone).await;
    assert_eq!(world.hello(&laptop).await, 200);
}

#[tokio::test]
async fn logout_ends_all_sessions_revokes_the_whole_subject() {
    let world = World::with(Jwt::logout_ends_all_sessions, |auth| {
        auth.revocation(MemoryRevocation::new())
    })
    .await;
    let now = seconds(SystemTime::now());
    let alice = world.issuer.token("alice").claim("iat", now - 60);
    let (phone, laptop) = (
        alice.clone().claim("sid", "phone"),
        alice.clone().claim("sid", "laptop"),
    );
    let both = logout_token(&world.issuer, "1")
        .claim("sub", "alice")
        .claim("sid", "phone")
        .claim("iat", now - 40);
    assert_logged_out(&world.log_out(&both).await);
    for token in [&alice, &phone, &laptop] {
        world.assert_revoked(token.sign()).await;
    }
    // The session stays logged out. The subject may log in again.
    let later = |token: &Token| token.clone().claim("iat", now).sign();
    world.assert_revoked(later(&phone)).await;
    assert_eq!(world.hello(later(&laptop)).await, 200);

    let bob = world.issuer.token("bob").claim("sid", "tablet").sign();
    let session_only = logout_token(&world.issuer, "2").claim("sid", "tablet");
    assert_logged_out(&world.log_out(&session_only).await);
    world.assert_revoked(&bob).await;
}

#[tokio::test]
async fn a_caller_identified_by_a_custom_claim_is_logged_out_by_that_claim() {
    let world = World::with(
        |jwt| jwt.subject_claim("oid"),
        |auth| auth.revocation(MemoryRevocation::new()),
    )
    .await;
    let alice = world.issuer.token("pairwise").claim("oid", "alice").sign();
    assert_eq!(world.hello(&alice).await, 200);
    let by_sub = logout_token(&world.issuer, "1").claim("sub", "pairwise");
    // The logout is impossible, and 200 would tell the issuer that it succeeded.
    assert_eq!(world.log_out(&by_sub).await.status, 400);
    assert_logged_out(&world.log_out(&by_sub.claim("oid", "alice")).await);
    world.assert_revoked(&alice).await;
}

#[tokio::test]
async fn a_session_of_another_issuer_with_the_same_identifier_continues() {
    const OTHER: &str = "https://other.example";
    let other = Issuer::new(OTHER, AUDIENCE);
    let world = World::with(
        |jwt| jwt,
        |auth| {
            auth.bearer(other.jwt().backchannel_logout("other-client"))
                .revocation(MemoryRevocation::new())
        },
    )
    .await;
    let ours = world.issuer.token("alice").claim("sid", "1").sign();
    let theirs = other.token("alice").claim("sid", "1").sign();
    let logout = logout_token(&world.issuer, "1").claim("sid", "1");
    assert_logged_out(&world.log_out(&logout).await);
    world.assert_revoked(&ours).await;
    assert_eq!(world.hello(&theirs).await, 200);
    // The same `jti` of another issuer is another token. Its client is not the first one's.
    let logout = logout_token(&other, "1").claim("sid", "1");
    assert_eq!(world.log_out(&logout).await.status, 400);
    assert_logged_out(&world.log_out(&logout.claim("aud", "other-client")).await);
    world.assert_revoked(&theirs).await;
}

#[tokio::test]
async fn logout_tokens_for_every_configured_client_are_accepted() {
    let world = World::with(
        |jwt| jwt.backchannel_logout("app-client"),
        |auth| auth.revocation(MemoryRevocation::new()),
    )
    .await;
    for (id, audience) in [
        ("1", json!(CLIENT)),
        ("2", json!("app-client")),
        ("3", json!([CLIENT])),
    ] {
        let logout = logout_token(&world.issuer, id).claim("sid", "phone");
        assert_logged_out(&world.log_out(&logout.claim("aud", audience)).await);
    }
}

#[tokio::test]
async fn a_second_logout_of_a_subject_succeeds() {
    let world = World::start().await;
    // In one second, so that the first covers the second.
    let logout = |id: &str| {
        logout_token(&world.issuer, id)
            .claim("sub", "alice")
            .claim("iat", 1)
    };
    assert_logged_out(&world.log_out(&logout("1")).await);
    assert_logged_out(&world.log_out(&logout("2")).await);
}

#[tokio::test]
async fn a_revocation_by_the_application_takes_effect() {
    let world = World::start().await;
    let later = SystemTime::now() + Duration::from_secs(3600);
    for (revoked, token) in [
        (
            Revoked::token(ISSUER, "1", later),
            world.issuer.token("alice").claim("jti", "1"),
        ),
        (
            Revoked::session(ISSUER, "phone"),
            world.issuer.token("bob").claim("sid", "phone"),
        ),
        (
            Revoked::subject(ISSUER, "carol", SystemTime::now()),
            world.issuer.token("carol"),
        ),
    ] {
        let token = token.sign();
        assert_eq!(world.hello(&token).await, 200);
        world.auth.revoke(revoked).await.unwrap();
        world.assert_revoked(&token).await;
    }
}

#[tokio::test]
async fn i13_an_issuer_whose_tokens_are_all_revoked_can_still_send_logouts() {
    let world = World::start().await;
    // Its tokens are revoked up to a time in the future, so its logout tokens are issued before that.
    let soon = SystemTime::now() + Duration::from_secs(1800);
    let all = Revoked::issuer(ISSUER, soon);
    world.auth.revoke(all).await.unwrap();
    let logout = logout_token(&world.issuer, "1").claim("sub", "alice");
    assert_logged_out(&world.log_out(&logout).await);
    // A logout token can be used once.
    assert_eq!(world.log_out(&logout).await.status, 400);
}
