//! The attribute does not change the signature of a handler, except for the guard.

#![deny(warnings)]

use auth_runtime::{Identity, optional_auth, require_auth};
use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{FromRequestParts, Path, Query, State, WebSocketUpgrade},
    http::{HeaderMap, Method, StatusCode, Uri, Version},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};

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
    _: State<u8>,
    _: Extension<u8>,
    _: Path<String>,
    _: Query<()>,
    _: Method,
    _: Uri,
    _: Version,
    _: HeaderMap,
    _: Bytes,
) {
}

#[require_auth]
async fn patterns(
    mut method: Method,
    State(ref number): State<u8>,
    Path((first, mut rest)): Path<(String, Vec<u8>)>,
    Json([a, .., b]): Json<[u8; 3]>,
) -> String {
    method = Method::from_bytes(method.as_str().as_bytes()).unwrap_or_default();
    rest.push(*number + a + b);
    format!("{method} {first} {rest:?}")
}

#[require_auth]
async fn body_last(State(_): State<u8>, Json(body): Json<Vec<u8>>) -> Json<Vec<u8>> {
    Json(body)
}

#[require_auth]
async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|_| async {})
}

#[require_auth]
async fn question_mark(uri: Uri) -> Result<&'static str, StatusCode> {
    let query = uri.query().ok_or(StatusCode::BAD_REQUEST)?;
    if query.is_empty() {
        return Err(StatusCode::NOT_FOUND);
    }
    Ok("found")
}

#[require_auth]
async fn opaque_return(uri: Uri) -> impl IntoResponse {
    (StatusCode::ACCEPTED, [("location", uri.to_string())])
}

// Not a handler, because its type parameter can't be inferred, but the attribute accepts it.
#[require_auth]
#[allow(dead_code)]
async fn opaque_argument(_: impl FromRequestParts<u8> + Send) {}

#[require_auth]
fn no_async(caller: Identity) -> impl Future<Output = String> {
    async move { caller.subject().to_owned() }
}

#[require_auth]
fn boxed() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async {})
}

#[require_auth]
async fn lifetimes<'a, 'b: 'a>(number: State<u8>) -> &'a str
where
    'b: 'static,
{
    if *number == 0 { "zero" } else { "more" }
}

trait Shop: Clone + Send + Sync + 'static {}

impl Shop for u8 {}

#[require_auth(scope = "a")]
async fn generic<T: Shop, U, const N: usize>(State(_): State<T>, _: Query<U>) -> [u8; N]
where
    U: Send + 'static,
    [u8; N]: Default,
{
    <[u8; N]>::default()
}

#[require_auth]
#[doc(hidden)]
/// A comment below the attribute.
async fn r#match(r#type: Identity) -> String {
    #![allow(clippy::let_and_return)]
    let r#fn = r#type.subject().to_owned();
    r#fn
}

/// A comment above the attribute.
#[require_auth(scope = "a", role = "b")]
#[cfg(not(any()))]
#[must_use]
async fn under_a_condition(
    #[cfg(any())] _: Nonexistent,
    #[cfg(not(any()))] caller: Identity,
    #[allow(unused)] unused: Method,
) -> String {
    caller.subject().to_owned()
}

#[require_auth(scope = "a")]
#[cfg(any())]
async fn under_a_condition() -> Nonexistent {}

#[cfg(any())]
#[require_auth(scope = "a")]
async fn under_a_condition(_: Nonexistent) {}

#[cfg_attr(not(any()), optional_auth)]
async fn conditional_attribute(caller: Option<Identity>) -> String {
    caller.map_or_else(String::new, |caller| caller.subject().to_owned())
}

mod inner {
    use super::require_auth;

    #[require_auth(scope = "a")]
    pub async fn public() {}

    #[require_auth(scope = "a")]
    pub(crate) async fn of_the_crate() {}

    #[require_auth(scope = "a")]
    pub(super) async fn of_the_parent() {}

    #[require_auth(scope = "a")]
    pub(in crate::inner) async fn of_a_path() {}

    pub fn router() -> super::Router {
        super::Router::new().route("/", super::get(of_a_path))
    }
}

fn router() -> Router<u8> {
    #[require_auth(role = "local")]
    async fn local() {}

    {
        #[require_auth(role = "more local")]
        #[cfg(any())]
        async fn local() {}
    }

    Router::new()
        .route("/", get(no_arguments).post(fifteen_arguments))
        .route("/patterns", post(patterns))
        .route("/body", post(body_last))
        .route("/upgrade", any(upgrade))
        .route("/mark", get(question_mark))
        .route("/opaque", get(opaque_return))
        .route("/async", get(no_async).post(boxed))
        .route("/lifetimes", get(lifetimes))
        .route("/generic", get(generic::<u8, (), 3>))
        .route("/raw", get(r#match))
        .route("/cfg", get(under_a_condition).post(conditional_attribute))
        .route("/modules", get(inner::public).post(inner::of_the_crate))
        .route("/more", get(inner::of_the_parent).post(local))
        .nest("/inner", inner::router().with_state(()))
}

fn main() {
    let _: Router = router().with_state(0);
}
