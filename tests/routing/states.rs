//! State for a part of the routes, or for all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::{Guard, Router, routing};
use axum::Extension;
use axum::body::Body;
use axum::extract::{FromRef, Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::Response;
use tower::ServiceExt;

use crate::kit::compare::TRUST;
use crate::kit::names;
use crate::kit::services::Tester;

scenario!(a_state_reaches_all_handlers_of_a_router {
    Router::new()
        .route("/", get(word).post(word_and_body))
        .nest("/nested", Router::new().route("/x", put(word)))
        .fallback(word)
        .with_state("foo")
} answers ["GET /", "POST /", "PUT /nested/x", "GET /nested/x", "GET /none", "DELETE /", "CONNECT example.com:443"]);

scenario!(three_routers_keep_their_three_states {
    let words = Router::new().route("/word", get(word)).fallback(word).with_state("foo");
    let counts = Router::new().route("/count", get(count)).method_not_allowed_fallback(count).with_state(7_u32);
    let flags = Router::new().route("/flag", any(flag)).route("/other", get(alpha)).with_state(true);
    let services = Router::new().route_service("/service", service::<names::beta>()).with_state(1.0);
    Router::new().nest("/words", words).merge(counts).nest("/flags", flags.merge(services))
} answers [
    "GET /words/word", "GET /words/none", "GET /words", "GET /count", "POST /count", "GET /flags/flag",
    "GET /flags/other", "GET /flags/service", "GET /flags/none",
]);

scenario!(states_may_be_provided_one_after_another {
    let first: Router<u32> = Router::new().route("/word", get(word)).with_state("foo");
    let second: Router<bool> = first.route("/count", get(count)).with_state(7_u32);
    second.route("/flag", get(flag)).fallback(flag).with_state(false)
} answers ["GET /word", "GET /count", "GET /flag", "POST /flag", "GET /none"]);

scenario!(a_method_router_may_have_its_own_state {
    Router::new()
        .route("/word", get(word).post(alpha).with_state("foo").put(beta))
        .route("/fallback", MethodRouter::new().fallback(word).with_state("bar"))
        .route("/merged", get(word).merge(post(word)).with_state("baz"))
        .route("/services", get_service(service::<names::gamma>()).with_state(0.5))
} answers [
    "GET /word", "POST /word", "PUT /word", "DELETE /word", "GET /fallback", "GET /merged", "POST /merged",
    "PUT /merged", "GET /services",
]);

scenario!(the_state_of_a_method_router_precedes_that_of_the_router {
    Router::new()
        .route("/inner", get(word).with_state("inner"))
        .route("/outer", get(word))
        .with_state("outer")
} answers ["GET /inner", "GET /outer"]);

scenario!(a_state_may_be_provided_before_a_stateless_fallback {
    Router::new().route("/", get(word)).with_state("foo").method_not_allowed_fallback(alpha).fallback(beta)
} answers ["GET /", "POST /", "GET /x"]);

scenario!(a_state_reaches_layered_handlers {
    Router::new()
        .route("/", get(word.layer(Extension(1))).post(alpha.layer(Extension("x"))))
        .route("/twice", get(word.layer(Extension(1)).layer(Extension(2))))
        .with_state("foo")
} answers ["GET /", "POST /", "PUT /", "GET /twice"]);

scenario!(a_state_reaches_handlers_below_middleware {
    async fn same(response: Response) -> Response {
        response
    }
    Router::new().route("/", get(word)).layer(map_response(same)).with_state("foo")
} answers ["GET /", "POST /"]);

/// A part of the state, as axum's `FromRef` has it.
#[derive(Clone)]
struct Shop {
    name: &'static str,
    orders: u32,
}

impl FromRef<Shop> for &'static str {
    fn from_ref(shop: &Shop) -> Self {
        shop.name
    }
}

impl FromRef<Shop> for u32 {
    fn from_ref(shop: &Shop) -> Self {
        shop.orders
    }
}

scenario!(a_state_is_extracted_in_parts_by_from_ref {
    Router::new()
        .route("/", get(word).post(count))
        .with_state(Shop { name: "foo", orders: 7 })
} answers ["GET /", "POST /"]);

/// Counts how often it is cloned.
struct Counted(Arc<AtomicUsize>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.0.fetch_add(1, Ordering::SeqCst);
        Self(self.0.clone())
    }
}

#[tokio::test]
async fn the_state_is_cloned_no_more_often_than_in_axum() {
    async fn clones(app: impl FnOnce(Counted) -> axum::Router, path: &str) -> usize {
        let count = Arc::new(AtomicUsize::new(0));
        let app = app(Counted(count.clone()));
        let request = Request::get(path).header("authorization", &TRUST.credential);
        let request = request.body(Body::empty()).unwrap();
        count.store(0, Ordering::SeqCst);
        assert_eq!(app.oneshot(request).await.unwrap().status(), 200);
        count.load(Ordering::SeqCst)
    }

    async fn pass(_: State<Counted>, request: Request, next: Next) -> Response {
        next.run(request).await
    }

    for path in ["/", "/none"] {
        let bare = |state: Counted| {
            axum::Router::new()
                .route("/", axum::routing::get(async |_: State<Counted>| ()))
                .fallback(async |_: State<Counted>| ())
                .layer(from_fn_with_state(state.clone(), pass))
                .with_state(state)
        };
        let guarded = |state: Counted| {
            Router::new()
                .route(
                    "/",
                    routing::get(|_: Guard<Tester>, _: State<Counted>| async {}),
                )
                .fallback(|_: Guard<Tester>, _: State<Counted>| async {})
                .layer(from_fn_with_state(state.clone(), pass))
                .with_state(state)
                .with_auth(TRUST.auth.clone())
        };
        assert_eq!(
            clones(guarded, path).await,
            clones(bare, path).await,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_state_may_be_provided_after_the_auth() {
    let app: axum::Router = Router::new()
        .route(
            "/",
            routing::get(|_: Guard<Tester>, State(word): State<&'static str>| async move { word }),
        )
        .with_auth(TRUST.auth.clone())
        .with_state("foo");
    for (credential, status) in [(TRUST.credential.as_str(), 200), ("", 401)] {
        let request = Request::get("/").header("authorization", credential);
        let request = request.body(Body::empty()).unwrap();
        assert_eq!(app.clone().oneshot(request).await.unwrap().status(), status);
    }
}
