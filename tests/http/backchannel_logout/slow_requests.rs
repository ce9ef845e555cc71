//! Clients that send the content of their request slowly or never. Time is paused: it passes when
//! everything waits.

use std::time::Duration;

use auth_tests::client::{Connection, Request};
use tokio::time::{Instant, advance, timeout};

use super::{FORM, World, assert_logged_out, logout_token};

/// A connection on which a post was sent without its last octet.
async fn slow_post(world: &World) -> Connection {
    let mut connection = world.server.connect().await;
    let request = Request::post("/logout", FORM, "logout_token=a.b.c").to_bytes();
    connection.write(&request[..request.len() - 1]).await;
    connection
}

/// The answer is 408, and the connection ends.
async fn assert_timed_out(mut connection: Connection) {
    let answer = timeout(Duration::from_secs(60), connection.read_last(false)).await;
    let answer = answer.expect("an answer within a minute").unwrap();
    let body =
        r#"{"error":"invalid_request","error_description":"The request took too long"}"#.to_owned();
    assert_eq!((answer.status, answer.text()), (408, body));
    assert_eq!(answer.one("cache-control").as_deref(), Some("no-store"));
    assert_eq!(
        answer.one("content-type").as_deref(),
        Some("application/json")
    );
}

#[tokio::test(start_paused = true)]
async fn i13_a_slow_logout_request_gets_408_after_ten_seconds() {
    const POSTS: usize = 400;
    let world = World::start().await;
    let begun = Instant::now();
    let mut posts = Vec::with_capacity(POSTS);
    for _ in 0..POSTS {
        posts.push(slow_post(&world).await);
    }
    for post in posts {
        assert_timed_out(post).await;
    }
    assert!(begun.elapsed() >= Duration::from_secs(10));
    assert!(begun.elapsed() < Duration::from_secs(12));
    // The route still works.
    let logout = logout_token(&world.issuer, "1").claim("sid", "phone");
    assert_logged_out(&world.log_out(&logout).await);
}

#[tokio::test(start_paused = true)]
async fn i13_a_logout_request_of_one_octet_per_second_gets_408() {
    let world = World::start().await;
    let mut connection = world.server.connect().await;
    let request = Request::post("/logout", FORM, &"x".repeat(100)).to_bytes();
    let (start, rest) = request.split_at(request.len() - 100);
    connection.write(start).await;
    for octet in rest.iter().take(11) {
        connection.write(&[*octet]).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        advance(Duration::from_secs(1)).await;
    }
    assert_timed_out(connection).await;
}
