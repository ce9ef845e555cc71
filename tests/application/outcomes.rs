//! A route for each outcome of a check.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_runtime::{Allowed, CheckError, Checked, Identity, require_auth};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};

/// Counts the checks that ran.
type Count = State<Arc<AtomicUsize>>;

/// For both routers: `Router` and `get` are imported where the macro is expanded.
macro_rules! checks {
    ($count:expr) => {
        Router::new()
            .route("/check/allowed", get(allowed))
            .route("/check/loaded", get(loaded))
            .route("/check/loaded-or-admin", get(loaded_or_admin))
            .route("/check/loaded-otherwise", get(loaded_otherwise))
            .route("/check/hidden", get(hidden))
            .route("/check/hidden/{status}", get(hidden_status))
            .route("/check/denied", get(denied))
            .route("/check/said-denied", get(said_denied))
            .route("/check/not-found", get(not_found))
            .route("/check/role-or-not-found", get(role_or_not_found))
            .route("/check/unavailable", get(unavailable))
            .route("/check/unavailable-for-long", get(unavailable_for_long))
            .route("/check/failed", get(failed))
            .route("/check/error", get(error))
            .route("/check/panic", get(panics))
            .route("/check/extractor-panic", get(extractor_panics))
            .route("/check/number/{number}", get(number))
            .route("/check/extractor-401", get(extractor_401))
            .route("/check/extractor-503", get(extractor_503))
            .route("/check/extractor-redirect", get(extractor_redirect))
            .route("/check/extractor-200", get(extractor_200))
            .route("/check/scope-first", get(scope_first))
            .route("/check/role-first", get(role_first))
            .route("/check/step-up-first", get(step_up_first))
            .with_state($count)
    };
}

/// The routes in `axum::Router`, for `Auth::layer`.
pub fn checks(count: Arc<AtomicUsize>) -> axum::Router {
    use axum::Router;
    use axum::routing::get;
    checks!(count)
}

/// The routes in `auth_runtime::Router`.
pub fn declared_checks(count: Arc<AtomicUsize>) -> auth_runtime::Router {
    use auth_runtime::Router;
    use auth_runtime::routing::get;
    checks!(count)
}

fn ran(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::SeqCst);
}

fn broken() -> io::Error {
    io::Error::other("the secret of the database")
}

#[require_auth(check = |State(count): Count| { ran(&count); true })]
async fn allowed() -> &'static str {
    "allowed"
}

#[require_auth(check = |caller: Identity| Allowed::with(format!("{}'s order", caller.subject())))]
async fn loaded(Checked(order): Checked<String>) -> String {
    format!("loaded: {order}")
}

#[require_auth(any(role = "admin", check = || Allowed::with("order".to_owned())))]
async fn loaded_or_admin(order: Option<Checked<String>>) -> String {
    format!(
        "loaded-or-admin: {}",
        order.map_or("nothing".to_owned(), |Checked(order)| order)
    )
}

/// A mistake of the application: the check loads a value of another type.
#[require_auth(check = || Allowed::with("order".to_owned()))]
async fn loaded_otherwise(Checked(order): Checked<u64>) -> String {
    format!("loaded-otherwise: {order}")
}

#[require_auth(hide, check = || Err::<bool, CheckError>(CheckError::not_found()))]
async fn hidden() -> &'static str {
    "hidden"
}

/// Refuses every request with the status in the path.
struct RefusesWithStatus;

impl<S: Send + Sync> FromRequestParts<S> for RefusesWithStatus {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path(status) = Path::<u16>::from_request_parts(parts, state).await.unwrap();
        Err((
            StatusCode::from_u16(status).unwrap(),
            "this order is not yours",
        ))
    }
}

#[require_auth(hide, check = |_: RefusesWithStatus| true)]
async fn hidden_status() -> &'static str {
    "hidden-status"
}

#[require_auth(check = |State(count): Count| { ran(&count); false })]
async fn denied() -> &'static str {
    "denied"
}

#[require_auth(check = || Err::<bool, CheckError>(CheckError::denied()))]
async fn said_denied() -> &'static str {
    "said-denied"
}

#[require_auth(check = || Err::<bool, CheckError>(CheckError::not_found()))]
async fn not_found() -> &'static str {
    "not-found"
}

#[require_auth(any(
    check = || Err::<bool, CheckError>(CheckError::not_found()),
    check("is alice") = |caller: Identity| caller.subject() == "alice"
))]
async fn role_or_not_found() -> &'static str {
    "role-or-not-found"
}

#[require_auth(check = || Err::<bool, CheckError>(CheckError::unavailable(broken())))]
async fn unavailable() -> &'static str {
    "unavailable"
}

#[require_auth(check = || Err::<bool, CheckError>(
    CheckError::unavailable(broken()).retry_after(Duration::from_secs(120))
))]
async fn unavailable_for_long() -> &'static str {
    "unavailable-for-long"
}

#[require_auth(check = || Err::<bool, CheckError>(CheckError::failed(broken())))]
async fn failed() -> &'static str {
    "failed"
}

#[require_auth(check = || { let _: u8 = Err::<u8, io::Error>(broken())?; Ok(true) })]
async fn error() -> &'static str {
    "error"
}

fn a_bug() -> bool {
    panic!("the secret of the check")
}

#[require_auth(check = || a_bug())]
async fn panics() -> &'static str {
    "panics"
}

struct Panics;

impl<S: Sync> FromRequestParts<S> for Panics {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        panic!("the secret of the extractor")
    }
}

#[require_auth(check = |_: Panics| true)]
async fn extractor_panics() -> &'static str {
    "extractor-panics"
}

#[require_auth(check = |Path(number): Path<u32>| number == 7)]
async fn number() -> &'static str {
    "number"
}

/// Refuses every request with the response of `A`.
struct Refuses<A>(std::marker::PhantomData<A>);

trait Answer {
    fn answer() -> Response;
}

impl<S: Sync, A: Answer> FromRequestParts<S> for Refuses<A> {
    type Rejection = Response;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Response> {
        Err(A::answer())
    }
}

struct Unauthorized;
impl Answer for Unauthorized {
    fn answer() -> Response {
        (
            StatusCode::UNAUTHORIZED,
            [("www-authenticate", "Negotiate")],
            "log in",
        )
            .into_response()
    }
}

#[require_auth(scope = "read", check = |_: Refuses<Unauthorized>| true)]
async fn extractor_401() -> &'static str {
    "extractor-401"
}

struct Overloaded;
impl Answer for Overloaded {
    fn answer() -> Response {
        (StatusCode::SERVICE_UNAVAILABLE, "the extractor's own words").into_response()
    }
}

#[require_auth(check = |_: Refuses<Overloaded>| true)]
async fn extractor_503() -> &'static str {
    "extractor-503"
}

struct LogIn;
impl Answer for LogIn {
    fn answer() -> Response {
        Redirect::to("/log-in").into_response()
    }
}

#[require_auth(check = |_: Refuses<LogIn>| true)]
async fn extractor_redirect() -> &'static str {
    "extractor-redirect"
}

struct Fine;
impl Answer for Fine {
    fn answer() -> Response {
        "all is fine".into_response()
    }
}

#[require_auth(check = |_: Refuses<Fine>| true)]
async fn extractor_200() -> &'static str {
    "extractor-200"
}

#[require_auth(scope = "read", check = |State(count): Count| { ran(&count); false })]
async fn scope_first() -> &'static str {
    "scope-first"
}

#[require_auth(role = "admin", check = |State(count): Count| { ran(&count); false })]
async fn role_first() -> &'static str {
    "role-first"
}

#[require_auth(acr = "gold", check = |State(count): Count| { ran(&count); false })]
async fn step_up_first() -> &'static str {
    "step-up-first"
}
