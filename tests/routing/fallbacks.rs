//! Fallbacks for requests without a route.

use crate::kit::names;

scenario!(a_router_fallback_answers_missing_paths {
    Router::new().route("/foo", get(alpha)).fallback(beta)
} answers ["GET /foo", "GET /none", "POST /none", "HEAD /none", "POST /foo", "GET /"]);

scenario!(the_last_router_fallback_counts {
    Router::new().fallback(inner).fallback(outer)
} answers ["GET /", "GET /x"]);

scenario!(a_service_may_be_the_router_fallback {
    Router::new()
        .fallback(inner)
        .route("/", get(alpha))
        .fallback_service(service::<names::beta>())
} answers ["GET /", "GET /x/y", "PURGE /x", "POST /"]);

scenario!(a_fallback_handler_replaces_a_fallback_service {
    Router::new().fallback_service(service::<names::beta>()).fallback(outer)
} answers ["GET /", "GET /x/y"]);

scenario!(reset_fallback_restores_the_default_404 {
    Router::new()
        .route("/", get(alpha))
        .nest("/nested", Router::new().fallback(inner))
        .fallback(outer)
        .reset_fallback()
} answers ["GET /", "GET /x", "GET /nested/x", "GET /nested", "CONNECT example.com:443"]);

scenario!(a_fallback_may_be_set_after_reset_fallback {
    Router::new()
        .nest("/nested", Router::new().fallback(inner))
        .reset_fallback()
        .fallback(outer)
} answers ["GET /", "GET /x", "GET /nested/x"]);

scenario!(a_nested_router_inherits_the_outer_fallback {
    Router::new().nest("/foo", Router::new().route("/", get(alpha))).fallback(outer)
} answers ["GET /foo", "GET /foo/bar", "GET /foo/", "GET /"]);

scenario!(a_nested_router_keeps_its_own_fallback {
    Router::new()
        .nest("/foo", Router::new().route("/", get(alpha)).route("/x", get(beta)).fallback(inner))
        .fallback(outer)
} answers [
    "GET /foo", "GET /foo/", "GET /foo/bar", "GET /foo/bar/baz", "GET /foo/x", "POST /foo/x", "GET /foobar",
    "GET /", "CONNECT example.com:443",
]);

scenario!(a_nested_router_keeps_its_fallback_without_an_outer_one {
    Router::new().nest("/foo", Router::new().fallback(inner)).route("/", get(alpha))
} answers ["GET /foo", "GET /foo/", "GET /foo/bar", "GET /bar", "GET /", "CONNECT example.com:443"]);

scenario!(a_fallback_may_be_set_before_or_after_nesting {
    Router::new()
        .fallback(outer)
        .nest("/a/{id}", Router::new().fallback(inner))
        .nest("/b/", Router::new().fallback_service(service::<names::alpha>()))
} answers [
    "GET /", "GET /x", "GET /a/1", "GET /a/1/2/3", "GET /a/1/", "GET /b/", "GET /b/c", "GET /b",
]);

scenario!(a_fallback_of_the_outermost_router_is_inherited_through_two_levels {
    Router::new().nest("/foo", Router::new().nest("/bar", Router::new())).fallback(outer)
} answers ["GET /foo/bar/baz", "GET /foo/bar", "GET /foo", "GET /"]);

scenario!(a_fallback_of_the_middle_router_is_inherited {
    Router::new().nest("/foo", Router::new().nest("/bar", Router::new()).fallback(outer))
} answers ["GET /foo/bar/baz", "GET /foo/bar", "GET /foo", "GET /", "GET /foo/"]);

// The router between has none, and so axum drops what is below it.
scenario!(an_inner_fallback_is_dropped_if_the_middle_router_has_none {
    Router::new().nest(
        "/foo",
        Router::new().nest("/bar", Router::new().fallback(inner).route("/", get(alpha))),
    )
} answers ["GET /foo/bar", "GET /foo/bar/baz", "GET /foo/baz", "GET /"]);

scenario!(an_inner_fallback_is_kept_if_the_middle_router_has_one {
    Router::new().nest(
        "/foo",
        Router::new().nest("/bar", Router::new().fallback(inner)).fallback(outer),
    )
} answers ["GET /foo/bar", "GET /foo/bar/baz", "GET /foo/baz", "GET /foo", "GET /"]);

scenario!(an_inner_fallback_is_kept_beside_a_merged_fallback {
    Router::new().nest(
        "/foo",
        Router::new()
            .nest("/bar", Router::new().fallback(inner))
            .merge(Router::new().fallback(outer)),
    )
} answers ["GET /foo/bar", "GET /foo/bar/baz", "GET /foo/baz", "GET /foo", "GET /"]);

scenario!(an_inner_fallback_is_dropped_after_reset_fallback {
    Router::new().nest(
        "/foo",
        Router::new().fallback(outer).reset_fallback().nest("/bar", Router::new().fallback(inner)),
    )
} answers ["GET /foo/bar", "GET /foo/bar/baz", "GET /foo/baz"]);

scenario!(a_fallback_handler_sees_the_request_path {
    Router::new()
        .nest("/foo/{id}", Router::new().fallback(place))
        .fallback(place)
} answers ["GET /foo/1/x?y", "GET /foo/1", "GET /x"]);

scenario!(method_not_allowed_fallback_answers_unhandled_methods {
    Router::new()
        .route("/", get(alpha).fallback(inner))
        .route("/path", get(beta).put(gamma))
        .route("/any", any(delta))
        .route_service("/service", service::<names::epsilon>())
        .nest_service("/mounted", service::<names::alpha>())
        .nest("/nested", Router::new().route("/x", post(beta)))
        .method_not_allowed_fallback(outer)
        .route("/later", get(gamma))
} answers [
    "GET /", "POST /", "GET /path", "PUT /path", "POST /path", "DELETE /path", "GET /any", "POST /any",
    "POST /service", "POST /mounted", "POST /nested/x", "GET /nested/x", "GET /later", "POST /later",
    "GET /none",
]);

scenario!(the_first_method_not_allowed_fallback_counts {
    Router::new()
        .route("/a", get(alpha))
        .method_not_allowed_fallback(inner)
        .route("/b", get(beta))
        .method_not_allowed_fallback(outer)
} answers ["GET /a", "POST /a", "GET /b", "POST /b"]);

scenario!(methods_added_after_a_method_not_allowed_fallback_are_routed {
    Router::new()
        .route("/a", get(alpha))
        .method_not_allowed_fallback(inner)
        .route("/a", post(beta))
        .merge(Router::new().route("/a", put(gamma)))
        .fallback(outer)
} answers ["GET /a", "POST /a", "PUT /a", "DELETE /a", "GET /b"]);

scenario!(a_method_not_allowed_fallback_ignores_routes_added_later {
    Router::new().method_not_allowed_fallback(inner).route("/a", get(alpha))
} answers ["GET /a", "POST /a", "GET /b"]);

scenario!(a_method_not_allowed_fallback_covers_a_path_without_methods {
    Router::new().route("/a", MethodRouter::new()).method_not_allowed_fallback(inner)
} answers ["GET /a", "GET /b"]);

scenario!(a_nested_method_not_allowed_fallback_is_kept {
    Router::new().nest(
        "/foo",
        Router::new().route("/", get(alpha)).method_not_allowed_fallback(inner),
    )
} answers ["GET /foo", "POST /foo", "GET /foo/x"]);

scenario!(a_method_router_fallback_answers_other_methods {
    Router::new()
        .route("/", get(alpha).fallback(inner).fallback(outer))
        .route("/service", post(beta).fallback_service(service::<names::gamma>()))
        .route("/only", MethodRouter::new().fallback(delta))
        .route("/layered", get(alpha).fallback(inner).layer(tower::layer::util::Identity::new()))
} answers [
    "GET /", "HEAD /", "POST /", "POST /service", "GET /service", "GET /only", "PURGE /only",
    "GET /layered", "POST /layered",
]);
