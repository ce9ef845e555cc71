//! Sessions that are ended by `Auth::revoke` and by logout tokens.

use std::time::SystemTime;

use auth_runtime::revocation::{MemoryRevocation, Revoked};
use serde_json::json;

use super::*;

/// A session of a caller that logged in at the issuer of the tokens.
#[allow_anonymous(reason = "login at a provider")]
async fn log_in_at_provider(
    State(sessions): State<Sessions>,
    Query(login): Query<LogIn>,
    request: Parts,
) -> Result<SessionCookie, SessionError> {
    let session = NewSession::new(ISSUER, login.name).provider_session_id("phone");
    sessions.start(&request, session).await
}

/// With or without a list of revoked tokens.
async fn node(has_list: bool) -> Node {
    let sessions = Sessions::new(MemorySessions::new());
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let mut builder = Auth::builder()
        .sessions(sessions.clone())
        .public_origin(ORIGIN);
    builder = if has_list {
        let list = MemoryRevocation::new();
        let jwt = issuer.jwt().backchannel_logout("shop-client");
        builder.bearer(jwt).revocation(list)
    } else {
        builder.bearer(issuer.jwt())
    };
    let auth = build(builder);
    let mut app = Router::new()
        .route("/login", post(log_in))
        .route("/login-at-provider", post(log_in_at_provider))
        .route("/any", get(any));
    if has_list {
        app = app.route("/backchannel", auth.backchannel_logout());
    }
    let app = app.with_state(sessions.clone()).with_auth(auth.clone());
    Node {
        server: Server::start(app).await,
        sessions,
        issuer,
        auth,
        #[cfg(feature = "redis")]
        _redis: None,
    }
}

impl Node {
    async fn status(&self, cookie: &str) -> u16 {
        let request = with_cookie(Request::get("/any"), cookie);
        self.send(&request).await.status
    }

    async fn log_in_at_provider(&self, name: &str) -> String {
        let request = Request::new("POST", &format!("/login-at-provider?name={name}"));
        cookie(&self.send(&request).await)
    }
}

#[tokio::test]
async fn a_revoked_subject_has_no_session_and_can_log_in_again_at_once() {
    for has_list in [false, true] {
        let node = node(has_list).await;
        let alice = node.log_in("alice").await;
        let bob = node.log_in("bob").await;
        assert_eq!(node.status(&alice).await, 200);
        let revoked = Revoked::subject(ORIGIN, "alice", SystemTime::now());
        node.auth.revoke(revoked).await.unwrap();
        let again = node.log_in("alice").await;
        assert_eq!(node.status(&alice).await, 401, "{has_list}");
        assert_eq!(node.status(&again).await, 200, "{has_list}");
        assert_eq!(node.status(&bob).await, 200, "{has_list}");
    }
}

#[tokio::test]
async fn a_revoked_issuer_has_no_sessions() {
    let node = node(false).await;
    let alice = node.log_in("alice").await;
    let at_provider = node.log_in_at_provider("alice").await;
    let revoked = Revoked::issuer(ISSUER, SystemTime::now());
    node.auth.revoke(revoked).await.unwrap();
    assert_eq!(node.status(&at_provider).await, 401);
    assert_eq!(node.status(&alice).await, 200);
}

#[tokio::test]
async fn a_logout_token_ends_the_sessions_that_were_started_with_the_session_of_the_provider() {
    for claim in [("sid", "phone"), ("sub", "alice")] {
        let node = node(true).await;
        let alice = node.log_in_at_provider("alice").await;
        let other = node.log_in("alice").await;
        assert_eq!(node.status(&alice).await, 200);
        let token = node
            .issuer
            .token("alice")
            .header("typ", "logout+jwt")
            .claim("aud", "shop-client")
            .claim(claim.0, claim.1)
            .claim("jti", "1")
            .claim(
                "events",
                json!({ "http://schemas.openid.net/event/backchannel-logout": {} }),
            )
            .sign();
        let form = "application/x-www-form-urlencoded";
        let logout = Request::post("/backchannel", form, &format!("logout_token={token}"));
        assert_eq!(node.send(&logout).await.status, 200);
        assert_eq!(node.status(&alice).await, 401, "{claim:?}");
        assert_eq!(node.status(&other).await, 200, "{claim:?}");
    }
}
