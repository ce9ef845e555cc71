//! Which route a path goes to, and what its handler sees of it.

use crate::kit::names;

scenario!(several_routes_lead_to_their_handlers {
    Router::new()
        .route("/users", get(alpha).post(created))
        .route("/users/{id}", get(show))
        .route("/users/{id}/action", get(place))
} answers [
    "GET /", "GET /users", "POST /users", "GET /users/1", "GET /users/1/action",
    "GET /users/", "GET /users/1/", "GET /users/1/action/", "GET /users//action", "GET //users",
    "GET /Users",
]);

scenario!(a_literal_path_segment_takes_precedence_over_a_parameter {
    Router::new()
        .route("/{key}", get(show))
        .route("/foo", get(alpha))
        .route("/{key}/x", get(beta))
        .route("/foo/{id}", get(gamma))
        .route("/foo/x/y", get(delta))
} answers [
    "GET /bar", "GET /foo", "GET /foo/x", "GET /bar/x", "GET /foo/1", "GET /foo/x/y", "GET /bar/x/y",
    "GET /fo", "GET /fooo", "GET /bar/y",
]);

scenario!(overlapping_wildcards_are_routed_like_axum {
    Router::new()
        .route("/{*key}", get(place))
        .route("/x/{*key}", get(alpha))
        .route("/x/y/{id}", get(beta))
        .fallback(outer)
} answers [
    "GET /", "GET /a", "GET /a/", "GET /a/b", "GET /a/b/", "GET //", "GET ///",
    "GET /x", "GET /x/", "GET /x/a", "GET /x/a/", "GET /x/a/b", "GET /x//", "GET /x/y",
    "GET /x/y/", "GET /x/y/1", "GET /x/y/1/2", "POST /x/a",
]);

scenario!(a_wildcard_does_not_match_an_empty_path {
    Router::new().route("/x/{*path}", get(show))
} answers ["GET /x", "GET /x/", "GET /x/a", "GET /x/a/b", "GET /x//", "GET /x/%2F"]);

scenario!(a_trailing_slash_distinguishes_paths {
    Router::new()
        .route("/without", get(alpha))
        .route("/with/", get(beta))
        .route("/both", get(gamma))
        .route("/both/", get(delta))
} answers [
    "GET /without", "GET /without/", "GET /with", "GET /with/", "GET /both", "GET /both/",
    "GET /both//", "GET //both", "POST /without/", "POST /with/",
]);

scenario!(percent_encoded_paths_are_routed_like_axum {
    Router::new()
        .route("/show/{id}", get(show))
        .route("/number/{id}", get(number))
        .route("/caf%C3%A9", get(alpha))
        .route("/place/{*rest}", get(place))
        .route("/query", get(query))
        // Nothing is decoded before it is matched.
        .route("/%61", get(gamma))
} answers [
    "GET /show/a%20b", "GET /show/a%2Fb", "GET /show/%C3%A9", "GET /show/%FF", "GET /show/%", "GET /show/%2e%2e",
    "GET /show/..", "GET /sh%6fw/1",
    "GET /number/1", "GET /number/one", "GET /number/%31",
    "GET /caf%C3%A9", "GET /caf%c3%a9", "GET /a%20b", "GET /a", "GET /%61",
    "GET /place/a%2Fb/c?d=%20", "GET /query?a=%20&a=b+c", "GET /query?a",
]);

scenario!(escaped_braces_match_literal_braces {
    Router::new()
        .route("/{{x}}", get(alpha))
        .route("/{{x}}/{x}", get(show))
        .nest("/{x}/{{y}}", Router::new().route("/", put(show)))
} answers ["GET /{x}", "GET /x", "GET /{x}/1", "PUT /1/{y}", "PUT /1/y", "PUT /{x}/{y}", "GET /%7Bx%7D"]);

scenario!(colons_and_asterisks_are_literal_without_the_v07_checks {
    Router::new()
        .without_v07_checks()
        .route("/:id", get(alpha))
        .route("/*rest", get(beta))
        .nest("/:nested", Router::new().route("/x", get(gamma)))
} answers ["GET /:id", "GET /*rest", "GET /:nested/x", "GET /1", "GET /:"]);

scenario!(a_service_sees_the_request_path {
    Router::new()
        .route_service("/one", service::<names::alpha>())
        .route_service("/{id}/two", service::<names::beta>())
        .route("/three/{*rest}", get_service(service::<names::gamma>()))
} answers ["GET /one", "PUT /one?a=b", "GET /1/two", "PURGE /1/two", "GET /three/4/5", "GET /three", "POST /three/4"]);

scenario!(a_router_without_routes_answers_404 {
    Router::new()
} answers ["GET /", "GET /x", "POST /x", "HEAD /x"]);

scenario!(a_handler_sees_its_matched_path_and_uri {
    Router::new().route("/a/{b}/c/{*d}", get(place)).route("/", any(place)).fallback(place)
} answers ["GET /a/1/c/2/3?q=4", "GET /", "GET http://example.com:8080/a/1/c/2", "POST /none?q"]);

#[test]
fn has_routes_reports_whether_a_router_has_routes() {
    let pair = pair!({
        fn told<S: Clone + Send + Sync + 'static>(router: &Router<S>) -> bool {
            router.has_routes()
        }
        let none: Router = Router::new();
        let only_fallback: Router = Router::default().fallback(outer);
        let routed: Router = Router::new().route("/", get(alpha));
        let nested: Router = Router::new().nest("/x", Router::new().route("/", get(alpha)));
        let nested_none: Router = Router::new().nest("/x", Router::new());
        let merged: Router = Router::new().merge(Router::new().route("/", get(alpha)));
        let mounted: Router = Router::new().nest_service("/x", service::<names::alpha>());
        let routers = [
            none,
            only_fallback,
            routed,
            nested,
            nested_none,
            merged,
            mounted,
        ];
        assert_eq!(
            routers.each_ref().map(told),
            [false, false, true, true, false, true, true]
        );
        Router::new()
    });
    drop(pair);
}
