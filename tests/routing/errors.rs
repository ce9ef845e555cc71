//! Services that fail, and `handle_error`.

use axum::error_handling::HandleErrorLayer;
use axum::handler::Handler;
use tower::Layer;

use crate::kit::names;
use crate::kit::services::{Broken, mend};

scenario!(handle_error_of_a_method_router_handles_service_errors {
    Router::new()
        .route("/get", get_service(fallible::<names::alpha>()).handle_error(mend))
        .route(
            "/two",
            post_service(fallible::<names::alpha>())
                .put_service(fallible::<names::beta>())
                .fallback_service(fallible::<names::gamma>())
                .handle_error(mend)
                .delete(delta),
        )
        .route("/any", any_service(fallible::<names::beta>()).handle_error(mend))
        .route(
            "/on",
            on_service(MethodFilter::PATCH, fallible::<names::gamma>()).handle_error(mend),
        )
} answers [
    "GET /get", "GET /get?fail", "HEAD /get?fail", "POST /get?fail",
    "POST /two", "POST /two?fail", "PUT /two?fail", "GET /two", "GET /two?fail", "DELETE /two?fail",
    "GET /any?fail", "PURGE /any?fail", "PATCH /on?fail", "PATCH /on", "GET /on?fail",
]);

scenario!(handle_error_layer_handles_service_errors {
    let of_methods: MethodRouter<(), Broken> = MethodRouter::new()
        .get_service(fallible::<names::alpha>());
    let of_methods: MethodRouter = of_methods.layer(HandleErrorLayer::new(mend));
    Router::new()
        .route("/methods", of_methods.post(beta))
        .route("/merged", get_service(fallible::<names::gamma>())
            .merge(put_service(fallible::<names::delta>()))
            .layer(HandleErrorLayer::new(mend)))
} answers [
    "GET /methods?fail", "GET /methods", "POST /methods?fail", "PUT /methods?fail",
    "GET /merged?fail", "PUT /merged", "PUT /merged?fail", "POST /merged",
]);

scenario!(a_service_may_handle_its_own_errors {
    let mended = || HandleErrorLayer::new(mend);
    Router::new()
        .route_service("/routed", behind(mended().layer(fallible::<names::alpha>())))
        .nest_service("/nested", behind(mended().layer(fallible::<names::beta>())))
        .fallback_service(behind(mended().layer(fallible::<names::gamma>())))
} answers ["GET /routed?fail", "GET /routed", "GET /nested/x?fail", "GET /nested", "GET /none?fail"]);

/// Middleware that fails, around a handler, and around a path.
fn failing() -> impl Layer<axum::routing::Route, Service = Failing<axum::routing::Route>> + Clone {
    tower::layer::layer_fn(Failing)
}

#[derive(Clone)]
struct Failing<V>(V);

impl<V> tower::Service<axum::extract::Request> for Failing<V>
where
    V: tower::Service<axum::extract::Request, Error = std::convert::Infallible>,
    V::Future: Send + 'static,
{
    type Response = V::Response;
    type Error = Broken;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<V::Response, Broken>> + Send>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Broken>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::extract::Request) -> Self::Future {
        let fails = request.uri().query() == Some("after");
        let answer = self.0.call(request);
        Box::pin(async move {
            let answer = answer.await.unwrap_or_else(|never| match never {});
            if fails {
                Err(Broken("middleware"))
            } else {
                Ok(answer)
            }
        })
    }
}

scenario!(errors_of_middleware_are_handled {
    Router::new()
        .route("/path", get(alpha).layer((HandleErrorLayer::new(mend), failing())))
        .route("/two-steps", get(alpha).layer(failing()).handle_error(mend))
        .route(
            "/handler",
            get(beta.layer((HandleErrorLayer::new(mend), tower::layer::layer_fn(Failing)))).post(gamma),
        )
        .merge(
            Router::new()
                .route("/router", get(delta))
                .fallback(outer)
                .layer((HandleErrorLayer::new(mend), failing())),
        )
} answers [
    "GET /path", crate::kit::rewritten("GET /path?after"), "GET /two-steps",
    crate::kit::rewritten("GET /two-steps?after"), "GET /handler", crate::kit::rewritten("GET /handler?after"),
    "POST /handler", "GET /router", crate::kit::rewritten("GET /router?after"),
    crate::kit::rewritten("GET /none?after"),
]);
