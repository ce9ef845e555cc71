//! Middleware: which requests it sees, and what it may change.

use axum::Extension;
use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, map_request, map_response};
use axum::response::{IntoResponse, Response};
use tower::util::{MapRequestLayer, MapResponseLayer};

use crate::kit::handlers::Left;
use crate::kit::{names, rewritten, stopped};

async fn marked(mut response: Response) -> Response {
    response
        .headers_mut()
        .append("x-marked", HeaderValue::from_static("1"));
    response
}

async fn leave_uri(mut request: Request) -> Request {
    let uri = request.uri().to_string();
    request.extensions_mut().insert(Left(uri));
    request
}

async fn never(_: Request) -> Request {
    panic!("no request comes here")
}

async fn only_posts(request: Request, next: Next) -> Response {
    if request.method() == "POST" {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

async fn teapot(_: Response) -> Result<Response, (StatusCode, [(&'static str, &'static str); 1])> {
    Err((StatusCode::IM_A_TEAPOT, [("x-foo", "bar")]))
}

scenario!(a_layer_wraps_the_routes_added_before {
    Router::new()
        .route("/one", get(alpha))
        .layer(map_response(marked))
        .route("/two", get(beta))
} answers ["GET /one", "POST /one", "GET /two", "GET /none"]);

scenario!(a_route_layer_wraps_routes_and_not_the_fallback {
    Router::new()
        .route("/one", get(alpha))
        .route_service("/service", service::<names::gamma>())
        .fallback(outer)
        .route_layer(map_response(marked))
        .route("/two", get(beta))
} answers ["GET /one", "POST /one", "GET /two", "GET /none", "GET /service"]);

scenario!(a_layer_wraps_the_fallbacks_too {
    Router::new()
        .route("/one", get(alpha))
        .fallback(outer)
        .nest("/nested", Router::new().fallback(inner))
        .layer(map_response(marked))
} answers ["GET /one", "GET /none", "GET /nested/x", "CONNECT example.com:443"]);

scenario!(a_layer_of_a_router_without_fallback_does_not_wrap_the_inherited_one {
    Router::new()
        .nest("/foo", Router::new().layer(map_request(never)))
        .fallback(outer)
} answers ["GET /foo", "GET /foo/bar", "GET /"]);

scenario!(several_layers_are_all_applied {
    Router::new()
        .route("/one", get(alpha).layer(map_response(marked)))
        .layer(map_response(marked))
        .nest("/nested", Router::new().route("/x", get(beta)).layer(map_response(marked)))
        .layer(map_response(marked))
} answers ["GET /one", "POST /one", "GET /nested/x", "POST /nested/x", "GET /none"]);

scenario!(a_method_router_layer_wraps_one_path {
    Router::new()
        .route("/layer", get(alpha).fallback(inner).layer(map_response(marked)).put(beta))
        .route("/route-layer", get(alpha).fallback(inner).route_layer(map_response(marked)).put(beta))
        .route("/neither", get(gamma).layer(map_response(marked)))
        .route("/service", get_service(service::<names::delta>()).route_layer(map_response(marked)))
} answers [
    "GET /layer", "POST /layer", "PUT /layer", "GET /route-layer", "POST /route-layer", "PUT /route-layer",
    "GET /neither", "POST /neither", "GET /service", "POST /service",
]);

scenario!(a_handler_layer_wraps_one_handler {
    Router::new()
        .route("/once", get(alpha.layer(map_response(marked))).post(beta))
        .route("/twice", any(gamma.layer(map_response(marked)).layer(map_response(marked))))
        .route("/with-extractors", on(MethodFilter::GET, left.layer(map_request(leave_uri))))
        .fallback(outer.layer(map_response(marked)))
} answers [
    "GET /once", "POST /once", "PUT /once", "GET /twice", "POST /twice", "GET /with-extractors?a", "GET /none",
]);

scenario!(middleware_sees_the_whole_uri {
    Router::new()
        .route("/", get(left))
        .route("/foo/bar", get(left))
        .nest("/one", Router::new().route("/two", get(left)))
        .fallback(left)
        .layer(map_request(leave_uri))
} answers ["GET /", "GET /foo/bar?a=b", "GET /one/two", "GET /none"]);

scenario!(middleware_inside_a_nested_router_sees_the_remaining_uri {
    Router::new().nest(
        "/nested/{id}",
        Router::new().route("/two", get(left)).fallback(left).layer(map_request(leave_uri)),
    )
} answers ["GET /nested/1/two?a=b", "GET /nested/1/none", "GET /nested/1", "GET /nested/1/"]);

scenario!(an_extension_layer_reaches_the_handler {
    Router::new().route("/", get(left)).layer(Extension(Left("a constant".to_owned())))
} answers ["GET /", "POST /"]);

scenario!(a_handler_without_its_extension_answers_500 {
    Router::new().route("/", get(left))
} answers ["GET /"]);

scenario!(middleware_may_answer_without_the_handler {
    Router::new()
        .route("/", get(alpha).post(beta))
        .layer(from_fn(only_posts))
        .merge(Router::new().route("/public", get(gamma)))
} answers [stopped("GET /"), "POST /", stopped("PUT /"), "GET /public", "GET /none"]);

scenario!(middleware_may_replace_the_response {
    Router::new()
        .route("/", get(alpha))
        .layer(map_response(teapot))
        .fallback(outer)
} answers [rewritten("GET /"), rewritten("POST /"), "GET /x"]);

scenario!(middleware_may_add_a_response_body {
    Router::new()
        .route("/", get(nothing))
        .route("/length", get(own_length))
        .layer(MapResponseLayer::new(|mut response: Response| -> Response {
            assert!(response.status() != 200 || response.headers().get("content-length").is_none_or(|length| length == "12345"));
            *response.body_mut() = Body::from("…");
            response
        }))
} answers [rewritten("GET /"), rewritten("HEAD /"), rewritten("POST /"), rewritten("GET /length")]);

scenario!(middleware_may_change_the_body_type {
    let request = MapRequestLayer::new(|request: Request| request.map(|_| "another body".to_owned()));
    let response = MapResponseLayer::new(|response: Response| response.map(|_| "another answer".to_owned()));
    Router::new()
        .route("/request", post(text).layer(request.clone()))
        .route("/response", get(alpha).layer(response.clone()))
        .route("/both", post(text).layer((response, request.clone())))
        .route("/routes", put(text).delete_service(service::<names::beta>()))
        .layer(request)
} answers ["POST /request", rewritten("GET /response"), rewritten("POST /both"), "PUT /routes", "DELETE /routes", "GET /routes"]);
