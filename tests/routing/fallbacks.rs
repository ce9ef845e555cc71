//! What answers where no route does.

use crate::kit::names;

scenario!(of_the_router {
    Router::new().route("/foo", get(alpha)).fallback(beta)
} answers ["GET /foo", "GET /none", "POST /none", "HEAD /none", "POST /foo", "GET /"]);

scenario!(the_last_one_counts {
    Router::new().fallback(inner).fallback(outer)
} answers ["GET /", "GET /x"]);

scenario!(a_service {
    Router::new()
        .fallback(inner)
        .route("/", get(alpha))
        .fallback_service(service::<names::beta>())
} answers ["GET /", "GET /x/y", "PURGE /x", "POST /"]);

scenario!(a_handler_after_a_service {
    Router::new().fallback_service(service::<names::beta>()).fallback(outer)
} answers ["GET /", "GET /x/y"]);

scenario!(reset {
    Router::new()
        .route("/", get(alpha))
        .nest("/nested", Router::new().fallback(inner))
        .fallback(outer)
        .reset_fallback()
} answers ["GET /", "GET /x", "GET /nested/x", "GET /nested", "CONNECT example.com:443"]);

scenario!(a_new_one_after_reset {
    Router::new()
        .nest("/nested", Router::new().fallback(inner))
        .reset_fallback()
        .fallback(outer)
} answers ["GET /", "GET /x", "GET /nested/x"]);

scenario!(a_nested_router_inherits_it {
    Router::new().nest("/foo", Router::new().route("/", get(alpha))).fallback(outer)
} answers ["GET /foo", "GET /foo/bar", "GET /foo/", "GET /"]);

scenario!(a_nested_router_keeps_its_own {
    Router::new()
        .nest("/foo", Router::new().route("/", get(alpha)).route("/x", get(beta)).fallback(inner))
        .fallback(outer)
} answers [
    "GET /foo", "GET /foo/", "GET /foo/bar", "GET /foo/bar/baz", "GET /foo/x", "POST /foo/x", "GET /foobar",
    "GET /", "CONNECT example.com:443",
]);

scenario!(a_nested_router_keeps_its_own_without_one_outside {
    Router::new().nest("/foo", Router::new().fallback(inner)).route("/", get(alpha))
} answers ["GET /foo", "GET /foo/", "GET /foo/bar", "GET /bar", "GET /", "CONNECT example.com:443"]);

scenario!(before_and_after_nesting {
    Router::new()
        .fallback(outer)
        .nest("/a/{id}", Router::new().fallback(inner))
        .nest("/b/", Router::new().fallback_service(service::<names::alpha>()))
} answers [
    "GET /", "GET /x", "GET /a/1", "GET /a/1/2/3", "GET /a/1/", "GET /b/", "GET /b/c", "GET /b",
]);

scenario!(inherited_from_the_top {
    Router::new().nest("/foo", Router::new().nest("/bar", Router::new())).fallback(outer)
} answers ["GET /foo/bar/baz", "GET /foo/bar", "GET /foo", "GET /"]);

scenario!(inherited_from_the_middle {
    Router::new().nest("/foo", Router::new().nest("/bar", Router::new()).fallback(outer))
} answers ["GET /foo/bar/baz", "GET /foo/bar", "GET /foo", "GET /", "GET /foo/"]);

// The router between has none, and so axum drops what is below it.
scenario!(dropped_on_the_way_out {
    Router::new().nest(
        "/foo",
        Router::new().nest("/bar", Router::new().fallback(inner).route("/", get(alpha))),
    )
} answers ["GET /foo/bar", "GET /foo/bar/baz", "GET /foo/baz", "GET /"]);

scenario!(kept_on_the_way_out {
    Router::new().nest(
        "/foo",
        Router::new().nest("/bar", Router::new().fallback(inner)).fallback(outer),
    )
} answers ["GET /foo/bar", "GET /foo/bar/baz", "GET /foo/baz", "GET /foo", "GET /"]);

scenario!(kept_beside_a_merged_one_on_the_way_out {
    Router::new().nest(
        "/foo",
        Router::new()
            .nest("/bar", Router::new().fallback(inner))
            .merge(Router::new().fallback(outer)),
    )
} answers ["GET /foo/bar", "GET /foo/bar/baz", "GET /foo/baz", "GET /foo", "GET /"]);

scenario!(dropped_after_a_reset_on_the_way_out {
    Router::new().nest(
        "/foo",
        Router::new().fallback(outer).reset_fallback().nest("/bar", Router::new().fallback(inner)),
    )
} answers ["GET /foo/bar", "GET /foo/bar/baz", "GET /foo/baz"]);

scenario!(seen_by_a_fallback {
    Router::new()
        .nest("/foo/{id}", Router::new().fallback(place))
        .fallback(place)
} answers ["GET /foo/1/x?y", "GET /foo/1", "GET /x"]);

scenario!(of_methods_where_no_one_else_answers {
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

scenario!(of_methods_the_first_one_counts {
    Router::new()
        .route("/a", get(alpha))
        .method_not_allowed_fallback(inner)
        .route("/b", get(beta))
        .method_not_allowed_fallback(outer)
} answers ["GET /a", "POST /a", "GET /b", "POST /b"]);

scenario!(of_methods_and_more_methods_later {
    Router::new()
        .route("/a", get(alpha))
        .method_not_allowed_fallback(inner)
        .route("/a", post(beta))
        .merge(Router::new().route("/a", put(gamma)))
        .fallback(outer)
} answers ["GET /a", "POST /a", "PUT /a", "DELETE /a", "GET /b"]);

scenario!(of_methods_before_any_route {
    Router::new().method_not_allowed_fallback(inner).route("/a", get(alpha))
} answers ["GET /a", "POST /a", "GET /b"]);

scenario!(of_methods_of_a_path_without_any {
    Router::new().route("/a", MethodRouter::new()).method_not_allowed_fallback(inner)
} answers ["GET /a", "GET /b"]);

scenario!(of_methods_of_a_nested_router {
    Router::new().nest(
        "/foo",
        Router::new().route("/", get(alpha)).method_not_allowed_fallback(inner),
    )
} answers ["GET /foo", "POST /foo", "GET /foo/x"]);

scenario!(of_one_path {
    Router::new()
        .route("/", get(alpha).fallback(inner).fallback(outer))
        .route("/service", post(beta).fallback_service(service::<names::gamma>()))
        .route("/only", MethodRouter::new().fallback(delta))
        .route("/layered", get(alpha).fallback(inner).layer(tower::layer::util::Identity::new()))
} answers [
    "GET /", "HEAD /", "POST /", "POST /service", "GET /service", "GET /only", "PURGE /only",
    "GET /layered", "POST /layered",
]);
