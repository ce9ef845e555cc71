//! Nested routers.

use crate::kit::handlers::bare;
use crate::kit::{Probe, names, stopped};

scenario!(routers_nested_several_levels_deep_are_routed {
    let innermost = Router::new().route("/baz", get(place)).route("/", get(alpha));
    Router::new()
        .nest("/foo", Router::new().nest("/bar", innermost).route("/{id}/x", get(beta)))
        .route("/", get(gamma))
} answers [
    "GET /", "GET /foo", "GET /foo/", "GET /foo/bar", "GET /foo/bar/", "GET /foo/bar/baz",
    "GET /foo/bar/baz/", "POST /foo/bar/baz", "GET /foo/1/x", "GET /foo/bar/x", "GET /baz",
    "GET /foo/bar/none", "GET //foo/bar/baz", "GET /foo//bar/baz",
]);

scenario!(a_nesting_prefix_may_hold_parameters {
    let api = Router::new()
        .route("/users", get(alpha).post(beta))
        .route("/users/{id}", get(two))
        .route("/place/{id}/{*rest}", get(place));
    Router::new().route("/", get(gamma)).nest("/{version}/api", api)
} answers [
    "GET /", "GET /v0/api/users", "POST /v0/api/users", "PUT /v0/api/users", "GET /v0/api/users/123",
    "GET /v0/api/place/1/2/3", "GET /a%20b/api/place/1%2F2/3", "GET /api/users", "GET /v0/api",
]);

scenario!(a_parameter_may_be_the_whole_nesting_prefix {
    Router::new().nest("/{a}", Router::new().route("/{b}", get(two)).route("/", get(show)))
} answers ["GET /foo/bar", "GET /foo", "GET /foo/", "GET /", "GET /foo/bar/baz"]);

/// With and without a slash at the end of the prefix, of the route, and of the path.
#[tokio::test]
async fn slashes_in_nesting_prefixes_route_like_axum() {
    for prefix in ["/a", "/a/", "/a/b", "/a/b/"] {
        for route in ["/", "/a", "/a/", "/{x}", "/{*x}"] {
            let pair =
                pair!({ Router::new().nest(prefix, Router::new().route(route, get(place))) });
            let joined = format!("{}{route}", prefix.trim_end_matches('/'));
            let joined = joined.replace("{x}", "1").replace("{*x}", "1/2");
            // Existing and missing paths.
            let paths = [
                joined.trim_end_matches('/').to_owned(),
                format!("{}/", joined.trim_end_matches('/')),
                format!("{prefix}none"),
                "/".to_owned(),
            ];
            let lines = paths.iter().map(|path| format!("GET {path}"));
            let probes: Vec<_> = lines.map(|line| Probe::from(line.as_str())).collect();
            pair.compare(&probes).await;
        }
    }
}

scenario!(a_service_may_be_nested_below_a_path {
    Router::new()
        .nest_service("/foo", service::<names::alpha>())
        .nest_service("/{id}/files", service::<names::beta>())
        .route("/foo/known", get(gamma))
} answers [
    "GET /foo", "GET /foo/", "GET /foo/bar", "POST /foo/bar/baz?a=b", "GET /foo//", "GET /foo/known",
    "POST /foo/known", "GET /foobar", "GET /", "GET /1/files", "GET /1/files/2", "GET /1/file",
]);

scenario!(a_service_may_be_nested_below_a_path_with_a_trailing_slash {
    Router::new().nest_service("/foo/", service::<names::alpha>())
} answers ["GET /foo/", "GET /foo/bar", "GET /foo", "GET /"]);

scenario!(services_within_nested_routers_are_routed {
    let inner = Router::new()
        .route_service("/baz", service::<names::alpha>())
        .nest_service("/qux", service::<names::beta>())
        .route("/chained", get_service(service::<names::gamma>()).post(delta));
    Router::new().nest("/foo", Router::new().nest("/bar", inner))
} answers [
    "GET /foo/bar/baz", "GET /foo/bar/baz/", "GET /foo/bar/qux", "GET /foo/bar/qux/", "GET /foo/bar/qux/1",
    "GET /foo/bar/chained", "POST /foo/bar/chained", "PUT /foo/bar/chained", "GET /foo/bar",
]);

scenario!(the_root_of_a_nested_router_routes_its_methods {
    Router::new().nest("/foo", Router::new().route("/", get(alpha)).route("/x", post(beta)))
} answers ["GET /foo", "POST /foo", "PATCH /foo/bar", "POST /foo/x", "GET /foo/x"]);

scenario!(one_path_may_be_routed_inside_and_outside_a_nested_router {
    Router::new()
        .route("/foo/bar", get(alpha))
        .nest("/foo", Router::new().route("/bar", post(beta)).route("/", get(gamma)))
        .route("/foo", put(delta))
} answers ["GET /foo/bar", "POST /foo/bar", "PUT /foo/bar", "GET /foo", "PUT /foo", "POST /foo"]);

scenario!(several_routers_may_be_nested_at_one_path {
    Router::new()
        .nest("/one", Router::new().route("/a", get(alpha)))
        .nest("/one", Router::new().route("/b", get(beta)))
        .nest("/two", Router::new().route("/a", get(gamma)))
} answers ["GET /one/a", "GET /one/b", "GET /two/a", "GET /two/b", "GET /one"]);

/// An axum router that answers every request itself.
fn of_axum() -> axum::Router {
    let inner = axum::Router::new().route("/", axum::routing::any(bare::show));
    axum::Router::new()
        .route("/x", axum::routing::any(bare::place))
        .nest("/{id}/y", inner)
        .fallback(bare::inner)
}

// The map names the router behind the guard, and not its routes.
scenario!(a_router_may_be_nested_as_a_service {
    Router::new()
        .nest_service("/foo/{a}", behind(of_axum()))
        .fallback_service(behind(of_axum()))
} answers [
    stopped("GET /foo/1/x?q"), stopped("GET /foo/1"), stopped("GET /foo/1/"), stopped("POST /foo/1/none"),
    stopped("GET /x"), stopped("PURGE /none"), stopped("GET /1/y"), stopped("OPTIONS *"),
]);
