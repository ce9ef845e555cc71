//! One handler for each feature of the attributes, under the strictest lints, all of them denied:
//! generated code must cause no warning in a crate that denies them.

#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    private_interfaces,
    private_bounds,
    unused_qualifications,
    rust_2018_idioms,
    let_underscore_drop,
    non_local_definitions,
    single_use_lifetimes,
    trivial_casts,
    unit_bindings,
    unnameable_types,
    unused,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::absolute_paths,
    clippy::missing_docs_in_private_items,
    clippy::allow_attributes_without_reason
)]

use core::{
    error::Error,
    fmt::{self, Formatter},
    future::ready,
};

use auth_runtime::{
    Allowed, CheckError, Checked, Identity, Role, Scheme, Scope, allow_anonymous, optional_auth,
    policy, require_auth,
};
use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, Query, State},
    http::{HeaderMap, Method, StatusCode, Uri, Version, request::Parts},
    routing::get,
};
use tokio::task::yield_now;

/// The scopes of this API.
pub mod scopes {
    use super::Scope;

    /// Look at orders.
    pub const READ: Scope = Scope::new("read");
}

/// The roles of this API.
pub mod roles {
    use super::Role;

    /// May do everything.
    pub const ADMIN: Role = Role::new("admin");
}

/// The kinds of credentials that only this API knows.
pub mod kinds {
    use super::Scheme;

    /// What the gateway signed.
    pub const GATEWAY: Scheme = Scheme::new("Gateway");
}

/// The application.
#[derive(Clone, Debug, Default)]
pub struct Shop;

/// Something that is owned.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whose it is.
    pub owner: String,
}

/// Why there is no order.
#[derive(Debug)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("lost")
    }
}

impl Error for Lost {}

impl Shop {
    /// Loads an order.
    ///
    /// # Errors
    ///
    /// When it is lost.
    pub async fn order(&self, owner: &str) -> Result<Order, Lost> {
        yield_now().await;
        match owner {
            "lost" => Err(Lost),
            owner => Ok(Order {
                owner: owner.to_owned(),
            }),
        }
    }
}

/// Any caller.
#[require_auth]
pub async fn any_caller(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// Without documentation inside, without arguments.
#[require_auth(scope = "read")]
pub async fn no_arguments() -> &'static str {
    "read"
}

/// A tree.
#[require_auth(
    any(scope = scopes::READ, all(scope = "b", role = roles::ADMIN)),
    not(role = "suspended"),
    claim("level" = 1000000),
    scheme = ["bearer", kinds::GATEWAY],
    acr = ["gold", "silver"],
    max_age = "5m",
    hide
)]
pub async fn tree() -> &'static str {
    "tree"
}

/// A check as it is.
#[require_auth(check("is the owner") = |caller: Identity, Path(owner): Path<String>| caller.subject() == owner)]
pub async fn check_of_a_bool(Path(owner): Path<String>) -> String {
    owner
}

/// A check that uses `?`.
#[require_auth(check = |caller: Identity, State(shop): State<Shop>, Path(owner): Path<String>| {
    shop.order(&owner).await?.owner == caller.subject()
})]
pub async fn check_with_a_question_mark(Path(owner): Path<String>) -> String {
    owner
}

/// A check that is nothing but a `?`.
#[require_auth(check = |State(shop): State<Shop>| shop.order("x").await.map(|order| order.owner == "x")?)]
pub async fn check_of_a_question_mark() {}

/// The same in braces.
#[require_auth(check = |State(shop): State<Shop>| { shop.order("x").await.map(|order| order.owner == "x")? })]
pub async fn check_of_a_question_mark_in_braces() {}

/// The same in parentheses.
#[require_auth(check = |State(shop): State<Shop>| (shop.order("x").await.map(|order| order.owner == "x")?))]
pub async fn check_of_a_question_mark_in_parentheses() {}

/// Where the linter has a point.
#[allow(
    clippy::needless_return,
    reason = "the `return` is the user's, who would hear the same about a closure"
)]
mod returning {
    use super::{Shop, State, require_auth};

    /// A check that returns its answer.
    #[require_auth(check = |State(shop): State<Shop>| { let order = shop.order("x").await?; return Ok(order.owner == "x"); })]
    pub async fn check_that_returns() {}
}

pub use returning::check_that_returns;

/// A check whose value is a macro's.
#[require_auth(check = |State(shop): State<Shop>| {
    let order = shop.order("x").await?;
    matches!(order.owner.as_str(), "x")
})]
pub async fn check_that_matches() {}

/// A check that loads.
#[require_auth(check("owns the order") = |caller: Identity, State(shop): State<Shop>, Path(owner): Path<String>| {
    let order = shop.order(&owner).await.map_err(|_| CheckError::not_found())?;
    if order.owner != caller.subject() {
        return Err(CheckError::denied());
    }
    Ok(Allowed::with(order))
})]
pub async fn check_that_loads(Checked(order): Checked<Order>) -> String {
    order.owner
}

/// A check that always is a result.
#[require_auth(check = |State(_): State<Shop>| Ok(true))]
pub async fn check_that_is_ok() {}

/// A check with an explicit return type.
#[require_auth(check = move |State(shop): State<Shop>| -> Result<bool, Lost> { Ok(shop.order("a").await?.owner == "a") })]
pub async fn check_with_a_type() {}

/// Several checks, one of which takes nothing.
#[require_auth(any(
    role = "admin",
    check("never") = || false,
    all(scope = "read", check("gets") = |method: Method| method == Method::GET),
))]
pub async fn several_checks(order: Option<Checked<Order>>) -> String {
    order.map_or_else(|| "none".to_owned(), |Checked(order)| order.owner)
}

/// What a generic handler guards.
pub trait Resource: Clone + Send + Sync + 'static {
    /// To look at it.
    const SCOPE: Scope;
    /// Whether it can be seen at all.
    fn is_open(&self) -> bool;
}

impl Resource for Shop {
    const SCOPE: Scope = scopes::READ;

    fn is_open(&self) -> bool {
        true
    }
}

/// A generic scope.
#[require_auth(scope = T::SCOPE)]
pub async fn generic_scope<T: Resource>(State(_): State<T>) -> &'static str {
    "generic"
}

/// A generic check, a number and a clause.
#[require_auth(check = |State(resource): State<T>| resource.is_open() && N == 1)]
pub async fn generic_check<T, U, const N: usize>(State(_): State<T>, _: Query<U>) -> &'static str
where
    T: Resource,
    U: Send + 'static,
{
    "generic"
}

/// May refund.
#[policy(any(scope = "refunds", role = "support"))]
pub struct CanRefund;

/// Without values, and only for the strong.
#[policy(acr = "gold")]
#[derive(Debug)]
pub enum IsStrong {}

/// A named policy.
#[require_auth(policy = CanRefund)]
pub async fn named_policy() -> &'static str {
    "refunded"
}

/// A named policy with a check beside it.
#[require_auth(policy = CanRefund, check = |method: Method| method == Method::GET)]
pub async fn named_policy_with_a_check() -> &'static str {
    "refunded"
}

impl Shop {
    /// An associated function.
    #[require_auth(policy = CanRefund)]
    pub async fn refund(State(shop): State<Self>) -> &'static str {
        shop.order("any").await.map_or("lost", |_| "refunded")
    }
}

/// A caller, or none.
#[optional_auth]
pub async fn maybe(caller: Option<Identity>) -> String {
    caller.map_or_else(
        || "anonymous".to_owned(),
        |caller| caller.subject().to_owned(),
    )
}

/// Public.
#[allow_anonymous(reason = "health probe")]
pub async fn health() -> &'static str {
    "well"
}

/// As many arguments as clippy lets one have.
#[require_auth]
pub async fn seven(
    _: Method,
    _: Uri,
    _: Version,
    _: HeaderMap,
    _: State<Shop>,
    _: Identity,
    Json(body): Json<u8>,
) -> String {
    body.to_string()
}

/// Without `async`.
#[require_auth]
pub fn future() -> impl Future<Output = &'static str> + Send {
    ready("ready")
}

/// Raw, and hidden from everybody.
#[require_auth(hide = "always")]
pub async fn r#move() -> &'static str {
    "moved"
}

/// In a module of their own.
mod inner {
    use super::{Identity, require_auth};

    /// Reachable under another path.
    #[require_auth(check = |caller: Identity| caller.subject() == "alice")]
    pub async fn reexported() -> &'static str {
        "reexported"
    }

    /// For its parent, in other words.
    #[require_auth(scope = "read", check = |caller: Identity| caller.subject() == "alice")]
    pub(in crate::lints::handlers) async fn in_a_path() -> &'static str {
        "in a path"
    }

    /// For its parent.
    #[require_auth(scope = "read")]
    pub(super) async fn parents() -> &'static str {
        "parents"
    }
}

pub use inner::reexported;

/// In a function.
pub fn routes_of_its_own() -> Router<Shop> {
    #[require_auth(scope = "read", check = |caller: Identity| caller.subject() == "alice")]
    async fn local() -> &'static str {
        "local"
    }

    Router::new()
        .route("/local", get(local))
        .route("/parents", get(inner::parents))
        .route("/in_a_path", get(inner::in_a_path))
}

/// A custom extractor.
#[derive(Clone, Copy, Debug)]
pub struct Hour(pub u8);

impl<S: Sync> FromRequestParts<S> for Hour {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        match parts.uri.query() {
            Some("late") => Ok(Self(23)),
            Some("broken") => Err(StatusCode::BAD_REQUEST),
            _ => Ok(Self(12)),
        }
    }
}

/// A check with a custom extractor.
#[require_auth(check("in time") = |Hour(hour): Hour| hour < 22)]
pub async fn in_time() -> &'static str {
    "in time"
}
