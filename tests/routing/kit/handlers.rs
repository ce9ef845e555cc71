//! Every handler twice, bare and guarded. Each first records that it was reached.

use std::cell::RefCell;
use std::convert::Infallible;
use std::marker::PhantomData;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{
    Extension, FromRequestParts, MatchedPath, NestedPath, OriginalUri, Path, Query, RawPathParams,
    Request, State,
};
use axum::http::header::ALLOW;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;

tokio::task_local! {
    /// The handlers and services that the request of this task has reached.
    pub(crate) static REACHED: RefCell<Vec<&'static str>>;
}

/// The name of a handler or a service, as a type.
pub(crate) trait Name: Send + Sync + 'static {
    const NAME: &'static str;
}

pub(crate) fn note<N: Name>() {
    // Over a socket this is not recorded.
    let _ = REACHED.try_with(|reached| reached.borrow_mut().push(N::NAME));
}

/// Notes that a handler was reached.
pub(crate) struct Reached<N>(PhantomData<N>);

impl<N: Name, S: Sync> FromRequestParts<S> for Reached<N> {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        note::<N>();
        Ok(Self(PhantomData))
    }
}

/// What middleware leaves for a handler.
#[derive(Clone)]
pub(crate) struct Left(pub(crate) String);

macro_rules! handlers {
    ($($name:ident ($($arguments:tt)*) -> $answer:ty $body:block)*) => {
        #[allow(non_camel_case_types, reason = "named for their handlers")]
        pub(crate) mod names {
            $(pub(crate) enum $name {})*
        }

        $(impl Name for names::$name {
            const NAME: &'static str = stringify!($name);
        })*

        #[allow(clippy::unused_async, reason = "a handler is")]
        pub(crate) mod bare {
            use super::*;

            $(pub(crate) async fn $name(_: Reached<names::$name>, $($arguments)*) -> $answer $body)*
        }

        #[allow(clippy::unused_async, reason = "a handler is")]
        pub(crate) mod guarded {
            use super::*;

            $(
                #[auth_runtime::require_auth(scope = "test")]
                pub(crate) async fn $name(_: Reached<names::$name>, $($arguments)*) -> $answer $body
            )*
        }
    };
}

handlers! {
    alpha() -> &'static str { "this is alpha" }
    beta() -> &'static str { "this is beta" }
    gamma() -> &'static str { "this is gamma" }
    delta() -> &'static str { "this is delta" }
    epsilon() -> &'static str { "this is epsilon" }
    inner() -> (StatusCode, &'static str) { (StatusCode::NOT_FOUND, "nothing inside") }
    outer() -> (StatusCode, &'static str) { (StatusCode::NOT_FOUND, "nothing outside") }

    nothing() -> () {}
    created() -> (StatusCode, &'static str) { (StatusCode::CREATED, "created") }
    moved() -> Redirect { Redirect::permanent("/elsewhere?a=b") }
    own_length() -> ([(&'static str, &'static str); 1], Body) {
        ([("content-length", "12345")], Body::empty())
    }
    own_allow(method: Method) -> Response {
        if method == Method::POST {
            "post after all".into_response()
        } else {
            (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET,POST")], "no").into_response()
        }
    }
    method_name(method: Method) -> String { method.to_string() }

    show(Path(id): Path<String>) -> String { format!("show {id}") }
    number(Path(id): Path<u32>) -> String { format!("number {id}") }
    two(Path((a, b)): Path<(String, String)>) -> String { format!("a={a} b={b}") }
    query(Query(pairs): Query<Vec<(String, String)>>) -> String { format!("{pairs:?}") }
    place(
        uri: Uri,
        OriginalUri(original): OriginalUri,
        matched: Option<MatchedPath>,
        nested: Result<NestedPath, axum::extract::rejection::NestedPathRejection>,
        params: RawPathParams,
        request: Request
    ) -> String {
        let params: Vec<_> = params.iter().collect();
        let matched = matched.as_ref().map(MatchedPath::as_str);
        let nested = nested.as_ref().ok().map(NestedPath::as_str);
        let within = request.uri();
        format!("{uri} {within} {original} {matched:?} {nested:?} {params:?}")
    }
    left(Extension(Left(text)): Extension<Left>) -> String { text }

    word(State(word): State<&'static str>) -> &'static str { word }
    count(State(count): State<u32>) -> String { format!("count {count}") }
    flag(State(flag): State<bool>) -> String { format!("flag {flag}") }
    word_and_body(State(word): State<&'static str>, body: String) -> String { format!("{word}: {body}") }

    text(body: String) -> String { format!("text {body}") }
    bytes(body: Bytes) -> String { format!("{} bytes", body.len()) }
    json(Json(body): Json<Value>) -> Json<Value> { Json(body) }
    whole(headers: HeaderMap, request: Request) -> String {
        let body = to_bytes(request.into_body(), 100).await;
        format!("{:?} {body:?}", headers.get("content-type"))
    }
    upgrade(socket: WebSocketUpgrade) -> Response {
        socket.on_upgrade(|_| async {})
    }
}
