//! Which handler a method goes to.

use crate::kit::{Probe, names};

/// The functions of one method, alone: all other methods are answered by axum.
macro_rules! one_method {
    ($($name:ident: $handler:ident, $service:ident;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let pair = pair!({
                    Router::new()
                        .route("/function", $handler(alpha))
                        .route("/method", MethodRouter::new().$handler(beta))
                        .route("/service", $service(service::<names::gamma>()))
                        .route("/chained", MethodRouter::new().$service(service::<names::delta>()))
                });
                pair.compare(&all_methods(&["/function", "/method", "/service", "/chained", "/"]))
                    .await;
            }
        )*
    };
}

const METHODS: [&str; 10] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PURGE",
];

fn all_methods(paths: &[&str]) -> Vec<Probe> {
    let lines = paths
        .iter()
        .flat_map(|path| METHODS.map(|method| format!("{method} {path}")));
    lines.map(|line| Probe::from(line.as_str())).collect()
}

one_method! {
    get_functions_route_like_axum: get, get_service;
    head_functions_route_like_axum: head, head_service;
    post_functions_route_like_axum: post, post_service;
    put_functions_route_like_axum: put, put_service;
    patch_functions_route_like_axum: patch, patch_service;
    delete_functions_route_like_axum: delete, delete_service;
    options_functions_route_like_axum: options, options_service;
    trace_functions_route_like_axum: trace, trace_service;
    connect_functions_route_like_axum: connect, connect_service;
}

#[tokio::test]
async fn one_path_routes_nine_methods() {
    let pair = pair!({
        let handlers = get(method_name)
            .head(alpha)
            .post(beta)
            .put(gamma)
            .patch(delta)
            .delete(epsilon)
            .options(nothing)
            .trace(created)
            .connect(nothing);
        let services = get_service(service::<names::alpha>())
            .head_service(service::<names::beta>())
            .post_service(service::<names::gamma>())
            .put_service(service::<names::delta>())
            .patch_service(service::<names::epsilon>())
            .delete_service(service::<names::inner>())
            .options_service(service::<names::outer>())
            .trace_service(service::<names::nothing>())
            .connect_service(service::<names::created>());
        Router::new()
            .route("/handlers", handlers)
            .route("/services", services)
    });
    pair.compare(&all_methods(&["/handlers", "/services"]))
        .await;
}

#[tokio::test]
async fn method_filters_of_several_methods_route_like_axum() {
    let pair = pair!({
        Router::new()
            .route(
                "/on",
                on(MethodFilter::GET.or(MethodFilter::DELETE), method_name),
            )
            .route(
                "/chained",
                on(MethodFilter::PUT, alpha)
                    .on(MethodFilter::HEAD.or(MethodFilter::GET), beta)
                    .on(MethodFilter::TRACE.or(MethodFilter::OPTIONS), gamma),
            )
            .route(
                "/service",
                on_service(
                    MethodFilter::POST.or(MethodFilter::PATCH),
                    service::<names::alpha>(),
                )
                .on_service(
                    MethodFilter::CONNECT.or(MethodFilter::DELETE),
                    service::<names::beta>(),
                ),
            )
    });
    pair.compare(&all_methods(&["/on", "/chained", "/service"]))
        .await;
}

#[tokio::test]
async fn a_handler_for_any_method_routes_like_axum() {
    let pair = pair!({
        Router::new()
            .route("/any", any(method_name))
            .route("/any-but", any(alpha).post(beta).head(gamma))
            .route("/service", any_service(service::<names::alpha>()))
            .route(
                "/service-but",
                any_service(service::<names::beta>()).get_service(service::<names::gamma>()),
            )
            .route_service("/routed", service::<names::delta>())
    });
    let paths = ["/any", "/any-but", "/service", "/service-but", "/routed"];
    pair.compare(&all_methods(&paths)).await;
}

scenario!(head_requests_use_the_get_handler_unless_head_has_one {
    Router::new()
        .route("/only-get", get(alpha))
        .route("/after", get(alpha).head(created))
        .route("/before", head(created).get(alpha))
        .route("/service", get_service(service::<names::beta>()))
        .route("/length", get(own_length))
        .route("/json", get(json))
        .route("/any", any(gamma))
} answers [
    "GET /only-get", "HEAD /only-get",
    "GET /after", "HEAD /after",
    "GET /before", "HEAD /before",
    "GET /service", "HEAD /service",
    "GET /length", "HEAD /length",
    "HEAD /json", "GET /json",
    "HEAD /any",
]);

scenario!(one_path_may_be_routed_twice_for_different_methods {
    Router::new()
        .route("/", get(alpha))
        .route("/", post(beta).delete(gamma))
        .route("/", patch_service(service::<names::delta>()))
} answers ["GET /", "HEAD /", "POST /", "DELETE /", "PATCH /", "PUT /", "OPTIONS /"]);

scenario!(one_path_routed_twice_keeps_its_only_method_fallback {
    Router::new()
        .route("/first", get(alpha).fallback(inner))
        .route("/first", post(beta))
        .route("/second", get(alpha))
        .route("/second", any(gamma))
} answers [
    "GET /first", "POST /first", "PUT /first",
    "GET /second", "POST /second", "PUT /second",
]);

scenario!(handlers_converted_into_services_are_routed {
    use axum::handler::{Handler, HandlerWithoutStateExt};

    Router::new()
        .route("/", on_service(MethodFilter::GET, behind(alpha.into_service())))
        .route_service("/state", behind(word.with_state("foo")))
} answers ["GET /", "HEAD /", "POST /", "GET /state", "PURGE /state"]);

scenario!(a_connect_response_with_content_is_that_of_axum {
    Router::new()
        .route("/", connect(alpha))
        .route("/failed", connect(inner))
        .route_service("/service", service::<names::beta>())
} answers ["CONNECT /", "CONNECT /failed", "CONNECT /service", "GET /service"]);

scenario!(a_request_target_without_a_path_uses_the_fallback {
    Router::new().route("/", get(alpha)).fallback(outer)
} answers ["CONNECT example.com:443", "OPTIONS *", "GET /", "GET /x"]);

scenario!(a_request_target_without_a_path_is_404_without_a_fallback {
    Router::new().route("/", get(alpha))
} answers ["CONNECT example.com:443", "OPTIONS *", "GET /", "GET /x"]);

scenario!(a_request_target_without_a_path_uses_the_fallback_service {
    Router::new().fallback_service(service::<names::alpha>())
} answers ["CONNECT example.com:443", "OPTIONS *", "GET /"]);

scenario!(a_request_with_an_absolute_uri_is_routed_by_path {
    Router::new().route("/", get(alpha)).route("/{id}", get(place))
} answers ["GET http://example.com", "GET http://example.com/", "GET http://example.com/a?b"]);
