//! Which handler a method goes to.

use crate::kit::{Probe, names};

/// The functions of one method, alone: all other methods are answered by axum.
macro_rules! one_method {
    ($($handler:ident, $service:ident;)*) => {
        $(
            #[tokio::test]
            async fn $handler() {
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
    get, get_service;
    head, head_service;
    post, post_service;
    put, put_service;
    patch, patch_service;
    delete, delete_service;
    options, options_service;
    trace, trace_service;
    connect, connect_service;
}

#[tokio::test]
async fn nine_methods_of_one_path() {
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
async fn filters_of_several_methods() {
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
async fn any_method() {
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

scenario!(head_goes_to_get_unless_it_has_a_handler {
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

scenario!(one_path_routed_twice {
    Router::new()
        .route("/", get(alpha))
        .route("/", post(beta).delete(gamma))
        .route("/", patch_service(service::<names::delta>()))
} answers ["GET /", "HEAD /", "POST /", "DELETE /", "PATCH /", "PUT /", "OPTIONS /"]);

scenario!(one_path_routed_twice_with_a_fallback_of_one {
    Router::new()
        .route("/first", get(alpha).fallback(inner))
        .route("/first", post(beta))
        .route("/second", get(alpha))
        .route("/second", any(gamma))
} answers [
    "GET /first", "POST /first", "PUT /first",
    "GET /second", "POST /second", "PUT /second",
]);

scenario!(handlers_made_services {
    use axum::handler::{Handler, HandlerWithoutStateExt};

    Router::new()
        .route("/", on_service(MethodFilter::GET, behind(alpha.into_service())))
        .route_service("/state", behind(word.with_state("foo")))
} answers ["GET /", "HEAD /", "POST /", "GET /state", "PURGE /state"]);

scenario!(a_connect_with_content {
    Router::new()
        .route("/", connect(alpha))
        .route("/failed", connect(inner))
        .route_service("/service", service::<names::beta>())
} answers ["CONNECT /", "CONNECT /failed", "CONNECT /service", "GET /service"]);

scenario!(what_is_no_path {
    Router::new().route("/", get(alpha)).fallback(outer)
} answers ["CONNECT example.com:443", "OPTIONS *", "GET /", "GET /x"]);

scenario!(what_is_no_path_without_a_fallback {
    Router::new().route("/", get(alpha))
} answers ["CONNECT example.com:443", "OPTIONS *", "GET /", "GET /x"]);

scenario!(a_service_as_fallback_for_what_is_no_path {
    Router::new().fallback_service(service::<names::alpha>())
} answers ["CONNECT example.com:443", "OPTIONS *", "GET /"]);

scenario!(an_absolute_uri {
    Router::new().route("/", get(alpha)).route("/{id}", get(place))
} answers ["GET http://example.com", "GET http://example.com/", "GET http://example.com/a?b"]);
