//! Merged routers.

use crate::kit::{handlers, names};

scenario!(two_merged_routers_route_all_their_paths {
    Router::new()
        .route("/foo", get(alpha))
        .route("/bar", get(beta))
        .merge(Router::new().route("/baz", get(gamma)))
} answers ["GET /foo", "GET /bar", "GET /baz", "GET /qux", "POST /baz"]);

/// In every grouping.
#[tokio::test]
async fn four_routers_merge_in_any_grouping() {
    for balance in 0..4 {
        let pair = pair!({
            let one = Router::new().route("/one", get(alpha));
            let two = Router::new().route("/two", get(beta));
            let three = Router::new().route("/three", get(gamma));
            let four = Router::new().route("/four", get(delta));
            match balance {
                0 => one.merge(two).merge(three).merge(four),
                1 => one.merge(two).merge(three.merge(four)),
                2 => one.merge(two.merge(three).merge(four)),
                _ => one.merge(two.merge(three.merge(four))),
            }
        });
        let probes = [
            "GET /one",
            "GET /two",
            "GET /three",
            "GET /four",
            "GET /five",
            "PUT /one",
        ];
        pair.compare(&probes.map(Into::into)).await;
    }
}

scenario!(one_path_may_be_routed_in_both_merged_routers {
    Router::new()
        .route("/", get(alpha))
        .merge(Router::new().route("/", post(beta).put_service(service::<names::gamma>())))
} answers ["GET /", "HEAD /", "POST /", "PUT /", "DELETE /"]);

scenario!(nested_and_merged_routers_can_be_combined {
    let merged = Router::new()
        .route("/bar", get(alpha))
        .merge(Router::new().route("/baz", get(beta)));
    Router::new()
        .nest("/foo", merged)
        .merge(Router::new().nest("/foo", Router::new().route("/qux", get(place))))
        .merge(Router::new().nest("/files", Router::new().nest_service("/a", service::<names::gamma>())))
        .route("/after", get(delta))
} answers [
    "GET /foo/bar", "GET /foo/baz", "GET /foo/qux", "GET /bar", "GET /files/a", "GET /files/a/b",
    "GET /files", "GET /after",
]);

scenario!(handlers_of_merged_and_nested_routers_see_their_uris {
    let deep = Router::new().nest("/one", Router::new().nest("/bar", Router::new().route("/baz", get(place))));
    Router::new()
        .nest("/two/", Router::new().route("/qux", get(place)))
        .merge(deep)
        .merge(Router::new().route("/three", get(place)).route("/one/foo", get(place)))
} answers ["GET /one/bar/baz?q", "GET /two/qux", "GET /three", "GET /one/foo", "GET /two", "GET /one/bar"]);

scenario!(the_fallback_of_either_merged_router_is_kept {
    Router::new()
        .nest(
            "/left",
            Router::new().fallback(inner).merge(Router::new().route("/a", get(alpha))),
        )
        .nest(
            "/right",
            Router::new().route("/a", get(beta)).merge(Router::new().fallback(outer)),
        )
        .nest("/none", Router::new().merge(Router::new()).route("/a", get(gamma)))
} answers [
    "GET /left/a", "GET /left/b", "GET /left", "GET /left/", "GET /right/a", "GET /right/b", "GET /right",
    "GET /none/a", "GET /none/b", "GET /",
]);

scenario!(a_router_with_only_a_fallback_merges_into_an_empty_router {
    Router::new().merge(Router::new().fallback(outer))
} answers ["GET /", "GET /x", "CONNECT example.com:443"]);

scenario!(an_empty_router_merges_into_a_router_with_only_a_fallback {
    Router::new().fallback(outer).merge(Router::new())
} answers ["GET /", "GET /x", "CONNECT example.com:443"]);

scenario!(nested_fallbacks_survive_merging {
    Router::new()
        .nest("/nested", Router::new().fallback(inner))
        .merge(Router::new())
} answers ["GET /nested/x", "GET /nested", "GET /x"]);

scenario!(nested_fallbacks_survive_merging_with_an_earlier_fallback {
    Router::new()
        .nest("/nested", Router::new().fallback(inner))
        .fallback(outer)
        .merge(Router::new())
} answers ["GET /nested/x", "GET /x"]);

scenario!(nested_fallbacks_survive_merging_with_a_later_fallback {
    Router::new()
        .nest("/nested", Router::new().fallback(inner))
        .merge(Router::new())
        .fallback(outer)
} answers ["GET /nested/x", "GET /x"]);

scenario!(nested_fallbacks_survive_beside_a_merged_fallback {
    Router::new()
        .nest("/nested", Router::new().fallback(inner))
        .merge(Router::new().fallback(outer))
} answers ["GET /nested/x", "GET /x"]);

scenario!(fallbacks_of_nested_routers_are_merged {
    Router::new()
        .fallback(outer)
        .merge(Router::new().nest("/nested", Router::new().fallback(inner)))
} answers ["GET /nested/x", "GET /x"]);

scenario!(a_router_whose_fallback_was_reset_can_be_merged {
    Router::new()
        .fallback(outer)
        .reset_fallback()
        .merge(Router::new().fallback(inner).route("/", get(alpha)))
} answers ["GET /", "GET /x", "CONNECT example.com:443"]);

scenario!(a_merged_fallback_becomes_the_fallback_of_the_router {
    Router::new()
        .merge(Router::new().fallback(outer))
        .fallback(inner)
        .route("/", get(alpha))
} answers ["GET /", "GET /x"]);

/// A part of an application that knows how to become a router.
struct Feature;

impl From<Feature> for axum::Router {
    fn from(_: Feature) -> Self {
        let routes = Self::new().route("/feature", axum::routing::get(handlers::bare::alpha));
        routes.fallback(handlers::bare::inner)
    }
}

impl From<Feature> for auth_runtime::Router {
    fn from(_: Feature) -> Self {
        let get = auth_runtime::routing::get(handlers::guarded::alpha);
        Self::new()
            .route("/feature", get)
            .fallback(handlers::guarded::inner)
    }
}

scenario!(values_convertible_into_a_router_can_be_merged {
    Router::new().merge(Feature).route("/", get(beta))
} answers ["GET /feature", "GET /", "GET /none"]);
