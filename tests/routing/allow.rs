//! The `Allow` field of a 405: RFC 9110 section 15.5.6.

use axum::routing::MethodFilter;

use crate::kit::{Probe, names};

scenario!(allow_lists_methods_in_the_order_of_their_addition {
    Router::new()
        .route("/put-patch", put(alpha).patch(beta))
        .route("/patch-put", patch(beta).put(alpha))
        .route("/get-head", get(alpha).head(beta))
        .route("/head-get", head(beta).get(alpha))
        .route("/one", on(MethodFilter::DELETE.or(MethodFilter::GET).or(MethodFilter::CONNECT), alpha))
        .route("/services", trace_service(service::<names::gamma>()).get_service(service::<names::delta>()))
} answers [
    "DELETE /put-patch", "PUT /put-patch", "PATCH /put-patch",
    "DELETE /patch-put", "PUT /patch-put", "PATCH /patch-put",
    "POST /get-head", "GET /get-head", "HEAD /get-head",
    "POST /head-get", "GET /head-get", "HEAD /head-get",
    "POST /one", "DELETE /one", "GET /one", "CONNECT /one",
    "POST /services", "TRACE /services", "GET /services", "HEAD /services",
]);

scenario!(allow_lists_the_methods_of_merged_method_routers {
    let reads = || get(alpha).head(beta);
    let writes = || put(gamma).patch(delta);
    Router::new()
        .route("/reads-first", reads().merge(writes()))
        .route("/writes-first", writes().merge(reads()))
        .route("/three", post(alpha).merge(delete(beta)).merge(connect(nothing)))
        .route("/twice", reads())
        .route("/twice", writes())
        .route("/service", reads().merge(put_service(service::<names::epsilon>())))
} answers [
    "POST /reads-first", "GET /reads-first", "HEAD /reads-first", "PUT /reads-first", "PATCH /reads-first",
    "POST /writes-first", "GET /writes-first", "HEAD /writes-first", "PUT /writes-first", "PATCH /writes-first",
    "GET /three", "POST /three", "DELETE /three", "CONNECT /three",
    "POST /twice", "GET /twice", "HEAD /twice", "PUT /twice", "PATCH /twice",
    "POST /service", "GET /service", "HEAD /service", "PUT /service",
]);

scenario!(allow_with_a_method_fallback_is_that_of_axum {
    Router::new()
        .route("/", get(alpha).fallback(inner))
        .route("/own", get(alpha).fallback(own_allow))
        .route("/service", get(alpha).fallback_service(service::<names::beta>()))
        .route("/any", any(own_allow).get(beta))
        .route("/replaced", any(alpha).fallback(inner))
        .route("/merged", get(alpha).merge(post(beta).fallback(inner)))
        .route("/merged-with-any", get(alpha).merge(any(gamma)))
} answers [
    "GET /", "PUT /",
    "GET /own", "POST /own", "DELETE /own",
    "GET /service", "DELETE /service",
    "GET /any", "POST /any", "DELETE /any",
    "GET /replaced",
    "GET /merged", "POST /merged", "DELETE /merged",
    "GET /merged-with-any", "DELETE /merged-with-any",
]);

scenario!(allow_of_a_path_without_any_method_is_that_of_axum {
    Router::new().route("/", MethodRouter::new()).route("/other", get(alpha))
} answers ["GET /", "PATCH /", "GET /other"]);

scenario!(allow_passes_through_middleware {
    Router::new()
        .route("/", get(alpha).layer(tower::layer::util::Identity::new()))
        .route("/below", put(beta).route_layer(tower::layer::util::Identity::new()))
        .layer(tower::layer::util::Identity::new())
        .route("/later", patch(gamma))
} answers ["GET /", "PUT /", "PUT /below", "GET /below", "PATCH /later", "GET /later", "GET /none"]);

/// All 512 sets of methods, added in turn from either end.
#[tokio::test]
async fn allow_is_correct_for_every_set_of_methods() {
    let filters = [
        (MethodFilter::GET, "GET"),
        (MethodFilter::HEAD, "HEAD"),
        (MethodFilter::POST, "POST"),
        (MethodFilter::PUT, "PUT"),
        (MethodFilter::PATCH, "PATCH"),
        (MethodFilter::DELETE, "DELETE"),
        (MethodFilter::OPTIONS, "OPTIONS"),
        (MethodFilter::TRACE, "TRACE"),
        (MethodFilter::CONNECT, "CONNECT"),
    ];
    let of_set = move |set: usize| {
        let chosen = filters.iter().enumerate();
        let mut chosen: Vec<_> = chosen
            .filter(|(bit, _)| set & (1 << bit) != 0)
            .map(|(_, filter)| *filter)
            .collect();
        if set.count_ones() % 2 == 1 {
            chosen.reverse();
        }
        chosen
    };
    for set in 0..512 {
        let methods = of_set(set);
        let pair = pair!({
            let methods = methods.iter();
            let methods = methods.fold(MethodRouter::new(), |methods, (filter, _)| {
                methods.on(*filter, nothing)
            });
            Router::new().route("/", methods)
        });
        let own = methods.iter().map(|(_, method)| *method);
        let lines = own.chain(["PURGE"]).map(|method| format!("{method} /"));
        let probes: Vec<_> = lines.map(|line| Probe::from(line.as_str())).collect();
        pair.compare(&probes).await;
    }
}
