//! Sessions in handlers.

use super::*;

#[tokio::test]
async fn the_session_extractor_has_the_session_of_the_caller() {
    let node = Node::in_memory().await;
    let alice = node.log_in("alice").await;
    let response = node
        .send(&with_cookie(Request::get("/which"), &alice))
        .await;
    let id = auth_runtime::IdentityId::new(ORIGIN, "alice");
    let listed = node.sessions.list(&id).await.unwrap();
    assert_eq!(response.text(), listed[0].id());
}

#[tokio::test]
async fn the_session_extractor_rejects_a_caller_with_a_token() {
    let node = Node::in_memory().await;
    let token = node.issuer.token("alice").sign();
    let response = node.send(&Request::get("/which").bearer(&token)).await;
    assert_eq!(response.status, 401);
    let response = node.send(&Request::get("/whether").bearer(&token)).await;
    assert_eq!(response.text(), "false");
    let alice = node.log_in("alice").await;
    let response = node
        .send(&with_cookie(Request::get("/whether"), &alice))
        .await;
    assert_eq!(response.text(), "true");
}

#[tokio::test]
async fn two_auths_of_one_router_do_not_share_a_session_cookie() {
    let with_sessions = |sessions: &Sessions| {
        build(
            Auth::builder()
                .sessions(sessions.clone())
                .public_origin(ORIGIN),
        )
    };
    let sessions = || Sessions::new(MemorySessions::new());
    let (first, second) = (sessions(), sessions());
    let named = second.clone().cookie_name("second");
    for (other, is_fault) in [(&first, false), (&second, true), (&named, false)] {
        let finished = Router::<()>::new()
            .route("/first", get(any))
            .bind(with_sessions(&first))
            .route("/other", get(any))
            .try_with_auth(with_sessions(other));
        assert_eq!(finished.is_err(), is_fault, "{finished:?}");
        if let Err(error) = finished {
            let text = error.to_string();
            assert!(text.starts_with("`GET /other`"), "{text}");
            assert!(text.contains("`.cookie_name(..)`"), "{text}");
        }
    }
}

#[test]
fn a_session_cookie_is_refused_if_another_kind_reads_it_or_if_it_is_insecure_over_https() {
    use auth_runtime::ApiKeys;
    use auth_runtime::api_key::MemoryApiKeys;

    let sessions = || Sessions::new(MemorySessions::new());
    let keys = ApiKeys::new(MemoryApiKeys::new()).cookie("shop");
    let shared = Auth::builder()
        .api_keys(keys)
        .sessions(sessions().cookie_name("shop"));
    let text = shared.build().unwrap_err().to_string();
    assert!(text.contains("the cookie \"shop\""), "{text}");
    for (origins, is_refused) in [
        (&[][..], true),
        (&["https://shop.example"], true),
        (&["http://laptop:3000", "https://shop.example"], true),
        (&["http://laptop:3000"], false),
    ] {
        let builder = Auth::builder().sessions(sessions().insecure_cookie());
        let builder = origins
            .iter()
            .fold(builder, |builder, origin| builder.public_origin(*origin));
        assert_eq!(builder.build().is_err(), is_refused, "{origins:?}");
    }
}

async fn log_in_without_auth(
    State(sessions): State<Sessions>,
    request: Parts,
) -> Result<SessionCookie, SessionError> {
    let alice = NewSession::new(ORIGIN, "alice");
    sessions.start(&request, alice).await
}

#[tokio::test]
async fn a_session_is_not_started_outside_of_its_auth() {
    let sessions = Sessions::new(MemorySessions::new());
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let other = build(Auth::builder().bearer(issuer.jwt()));
    let app = Router::new()
        .route("/login", post(log_in))
        .with_state(sessions.clone())
        .with_auth(other);
    let server = Server::start(app).await;
    let response = server.send(&log_in_as("alice")).await;
    assert_eq!(response.status, 500);
    assert_eq!(response.one("set-cookie"), None);
    let app = axum::Router::new()
        .route("/login", axum::routing::post(log_in_without_auth))
        .with_state(sessions);
    let server = Server::start(app).await;
    assert_eq!(server.send(&log_in_as("alice")).await.status, 500);
}

#[tokio::test]
async fn the_settings_that_count_are_those_of_the_auth() {
    let sessions = Sessions::new(MemorySessions::new());
    let auth = build(
        Auth::builder()
            .sessions(sessions.clone().cookie_name("shop"))
            .public_origin(ORIGIN),
    );
    // The state has a clone without the name.
    let app = Router::new()
        .route("/login", post(log_in))
        .route("/any", get(any))
        .with_state(sessions)
        .with_auth(auth);
    let server = Server::start(app).await;
    let response = server.send(&log_in_as("alice")).await;
    let alice = cookie(&response);
    assert!(alice.starts_with("shop="), "{alice}");
    let response = server
        .send(&with_cookie(Request::get("/any"), &alice))
        .await;
    assert_eq!(response.text(), "alice");
}
