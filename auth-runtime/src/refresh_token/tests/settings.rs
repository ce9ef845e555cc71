//! The settings, and what messages do not show.

use super::*;

#[test]
fn all_faults_of_refresh_tokens_are_reported_together() {
    let error = builder("too short", Store::default())
        .previous_secret("-----BEGIN PUBLIC KEY-----")
        .idle_lifetime(Duration::from_millis(999))
        .grace_period(Duration::from_secs(61))
        .build()
        .unwrap_err();
    let texts: Vec<_> = error.faults().iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 4, "{texts:#?}");
    for (text, expected) in texts.iter().zip([
        "secret 1: the secret has 9 octets; HS256 needs at least 32",
        "secret 2: this is a PEM document",
        "a lifetime of refresh tokens is less than a second",
        "the grace period of refresh tokens must be at most one minute",
    ]) {
        assert!(text.starts_with(expected), "{text}");
    }
    assert!(!error.to_string().contains("too short"));
}

#[tokio::test]
async fn debug_output_and_the_store_show_no_token() {
    let world = World::new();
    let token = world.tokens.issue("alice").await.unwrap();
    let family = world
        .store
        .memory
        .find(token.login().session_id())
        .await
        .unwrap();
    let builder = builder(SECRET, Store::default());
    let shown = format!("{:?} {token:?} {family:?} {builder:?}", world.tokens);
    assert!(shown.contains("alice"));
    let code = &token.reveal()[30..];
    assert!(!shown.contains(code) && !shown.contains(SECRET), "{shown}");
    assert!(shown.contains("[redacted]"), "{shown}");
}
