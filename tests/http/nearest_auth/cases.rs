//! Which `Auth` decides, case by case, over sockets. `outer` is the `Auth` of a router of this crate,
//! `inner` that of a layer further in.

use std::convert::Infallible;

use auth_runtime::router::RouterFault;
use auth_runtime::{Guard, Identity, Router, guard, policy, routing};
use auth_tests::server::Server;
use axum::body::Body;
use axum::extract::Request as AxumRequest;
use axum::handler::Handler;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::{Auths, Judge, application, forward, read, send};

#[policy(scope = "read")]
struct CanRead;

/// A handler that forwards its requests, without a guard.
fn forwarding(app: axum::Router) -> MethodRouter {
    axum::routing::any(move |request: AxumRequest| forward(app, request))
}

/// A handler that forwards its requests, after its guard.
macro_rules! guarded_forwarding {
    ($app:expr) => {{
        let app = $app;
        move |_: Guard<CanRead>, request: AxumRequest| forward(app, request)
    }};
}

/// Middleware that forwards `GET`, and calls the handler for all other methods.
macro_rules! forwarding_get {
    ($app:expr) => {{
        let app: axum::Router = $app;
        from_fn(move |request: AxumRequest, next: Next| {
            let app = app.clone();
            async move {
                if request.method() == "GET" {
                    forward(app, request).await
                } else {
                    next.run(request).await
                }
            }
        })
    }};
}

#[tokio::test]
async fn a_request_forwarded_without_a_guard_is_decided_by_the_target_application() {
    let auths = Auths::new();
    let inner = || application(Some(&auths.inner));
    let by_handler = |app: axum::Router| move |request: AxumRequest| forward(app, request);
    let app = Router::new()
        .nest(
            "/methods",
            Router::new()
                .route("/read", routing::put(read))
                .method_not_allowed_fallback_unguarded(by_handler(inner()), "guards itself"),
        )
        .route_unguarded("/route", forwarding(inner()), "guards itself")
        .route_unguarded("/none", forwarding(application(None)), "guards itself")
        .fallback_unguarded(by_handler(inner()), "guards itself")
        .with_auth(auths.outer.clone());
    let server = Server::start(app).await;
    for (method, path, judge) in [
        ("GET", "/missing", Judge::Inner),
        ("GET", "/methods/read", Judge::Inner),
        ("PUT", "/methods/read", Judge::Outer),
        ("GET", "/route", Judge::Inner),
        ("GET", "/none", Judge::Outer),
    ] {
        auths.assert_judge(&server, method, path, judge).await;
    }
}

#[tokio::test]
async fn middleware_forwards_to_the_inner_auth_and_calls_its_handler_under_the_outer() {
    let auths = Auths::new();
    let same_policy = |auth: &auth_runtime::Auth| {
        axum::Router::new()
            .fallback(
                |_: Guard<CanRead>, caller: Identity| async move { caller.subject().to_owned() },
            )
            .layer(auth.layer())
    };
    let by_policy =
        |_: Guard<CanRead>, caller: Identity| async move { caller.subject().to_owned() };
    let app = Router::new()
        .route(
            "/handler",
            routing::any(read.layer(forwarding_get!(application(Some(&auths.inner))))),
        )
        .route(
            "/policy",
            routing::any(by_policy.layer(forwarding_get!(same_policy(&auths.inner)))),
        )
        .route(
            "/route",
            routing::any(read).layer(forwarding_get!(application(Some(&auths.inner)))),
        )
        .route(
            "/none",
            routing::any(read.layer(forwarding_get!(application(None)))),
        )
        .with_auth(auths.outer.clone());
    let server = Server::start(app).await;
    for path in ["/handler", "/policy", "/route"] {
        auths.assert_judge(&server, "GET", path, Judge::Inner).await;
        auths
            .assert_judge(&server, "POST", path, Judge::Outer)
            .await;
    }
    auths
        .assert_judge(&server, "GET", "/none", Judge::Outer)
        .await;
}

#[test]
fn a_layer_with_another_auth_around_a_handler_is_a_fault() {
    let auths = Auths::new();
    let layer = || auths.inner.layer();
    let nothing = || from_fn(|request: AxumRequest, next: Next| next.run(request));
    let routes: [(&str, Router); 6] = [
        (
            "`GET /read`",
            Router::new().route("/read", routing::get(read.layer(layer()))),
        ),
        (
            "`GET /read`",
            Router::new().route("/read", routing::get(read.layer(layer()).layer(nothing()))),
        ),
        (
            "every method of `/read` without its own route",
            Router::new().route("/read", routing::any(read.layer(layer()))),
        ),
        (
            "every method of `/read` without its own route",
            Router::new().route(
                "/read",
                routing::MethodRouter::new().fallback(read.layer(layer())),
            ),
        ),
        (
            "the fallback of `/`",
            Router::new().fallback(read.layer(layer())),
        ),
        (
            "every other method of `/read`",
            Router::new()
                .route("/read", routing::get(read))
                .method_not_allowed_fallback(read.layer(layer())),
        ),
    ];
    for (name, routes) in routes {
        let error = routes.try_with_auth(auths.outer.clone()).unwrap_err();
        assert_eq!(error.faults().len(), 1, "{error}");
        assert!(
            matches!(error.faults(), [RouterFault::AuthLayerOnHandler { .. }]),
            "{error}"
        );
        let handler = error.faults()[0].route().handler();
        assert_eq!(
            error.to_string(),
            format!(
                "{name} ({handler}): a layer around the handler sets an `Auth`, which would \
                 replace the one that the route is bound to (realm \"outer\"): remove \
                 `.layer(auth.layer())` from the handler, and `bind` a router with this route to the \
                 `Auth` of that layer"
            )
        );
    }
}

#[tokio::test]
async fn an_auth_layer_inside_a_service_builder_around_a_handler_decides() {
    let auths = Auths::new();
    let stack = || ServiceBuilder::new().layer(auths.inner.layer());
    let app = Router::new()
        .route("/read", routing::get(read.layer(stack())))
        .with_auth(auths.outer.clone());
    let server = Server::start(app).await;
    auths
        .assert_judge(&server, "GET", "/read", Judge::Inner)
        .await;

    // The `Auth` of the router checks the rule of the router, before the layer.
    let app = Router::new()
        .route("/required", routing::get(read.layer(stack())))
        .require::<CanRead>()
        .with_auth(auths.outer.clone());
    let server = Server::start(app).await;
    for (token, realm) in [(&auths.outer_token, "inner"), (&auths.inner_token, "outer")] {
        let answer = send(&server, "GET", "/required", Some(token)).await;
        assert_eq!(answer.status, 401);
        let challenges = answer.challenges();
        assert!(
            challenges[0].starts_with(&format!("Bearer realm=\"{realm}\", error")),
            "{challenges:?}"
        );
    }
}

#[tokio::test]
async fn a_guard_before_a_service_uses_the_outer_auth_and_the_service_the_inner() {
    let auths = Auths::new();
    let inside = axum::Router::new()
        .fallback(|caller: Option<Identity>| async move {
            caller.map_or("anonymous".to_owned(), |caller| caller.issuer().to_owned())
        })
        .layer(auths.inner.layer());
    // Takes the token of the outer `Auth` away, so that the inner one has none to refuse.
    let service = service_fn(move |mut request: AxumRequest| {
        let inside = inside.clone();
        async move {
            let headers: &mut HeaderMap = request.headers_mut();
            headers.remove(AUTHORIZATION);
            if let Some(token) = headers.remove("x-inner") {
                headers.insert(AUTHORIZATION, token);
            }
            inside.oneshot(request).await
        }
    });
    let app = Router::new()
        .route_service("/service", guard::<CanRead>().layer(service))
        .with_auth(auths.outer.clone());
    let server = Server::start(app).await;
    let outside = send(&server, "GET", "/service", Some(&auths.inner_token)).await;
    assert_eq!(outside.status, 401);
    assert!(outside.challenges()[0].contains(r#"realm="outer""#));
    let anonymous = send(&server, "GET", "/service", Some(&auths.outer_token)).await;
    assert_eq!(
        (anonymous.status, anonymous.text().as_str()),
        (200, "anonymous")
    );
    for (token, status, text) in [
        (&auths.inner_token, 200, "https://inner.example"),
        (&auths.outer_token, 401, ""),
    ] {
        let request = auth_tests::client::Request::get("/service")
            .bearer(&auths.outer_token)
            .header("X-Inner", format!("Bearer {token}"));
        let answer = server.send(&request).await;
        assert_eq!(answer.status, status);
        if status == 200 {
            assert_eq!(answer.text(), text);
        } else {
            assert!(answer.challenges()[0].contains(r#"realm="inner""#));
        }
    }
}

#[tokio::test]
async fn a_guarded_handler_forwards_to_the_inner_auth_or_keeps_its_own_auth() {
    let auths = Auths::new();
    let app = Router::new()
        .route(
            "/inner",
            routing::get(guarded_forwarding!(application(Some(&auths.inner)))),
        )
        .route(
            "/none",
            routing::get(guarded_forwarding!(application(None))),
        )
        .with_auth(auths.outer.clone());
    let server = Server::start(app).await;
    auths
        .assert_judge(&server, "GET", "/none", Judge::Outer)
        .await;
    // Past the guard of the outer `Auth`, the inner one refuses the same token.
    let answer = send(&server, "GET", "/inner", Some(&auths.outer_token)).await;
    assert_eq!(answer.status, 401);
    assert!(answer.challenges()[0].contains(r#"realm="inner", error="invalid_token""#));
    let answer = send(&server, "GET", "/inner", Some(&auths.inner_token)).await;
    assert_eq!(answer.status, 401);
    assert!(answer.challenges()[0].contains(r#"realm="outer", error="invalid_token""#));
}

#[tokio::test]
async fn a_new_request_built_by_a_handler_inherits_no_auth() {
    let auths = Auths::new();
    let ask = |app: axum::Router| {
        move |_: Guard<CanRead>, headers: HeaderMap| async move {
            let mut request = AxumRequest::new(Body::empty());
            *request.headers_mut() = headers;
            forward(app, request).await
        }
    };
    let app = Router::new()
        .route("/none", routing::get(ask(application(None))))
        .route("/inner", routing::get(ask(application(Some(&auths.inner)))))
        .with_auth(auths.outer.clone());
    let server = Server::start(app).await;
    let answer = send(&server, "GET", "/none", Some(&auths.outer_token)).await;
    assert_eq!((answer.status, answer.challenges().len()), (500, 0));
    let answer = send(&server, "GET", "/inner", Some(&auths.outer_token)).await;
    assert_eq!(answer.status, 401);
    assert!(answer.challenges()[0].contains(r#"realm="inner""#));
}

#[tokio::test]
async fn combined_routers_each_keep_their_own_auth() {
    let auths = Auths::new();
    let of_inner = || {
        Router::new()
            .route("/read", routing::get(read))
            .bind(auths.inner.clone())
    };
    let finished = Router::new()
        .route("/read", routing::get(read))
        .with_auth(auths.inner.clone());
    let app = Router::new()
        .nest("/nested", of_inner())
        .merge(Router::new().nest("/merged", of_inner()))
        .nest_unguarded("/finished", finished, "guards itself")
        .route("/own", routing::get(read))
        .with_auth(auths.outer.clone());
    // A layer around the whole is further out than the routers of this crate.
    let layered = app.clone().layer(auths.inner.layer());
    for app in [app, layered] {
        let server = Server::start(app).await;
        for (path, judge) in [
            ("/nested/read", Judge::Inner),
            ("/merged/read", Judge::Inner),
            ("/finished/read", Judge::Inner),
            ("/own", Judge::Outer),
        ] {
            auths.assert_judge(&server, "GET", path, judge).await;
        }
    }
}

#[tokio::test]
async fn a_request_moved_to_a_task_or_a_thread_keeps_its_auth() {
    let auths = Auths::new();
    let in_a_task = |app: axum::Router| {
        from_fn(move |request: AxumRequest, _: Next| {
            let app = app.clone();
            async move {
                let answer = tokio::spawn(forward(app, request));
                Ok::<Response, Infallible>(answer.await.unwrap())
            }
        })
    };
    let in_a_thread = |app: axum::Router| {
        from_fn(move |request: AxumRequest, _: Next| {
            let app = app.clone();
            async move {
                let handle = tokio::runtime::Handle::current();
                let answer =
                    tokio::task::spawn_blocking(move || handle.block_on(forward(app, request)));
                answer.await.unwrap().into_response()
            }
        })
    };
    let buffered = ServiceBuilder::new()
        .layer(axum::error_handling::HandleErrorLayer::new(|_| async {}))
        .buffer::<AxumRequest>(8);
    let app = Router::new()
        .route(
            "/task",
            routing::get(read).layer(in_a_task(application(None))),
        )
        .route(
            "/task-inner",
            routing::get(read).layer(in_a_task(application(Some(&auths.inner)))),
        )
        .route(
            "/thread",
            routing::get(read).layer(in_a_thread(application(None))),
        )
        .route("/buffer", routing::get(read).layer(buffered))
        .with_auth(auths.outer.clone());
    let server = Server::start(app).await;
    for (path, judge) in [
        ("/task", Judge::Outer),
        ("/task-inner", Judge::Inner),
        ("/thread", Judge::Outer),
        ("/buffer", Judge::Outer),
    ] {
        auths.assert_judge(&server, "GET", path, judge).await;
    }
}
