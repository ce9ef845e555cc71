//! Each logout is logged in one event, without any part of the token.

use auth_tests::application::ISSUER;
use auth_tests::logs::{Capture, Event};
use tracing::Level;

use super::{World, logout_token};

fn only(capture: &Capture) -> Event {
    capture.take_runtime_events().only()
}

#[tokio::test]
async fn a_logout_is_an_info_event_that_names_session_or_subject() {
    let world = World::start().await;
    let capture = Capture::start();
    for (id, subject, session, by) in [
        ("1", Some("alice"), None, "subject"),
        ("2", None, Some("phone"), "session"),
        ("3", Some("alice"), Some("phone"), "session"),
    ] {
        let mut token = logout_token(&world.issuer, id);
        if let Some(subject) = subject {
            token = token.claim("sub", subject);
        }
        if let Some(session) = session {
            token = token.claim("sid", session);
        }
        assert_eq!(world.log_out(&token).await.status, 200);
        let event = only(&capture);
        assert_eq!(
            (event.level, event.message()),
            (Level::INFO, "logged out by the issuer")
        );
        assert_eq!(event.field("issuer"), Some(ISSUER));
        assert_eq!(event.field("subject"), subject);
        assert_eq!(event.field("by"), Some(by));
        // The session identifier is not logged.
        assert_eq!(event.fields.len(), 3 + usize::from(subject.is_some()));
    }
}

#[tokio::test]
async fn a_refused_logout_is_an_info_event_with_the_reason() {
    let world = World::start().await;
    let capture = Capture::start();
    let secret = "never-to-be-logged";
    let token = logout_token(&world.issuer, secret)
        .claim("sid", secret)
        .claim("nonce", secret)
        .sign();
    world.post(&format!("logout_token={token}")).await;
    let event = only(&capture);
    assert_eq!(
        (event.level, event.message()),
        (Level::INFO, "logout refused")
    );
    assert_eq!(event.field("reason"), Some("The logout token has a nonce"));
    assert_eq!(event.fields.len(), 2);
}
