//! Misuse panics like in axum: with the same message, at the same line of the caller.

use crate::kit::names;
use crate::kit::panics::{Panicked, caught};

fn panic_of<T>(misuse: impl FnOnce() -> T) -> Panicked {
    match caught(misuse) {
        Ok(_) => panic!("it does not panic"),
        Err(panicked) => panicked,
    }
}

/// `here`: axum names the caller's line; `elsewhere`: it names a line in axum.
macro_rules! misuse {
    ($name:ident, $place:ident, $words:literal, $build:block) => {
        #[test]
        fn $name() {
            let (bare, guarded) = both!({ panic_of(|| $build) });
            assert_eq!(guarded, bare);
            assert!(bare.words.contains($words), "{bare:?}");
            assert_eq!(
                bare.place.contains(file!()),
                stringify!($place) == "here",
                "{bare:?}"
            );
        }
    };
}

misuse!(
    routing_a_method_twice_panics_like_axum,
    here,
    "Cannot add two method routes that both handle `GET`",
    {
        let _: MethodRouter = get(alpha).get(beta);
    }
);

misuse!(
    routing_a_method_of_a_filter_twice_panics_like_axum,
    here,
    "Cannot add two method routes that both handle `POST`",
    {
        let _: MethodRouter = post(alpha).on(MethodFilter::GET.or(MethodFilter::POST), beta);
    }
);

misuse!(
    routing_a_service_method_twice_panics_like_axum,
    here,
    "Cannot add two method routes that both handle `POST`",
    {
        let _: MethodRouter =
            post_service(service::<names::alpha>()).post_service(service::<names::beta>());
    }
);

misuse!(
    routing_a_service_method_of_a_filter_twice_panics_like_axum,
    here,
    "both handle `DELETE`",
    {
        let _: MethodRouter =
            delete(alpha).on_service(MethodFilter::DELETE, service::<names::beta>());
    }
);

macro_rules! every_method_twice {
    ($($handlers:ident, $services:ident: $method:ident, $service:ident, $words:literal;)*) => {
        $(
            misuse!($handlers, here, $words, {
                let _: MethodRouter = $method(alpha).$method(beta);
            });

            misuse!($services, here, $words, {
                let _: MethodRouter = MethodRouter::new()
                    .$service(service::<names::alpha>())
                    .$service(service::<names::beta>());
            });
        )*
    };
}

every_method_twice! {
    two_connect_handlers_panic_like_axum, two_connect_services_panic_like_axum:
        connect, connect_service, "`CONNECT`";
    two_delete_handlers_panic_like_axum, two_delete_services_panic_like_axum:
        delete, delete_service, "`DELETE`";
    two_get_handlers_panic_like_axum, two_get_services_panic_like_axum:
        get, get_service, "`GET`";
    two_head_handlers_panic_like_axum, two_head_services_panic_like_axum:
        head, head_service, "`HEAD`";
    two_options_handlers_panic_like_axum, two_options_services_panic_like_axum:
        options, options_service, "`OPTIONS`";
    two_patch_handlers_panic_like_axum, two_patch_services_panic_like_axum:
        patch, patch_service, "`PATCH`";
    two_post_handlers_panic_like_axum, two_post_services_panic_like_axum:
        post, post_service, "`POST`";
    two_put_handlers_panic_like_axum, two_put_services_panic_like_axum:
        put, put_service, "`PUT`";
    two_trace_handlers_panic_like_axum, two_trace_services_panic_like_axum:
        trace, trace_service, "`TRACE`";
}

misuse!(
    merging_two_handlers_of_one_method_panics_like_axum,
    here,
    "Cannot merge two method routes that both define `PUT`",
    {
        let _: MethodRouter = get(alpha).put(beta).merge(put(gamma));
    }
);

misuse!(
    merging_two_method_fallbacks_panics_like_axum,
    here,
    "two `MethodRouter`s that both have a fallback",
    {
        let _: MethodRouter = get(alpha).fallback(beta).merge(post(gamma).fallback(delta));
    }
);

misuse!(
    merging_two_any_method_routers_panics_like_axum,
    here,
    "two `MethodRouter`s that both have a fallback",
    {
        let _: MethodRouter = any(alpha).merge(any(beta));
    }
);

misuse!(
    a_route_layer_without_methods_panics_like_axum,
    here,
    "Adding a route_layer before any routes is a no-op",
    {
        let _: MethodRouter = MethodRouter::new()
            .fallback(alpha)
            .route_layer(tower::layer::util::Identity::new());
    }
);

misuse!(
    routing_a_path_twice_for_one_method_panics_like_axum,
    here,
    "Handler for `GET /foo/bar` already exists",
    {
        let _: Router = Router::new()
            .route("/foo/bar", get(alpha))
            .route("/foo/bar", get(beta));
    }
);

misuse!(
    routing_a_path_with_two_method_fallbacks_panics_like_axum,
    here,
    "two `MethodRouter`s that both have a fallback",
    {
        let _: Router = Router::new()
            .route("/foo", any(alpha))
            .route("/foo", get(beta).fallback(gamma));
    }
);

misuse!(
    routing_overlapping_paths_panics_like_axum,
    here,
    "Invalid route \"/{b}\": Insertion failed due to conflict",
    {
        let _: Router = Router::new()
            .route("/{a}", get(alpha))
            .route("/{b}", post(beta));
    }
);

misuse!(
    a_route_at_the_path_of_a_service_panics_like_axum,
    here,
    "Invalid route \"/a\"",
    {
        let _: Router = Router::new()
            .route_service("/a", service::<names::alpha>())
            .route("/a", get(beta));
    }
);

misuse!(
    a_service_at_the_path_of_a_route_panics_like_axum,
    elsewhere,
    "Invalid route \"/a\"",
    {
        let _: Router = Router::new()
            .route("/a", get(beta))
            .route_service("/a", service::<names::alpha>());
    }
);

misuse!(
    an_empty_path_panics_like_axum,
    here,
    "Paths must start with a `/`. Use \"/\" for root routes",
    {
        let _: Router = Router::new().route("", get(alpha));
    }
);

misuse!(
    a_path_without_a_leading_slash_panics_like_axum,
    here,
    "Paths must start with a `/`",
    {
        let _: Router = Router::new().route("foo", get(alpha));
    }
);

misuse!(
    a_service_path_without_a_leading_slash_panics_like_axum,
    elsewhere,
    "Paths must start with a `/`",
    {
        let _: Router = Router::new().route_service("foo", service::<names::alpha>());
    }
);

misuse!(
    a_colon_parameter_in_a_path_panics_like_axum,
    here,
    "Path segments must not start with `:`",
    {
        let _: Router = Router::new().route("/:foo", get(alpha));
    }
);

misuse!(
    an_asterisk_wildcard_in_a_path_panics_like_axum,
    here,
    "Path segments must not start with `*`",
    {
        let _: Router = Router::new().route("/a/*foo", get(alpha));
    }
);

misuse!(
    a_colon_parameter_in_a_nesting_prefix_panics_like_axum,
    elsewhere,
    "Path segments must not start with `:`",
    {
        let _: Router = Router::new().nest("/:foo", Router::new());
    }
);

misuse!(
    an_asterisk_wildcard_in_a_nesting_prefix_panics_like_axum,
    elsewhere,
    "Path segments must not start with `*`",
    {
        let _: Router = Router::new().nest_service("/*foo", service::<names::alpha>());
    }
);

misuse!(
    a_malformed_path_parameter_panics_like_axum,
    here,
    "Invalid route",
    {
        let _: Router = Router::new().route("/{foo", get(alpha));
    }
);

misuse!(
    a_wildcard_in_the_middle_of_a_path_panics_like_axum,
    here,
    "Invalid route",
    {
        let _: Router = Router::new().route("/{*foo}/bar", get(alpha));
    }
);

misuse!(
    nesting_a_router_at_the_root_panics_like_axum,
    here,
    "Nesting at the root is no longer supported. Use merge instead.",
    {
        let _: Router = Router::new().nest("/", Router::new().route("/foo", get(alpha)));
    }
);

misuse!(
    nesting_a_router_at_an_empty_path_panics_like_axum,
    here,
    "Nesting at the root is no longer supported. Use merge instead.",
    {
        let _: Router = Router::new().nest("", Router::new());
    }
);

misuse!(
    nesting_a_service_at_the_root_panics_like_axum,
    here,
    "Use fallback_service instead.",
    {
        let _: Router = Router::new().nest_service("/", service::<names::alpha>());
    }
);

misuse!(
    nesting_a_service_at_an_empty_path_panics_like_axum,
    here,
    "Use fallback_service instead.",
    {
        let _: Router = Router::new().nest_service("", service::<names::alpha>());
    }
);

misuse!(
    nesting_at_a_prefix_without_a_slash_panics_like_axum,
    elsewhere,
    "starts_with('/')",
    {
        let _: Router = Router::new().nest("foo", Router::new());
    }
);

misuse!(
    nesting_a_router_at_a_wildcard_panics_like_axum,
    elsewhere,
    "nested routes cannot contain wildcards (*)",
    {
        let _: Router = Router::new().nest("/one/{*rest}", Router::new());
    }
);

misuse!(
    nesting_a_service_at_a_wildcard_panics_like_axum,
    elsewhere,
    "nested routes cannot contain wildcards (*)",
    {
        let _: Router = Router::new().nest_service("/one/{*rest}", service::<names::alpha>());
    }
);

misuse!(
    nesting_a_router_over_a_route_panics_like_axum,
    here,
    "Handler for `GET /foo/bar` already exists",
    {
        let _: Router = Router::new()
            .route("/foo/bar", get(alpha))
            .nest("/foo", Router::new().route("/bar", get(beta)));
    }
);

misuse!(
    nesting_a_service_over_a_route_panics_like_axum,
    here,
    "Invalid route \"/foo\"",
    {
        let _: Router = Router::new()
            .route("/foo", get(alpha))
            .nest_service("/foo", service::<names::beta>());
    }
);

/// Which of the two paths of a fallback axum names depends on a hash map in axum.
macro_rules! misuse_of_a_fallback {
    ($name:ident, $words:literal, $build:block) => {
        #[test]
        fn $name() {
            let (bare, guarded) = both!({ panic_of(|| $build) });
            assert_eq!(guarded.place, bare.place);
            for Panicked { words, place } in [bare, guarded] {
                assert!(words.contains($words), "{words}");
                assert!(place.contains(file!()), "{place}");
            }
        }
    };
}

misuse_of_a_fallback!(
    nesting_two_fallbacks_at_one_path_panics_like_axum,
    "Invalid route \"/foo",
    {
        let _: Router = Router::new()
            .nest(
                "/foo",
                Router::new().fallback_service(service::<names::alpha>()),
            )
            .nest(
                "/foo",
                Router::new().fallback_service(service::<names::beta>()),
            );
    }
);

misuse_of_a_fallback!(
    nesting_a_fallback_at_a_parameter_panics_like_axum,
    "Invalid route \"/{a}",
    {
        let _: Router = Router::new().nest("/{a}", Router::new().fallback(alpha));
    }
);

misuse!(
    merging_two_router_fallbacks_panics_like_axum,
    here,
    "Cannot merge two `Router`s that both have a fallback",
    {
        let _: Router = Router::new()
            .fallback(alpha)
            .merge(Router::new().fallback(beta));
    }
);

misuse!(
    merging_one_path_twice_panics_like_axum,
    here,
    "Handler for `GET /foo/bar` already exists",
    {
        let _: Router = Router::new()
            .route("/foo/bar", get(alpha))
            .merge(Router::new().route("/foo/bar", get(beta)));
    }
);

misuse!(
    merging_overlapping_paths_panics_like_axum,
    here,
    "Insertion failed due to conflict",
    {
        let _: Router = Router::new()
            .route("/{a}", get(alpha))
            .merge(Router::new().route("/{b}", get(beta)));
    }
);

misuse!(
    a_route_layer_without_routes_panics_like_axum,
    here,
    "Adding a route_layer before any routes is a no-op",
    {
        let _: Router = Router::new()
            .fallback(alpha)
            .route_layer(tower::layer::util::Identity::new());
    }
);

#[test]
fn panics_of_unguarded_methods_name_the_calling_line() {
    use crate::kit::handlers::bare::{alpha, beta};
    use auth_runtime::Router;
    use axum::routing::get;

    const WHY: &str = "for a test";
    let nested = || axum::Router::new().route("/b", get(beta));
    let before = || Router::new().route_unguarded("/a/b", get(alpha), WHY);
    let misuses: [(&str, &dyn Fn() -> Router); 4] = [
        ("Handler for `GET /a/b` already exists", &|| {
            before().route_unguarded("/a/b", get(beta), WHY)
        }),
        ("Handler for `GET /a/b` already exists", &|| {
            before().nest_unguarded("/a", nested(), WHY)
        }),
        ("Handler for `GET /a/b` already exists", &|| {
            let merged = axum::Router::new().nest("/a", nested());
            before().merge_unguarded(merged, WHY)
        }),
        ("Use fallback_service instead.", &|| {
            before().nest_service_unguarded("/", get(beta), WHY)
        }),
    ];
    for (expected, misuse) in misuses {
        let Panicked { words, place } = panic_of(misuse);
        assert!(words.contains(expected), "{words}");
        assert!(place.contains(file!()), "{words} at {place}");
    }
}
