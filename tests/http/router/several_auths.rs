//! Several `Auth`s in one application: each route is decided by its own.

use std::sync::Arc;

use auth_runtime::routing;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Router, policy};
use auth_tests::application::ISSUER;
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::extract::State;
use axum::middleware::from_fn;
use tokio::task::JoinSet;

use super::{bare, get, looks, public, read, send, token, trust_in};

const OTHER_ISSUER: &str = "https://other.example";

/// Two issuers with the `Auth` that trusts them, and a token of each that may read.
struct Two {
    first: Auth,
    second: Auth,
    tokens: [String; 2],
}

fn two() -> Two {
    let (first_issuer, first) = trust_in(ISSUER, "first");
    let (second_issuer, second) = trust_in(OTHER_ISSUER, "second");
    let tokens = [&first_issuer, &second_issuer].map(|issuer| token(issuer, "read", false));
    Two {
        first,
        second,
        tokens,
    }
}

impl Two {
    /// `owner` is 0 or 1: whose token opens the path. The other's does not, and the challenge is
    /// the owner's.
    async fn assert_owner(&self, server: &Server, owner: usize, method: &str, path: &str) {
        let good = send(server, method, path, Some(&self.tokens[owner])).await;
        assert_eq!(
            (good.status, good.text().as_str()),
            (200, "read: alice"),
            "{path}"
        );
        let realm = ["first", "second"][owner];
        let other = send(server, method, path, Some(&self.tokens[1 - owner])).await;
        assert_eq!(
            other.challenges(),
            [format!(
                r#"Bearer realm="{realm}", error="invalid_token", error_description="The access token issuer is not trusted", scope="read""#
            )],
            "{method} {path}"
        );
        let anonymous = send(server, method, path, None).await;
        let challenge = format!(r#"Bearer realm="{realm}", scope="read""#);
        assert_eq!(anonymous.challenges(), [challenge], "{method} {path}");
    }
}

fn of_first(two: &Two) -> Router {
    Router::new()
        .route("/a", routing::get(read))
        .bind(two.first.clone())
}

#[tokio::test]
async fn a_route_keeps_its_bound_auth_however_routers_are_combined() {
    let two = two();
    let app = Router::new()
        .merge(of_first(&two))
        // The same path has a method of either.
        .route("/a", routing::post(read))
        .nest("/nested", of_first(&two).route("/b", routing::get(read)))
        .nest(
            "/area",
            Router::new().fallback(read).bind(two.first.clone()),
        )
        // The first time counts.
        .nest("/twice", of_first(&two).bind(two.second.clone()))
        .fallback(read)
        .with_auth(two.second.clone());
    let server = Server::start(app).await;
    for (owner, method, path) in [
        (0, "GET", "/a"),
        (1, "POST", "/a"),
        (0, "GET", "/nested/a"),
        (1, "GET", "/nested/b"),
        (0, "GET", "/area/x"),
        (0, "GET", "/twice/a"),
        (1, "GET", "/no-such-path"),
    ] {
        two.assert_owner(&server, owner, method, path).await;
    }
}

#[tokio::test]
async fn bind_applies_to_routes_added_before_and_state_does_not_change_the_auth() {
    async fn with_state(
        _: auth_runtime::Guard<super::CanRead>,
        caller: auth_runtime::Identity,
        State(text): State<&'static str>,
    ) -> String {
        format!("{text}: {}", caller.subject())
    }
    let two = two();
    let routes = || Router::new().route("/a", routing::get(with_state));
    let app = Router::new()
        .nest("/1", routes().bind(two.first.clone()).with_state("read"))
        .nest("/2", routes().with_state("read").bind(two.first.clone()))
        .nest("/3", routes().with_state("read"))
        .merge(Router::new().bind(two.first.clone()))
        .nest(
            "/4",
            Router::new()
                .bind(two.first.clone())
                .merge(routes().with_state("read")),
        );
    let server = Server::start(app.with_auth(two.second.clone())).await;
    for (owner, path) in [(0, "/1/a"), (0, "/2/a"), (1, "/3/a"), (1, "/4/a")] {
        two.assert_owner(&server, owner, "GET", path).await;
    }
    // State that comes after the `Auth`.
    let app: axum::Router = routes().with_auth(two.first.clone()).with_state("read");
    let server = Server::start(app).await;
    two.assert_owner(&server, 0, "GET", "/a").await;
}

#[tokio::test]
async fn middleware_uses_the_auth_of_its_router() {
    let two = two();
    let layered = || {
        Router::new()
            .route("/a", routing::get(read))
            .layer(from_fn(looks))
    };
    let app = Router::new()
        // Bound with the route, and after it.
        .nest("/1", layered().bind(two.first.clone()))
        .nest("/2", of_first(&two).layer(from_fn(looks)))
        // One of either: the outer one stands first in the answer's order from within.
        .nest(
            "/3",
            layered()
                .bind(two.first.clone())
                .route_layer(from_fn(looks)),
        )
        .with_auth(two.second.clone());
    let server = Server::start(app).await;
    for path in ["/1/a", "/2/a", "/3/a"] {
        two.assert_owner(&server, 0, "GET", path).await;
    }
    let seen = async |path: &str, owner: usize| {
        let response = get(&server, path, Some(&two.tokens[owner])).await;
        response.all("x-seen")
    };
    assert_eq!(seen("/1/a", 0).await, ["alice"]);
    assert_eq!(seen("/1/a", 1).await, ["401"]);
    assert_eq!(seen("/2/a", 0).await, ["401"]);
    assert_eq!(seen("/2/a", 1).await, ["alice"]);
    assert_eq!(seen("/3/a", 0).await, ["alice", "401"]);
    assert_eq!(seen("/3/a", 1).await, ["401", "alice"]);
}

#[policy(role = "staff")]
struct Staff;

#[tokio::test]
async fn a_required_policy_is_decided_by_the_auth_of_the_route() {
    let issuers = [ISSUER, OTHER_ISSUER].map(|issuer| trust_in(issuer, "api"));
    let [(first_issuer, first), (second_issuer, second)] = &issuers;
    let routes = || {
        Router::new()
            .route("/read", routing::get(read))
            .route("/public", routing::get(public))
            .route_unguarded("/bare", axum::routing::get(bare), "a test")
    };
    let app = Router::new()
        .nest("/1", routes().require::<Staff>().bind(first.clone()))
        .nest("/2", routes().bind(first.clone()).require::<Staff>())
        .merge(
            Router::new()
                .nest("/3", routes().bind(first.clone()))
                .require::<Staff>(),
        )
        .with_auth(second.clone());
    let server = Server::start(app).await;
    let status = async |path: &str, issuer: &Issuer, is_staff: bool| {
        let token = token(issuer, "read", is_staff);
        get(&server, path, Some(&token)).await.status
    };
    for prefix in ["/1", "/2", "/3"] {
        for path in ["/read", "/public", "/bare"] {
            let path = format!("{prefix}{path}");
            assert_eq!(status(&path, first_issuer, true).await, 200, "{path}");
            assert_eq!(status(&path, first_issuer, false).await, 403, "{path}");
            assert_eq!(status(&path, second_issuer, true).await, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn a_router_without_routes_can_be_finished() {
    let two = two();
    let server = Server::start(Router::new().with_auth(two.first.clone())).await;
    for bearer in [None, Some(two.tokens[0].as_str()), Some("x")] {
        let response = get(&server, "/", bearer).await;
        assert_eq!((response.status, response.body.len()), (404, 0));
        assert!(response.challenges().is_empty());
    }
}

/// Both kinds of requests at once, on connections that carry both.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_are_each_decided_by_their_own_auth() {
    let two = two();
    let app = Router::new()
        .nest("/0", of_first(&two).layer(from_fn(looks)))
        .nest("/1", Router::new().route("/a", routing::get(read)))
        .layer(from_fn(looks))
        .with_auth(two.second.clone());
    let server = Arc::new(Server::start(app).await);
    let mut tasks = JoinSet::new();
    for task in 0..32 {
        let server = Arc::clone(&server);
        let tokens = two.tokens.clone();
        tasks.spawn(async move {
            for round in 0..16 {
                let (route, owner) = ((task + round) % 2, (task / 2 + round / 2) % 2);
                let request = Request::get(&format!("/{route}/a")).bearer(&tokens[owner]);
                let response = server.send(&request).await;
                let expected = if route == owner { 200 } else { 401 };
                assert_eq!(response.status, expected, "{owner} at {route}");
            }
        });
    }
    while let Some(result) = tasks.join_next().await {
        result.unwrap();
    }
}
