//! No layer, second router or other route changes the declared policy of a route.

use auth_runtime::routing::get;
use auth_runtime::{Auth, Router, guard, policy, require_auth};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::extract::Request as AxumRequest;
use axum::handler::Handler;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use super::{Staff, get as fetch, hidden, hidden_always, public, read, token, trust, trust_in};

const OTHER: &str = "https://other.example";

#[policy(scope = "raed")]
struct Misspelt;

fn rules(router: &Router) -> Vec<String> {
    let map = router.access_map();
    let rule = |route: &auth_runtime::access_map::AccessRoute| {
        format!("{} {}", route.path(), route.rule())
    };
    map.routes().iter().map(rule).collect()
}

#[tokio::test]
async fn an_application_inside_a_handler_has_its_own_auth() {
    let (issuer, auth) = trust();
    let (other_issuer, other) = trust_in(OTHER, "other");
    let inner = axum::Router::new()
        .route("/read", axum::routing::get(read))
        .layer(other.layer());
    // Passes on what it was let in with, under the inner application's credential.
    let foreign = format!("Bearer {}", token(&other_issuer, "read", false));
    let pass_on = move |_: auth_runtime::Guard<Staff>, mut request: AxumRequest| async move {
        let value = HeaderValue::from_str(&foreign).unwrap();
        request.headers_mut().insert(AUTHORIZATION, value);
        tower::ServiceExt::oneshot(inner, request).await
    };
    let routes = Router::new().route("/read", get(pass_on));
    let server = Server::start(routes.with_auth(auth)).await;
    let staff = token(&issuer, "", true);
    assert_eq!(fetch(&server, "/read", Some(&staff)).await.status, 200);
    assert_eq!(fetch(&server, "/read", None).await.status, 401);
}

#[tokio::test]
async fn each_handler_for_unknown_methods_is_in_the_map_and_has_an_auth() {
    let (_, auth) = trust();
    let of_axum = |path| axum::Router::new().route(path, axum::routing::get(|| async {}));
    let routes = Router::new()
        .merge_unguarded(of_axum("/one"), "a test")
        .method_not_allowed_fallback_unguarded(|| async { "first" }, "a test")
        .merge_unguarded(of_axum("/two"), "a test")
        .method_not_allowed_fallback_unguarded(|| async { "second" }, "a test");
    let map = routes.access_map();
    let unknown_methods = map.routes().iter().filter(|route| {
        let handler = route.handler();
        handler.contains("closure")
    });
    assert!(unknown_methods.count() >= 2);
    let server = Server::start(routes.with_auth(auth)).await;
    for (path, body) in [("/one", "first"), ("/two", "second")] {
        let answer = server.send(&Request::new("POST", path)).await;
        assert_eq!(answer.text(), body, "{path}");
    }
}

#[tokio::test]
async fn a_guard_used_as_middleware_is_in_the_map_and_checked_at_start() {
    let (issuer, auth) = trust();
    let routes = || {
        Router::new()
            .route("/public", get(public))
            .layer(guard::<Staff>())
    };
    let rules = rules(&routes());
    assert!(
        rules.iter().all(|rule| rule.contains(r#"role = "staff""#)),
        "{rules:?}"
    );
    let server = Server::start(routes().with_auth(auth)).await;
    assert_eq!(fetch(&server, "/public", None).await.status, 401);
    let staff = token(&issuer, "", true);
    assert_eq!(fetch(&server, "/public", Some(&staff)).await.status, 200);

    let vocabulary = [auth_runtime::Scope::new("read")];
    let auth = Auth::builder()
        .bearer(issuer.jwt())
        .scopes(&vocabulary)
        .build()
        .unwrap();
    for routes in [
        Router::<()>::new()
            .route("/public", get(public))
            .layer(guard::<Misspelt>()),
        Router::<()>::new()
            .route("/public", get(public))
            .route_layer(guard::<Misspelt>()),
        Router::<()>::new().route("/public", get(public).layer(guard::<Misspelt>())),
    ] {
        let error = routes.try_with_auth(auth.clone()).unwrap_err();
        assert!(error.to_string().contains("`raed`"), "{error}");
    }
}

#[tokio::test]
async fn c7_a_rule_for_all_routes_does_not_reveal_a_hidden_route() {
    let (issuer, auth) = trust();
    let routes = Router::new()
        .route("/hidden", get(hidden))
        .route("/hidden-always", get(hidden_always))
        .require::<Staff>();
    let server = Server::start(routes.with_auth(auth)).await;
    let nobody_special = token(&issuer, "read", false);
    for (path, credential) in [
        ("/hidden", Some(nobody_special.as_str())),
        ("/hidden-always", Some(&nobody_special)),
        ("/hidden-always", None),
    ] {
        let refused = fetch(&server, path, credential).await;
        let unknown = fetch(&server, "/no-such-path", credential).await;
        assert_eq!(refused.comparable(), unknown.comparable(), "{path}");
    }
    assert_eq!(fetch(&server, "/hidden", None).await.status, 401);
    let staff = token(&issuer, "read", true);
    assert_eq!(fetch(&server, "/hidden", Some(&staff)).await.status, 200);
}

#[require_auth(scope = "write")]
async fn write() -> &'static str {
    "written"
}

#[tokio::test]
async fn a15_two_guards_are_not_satisfied_by_two_callers_of_one_kind() {
    let (issuer, auth) = trust();
    let writer = format!("Bearer {}", issuer.token("bob").scope("write").sign());
    let swap = move |mut request: AxumRequest, next: Next| {
        let value = HeaderValue::from_str(&writer).unwrap();
        async move {
            request.headers_mut().insert(AUTHORIZATION, value);
            let answer: Response = next.run(request).await;
            answer
        }
    };
    let routes = Router::new()
        .route("/write", get(write.layer(from_fn(swap))))
        .require::<Staff>();
    let server = Server::start(routes.with_auth(auth)).await;
    let staff = token(&issuer, "read", true);
    assert_eq!(fetch(&server, "/write", Some(&staff)).await.status, 403);
}
