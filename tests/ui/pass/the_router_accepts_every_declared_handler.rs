//! The router accepts every kind of handler that declares a policy.

#![deny(warnings)]

use std::future::ready;

use auth_runtime::{
    Guard, Identity, Router, allow_anonymous, guard, optional_auth, policy, require_auth,
    routing::{MethodFilter, MethodRouter, any, delete, get, get_service, on, post},
};
use axum::{
    Extension, Json,
    body::Bytes,
    debug_handler,
    extract::{FromRef, Path, Query, Request, State, WebSocketUpgrade},
    handler::Handler,
    http::{HeaderMap, Method, Uri, Version},
    response::{IntoResponse, Response},
};
use tower::service_fn;
use tracing::instrument;

#[derive(Clone)]
struct App {
    shop: Shop,
}

#[derive(Clone)]
struct Shop;

impl FromRef<App> for Shop {
    fn from_ref(app: &App) -> Self {
        app.shop.clone()
    }
}

#[policy(role = "staff")]
struct Staff;

#[require_auth]
async fn no_arguments() {}

#[require_auth(scope = "a")]
async fn fifteen_arguments(
    _: Method,
    _: Uri,
    _: Version,
    _: HeaderMap,
    _: Identity,
    _: Option<Identity>,
    _: State<App>,
    _: State<Shop>,
    _: Extension<u8>,
    _: Path<String>,
    _: Query<()>,
    _: Method,
    _: Uri,
    _: Version,
    _: Bytes,
) {
}

trait Catalogue: Clone + Send + Sync + 'static {}

impl Catalogue for Shop {}

#[require_auth(scope = "a")]
async fn generic<T: Catalogue, const N: usize>(_: State<T>) -> [u8; N]
where
    [u8; N]: Default,
{
    <[u8; N]>::default()
}

#[require_auth(check = |State(_): State<T>| true)]
async fn generic_check<T: Catalogue>(_: State<T>) {}

#[require_auth]
async fn lifetimes<'a>(uri: Uri) -> &'a str {
    if uri.path() == "/" { "root" } else { "below" }
}

#[require_auth]
async fn opaque(uri: Uri) -> impl IntoResponse {
    uri.to_string()
}

#[require_auth]
fn future(caller: Identity) -> impl Future<Output = String> {
    ready(caller.subject().to_owned())
}

#[optional_auth]
async fn maybe(caller: Option<Identity>) -> &'static str {
    caller.map_or("anonymous", |_| "authenticated")
}

#[allow_anonymous(reason = "health probe")]
async fn health() {}

#[require_auth]
async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|_| async {})
}

#[require_auth(scope = "a")]
#[debug_handler(state = App)]
#[instrument(skip_all)]
#[utoipa::path(post, path = "/attributes", responses((status = 200)))]
async fn attributes(_: State<Shop>, body: Json<String>) -> String {
    body.0
}

impl Shop {
    #[require_auth(policy = Staff)]
    async fn refund(_: State<Self>) {}
}

async fn with_an_explicit_guard(_: Guard<Staff>, method: Method) -> String {
    method.to_string()
}

async fn file(_: Request) -> Result<Response, std::convert::Infallible> {
    Ok(Response::default())
}

fn method_router() -> MethodRouter<App> {
    get(no_arguments).post(attributes).fallback(health)
}

fn routes_for_all_states<S>() -> Router<S>
where
    S: Catalogue,
{
    Router::new()
        .route("/any_state", get(generic::<S, 1>).post(generic_check::<S>))
        .route("/no_state", get(no_arguments))
}

fn table() -> [(&'static str, MethodRouter<App>); 2] {
    [
        ("/one", get(no_arguments)),
        ("/two", post(fifteen_arguments)),
    ]
}

fn routes() -> Router<App> {
    let count = 3;
    let router = Router::new()
        .route("/", method_router())
        .route("/arguments/{id}", delete(fifteen_arguments))
        .route(
            "/generic",
            get(generic::<Shop, 3>).post(generic_check::<Shop>),
        )
        .route("/lifetimes", get(lifetimes).put(opaque))
        .route("/future", get(future).patch(maybe))
        .route("/upgrade", any(upgrade))
        .route(
            "/methods",
            on(MethodFilter::GET.or(MethodFilter::PUT), Shop::refund),
        )
        .route("/guard", get(with_an_explicit_guard))
        .route(
            "/closures",
            get(async |_: Guard<Staff>, uri: Uri| uri.to_string())
                .post(move |_: Guard<Staff>| async move { count.to_string() }),
        )
        .route("/layered", get(future.layer(Extension(1_u8))))
        .route(
            "/service",
            get_service(guard::<Staff>().layer(service_fn(file))),
        )
        .route_service("/all_methods", guard::<Staff>().layer(service_fn(file)))
        .nest("/shop", routes_for_all_states().with_state(Shop))
        .merge(
            Router::new()
                .route("/merged", get(health))
                .require::<Staff>(),
        )
        .fallback(maybe)
        .method_not_allowed_fallback(health);
    table()
        .into_iter()
        .fold(router, |router, (path, route)| router.route(path, route))
}

fn main() {
    let router: Router = routes().with_state(App { shop: Shop });
    assert!(router.has_routes());
}
