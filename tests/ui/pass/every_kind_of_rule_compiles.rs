//! Every kind of rule in an attribute.

#![deny(warnings)]

use auth_runtime::{
    Allowed, CheckError, Checked, Claims, Guard, Identity, Policy, Role, Scheme, Scope,
    allow_anonymous, optional_auth, policy, require_auth,
};
use axum::{
    Router,
    extract::{Path, State},
    http::Method,
    routing::get,
};

mod scopes {
    use auth_runtime::Scope;

    pub const READ: Scope = Scope::new("orders:read");

    pub trait Shop: super::Resource {}

    impl Shop for super::Orders {}
}

mod kinds {
    pub mod r#type {
        use auth_runtime::Scheme;

        pub const GATEWAY: Scheme = Scheme::new("Gateway");
    }
}

const PASETO: Scheme = Scheme::new("Paseto");

trait Resource: Clone + Send + Sync + 'static {
    const READ: Scope;
    const ADMIN: Role;
    const KIND: Scheme;
}

#[derive(Clone)]
struct Orders;

impl From<Orders> for String {
    fn from(_: Orders) -> Self {
        Self::new()
    }
}

impl Resource for Orders {
    const READ: Scope = scopes::READ;
    const ADMIN: Role = Role::new("admin");
    const KIND: Scheme = PASETO;
}

#[require_auth()]
async fn bare() {}

#[require_auth(
    any(scope = scopes::READ, scope = self::scopes::READ, all(role = "a", not(any(role = "b", role = "c")))),
    not(scope = "d"),
    claim("e" = true),
    scheme = ["bearer", PASETO, "basic", kinds::r#type::GATEWAY, "api_key", ::auth_runtime::Scheme::BASIC],
    acr = "urn:example:gold",
    max_age = "1d",
    hide = "always",
)]
async fn everything() {}

const ADMINS: Role = Role::new("cn=admins,ou=groups");

#[require_auth(role = ADMINS, scope = "patient/Observation.rs?category=survey|exam&status=final")]
async fn marks_of_lists_in_names() {}

#[require_auth(all(
    claim("a" = "b"), claim("a" = 5), claim("a" = -5), claim("/a~1b/0/c~0d" = false), claim("a b" = ""),
))]
async fn claims() {}

#[require_auth(any(scope = T::READ, role = <T as Resource>::ADMIN, scope = Orders::READ))]
async fn generic<T: Resource>(State(_): State<T>) {}

#[require_auth(scheme = PASETO)]
async fn own_kind() {}

#[require_auth(scheme = [T::KIND, <U as Resource>::KIND, Orders::KIND])]
async fn generic_kinds<T: Resource, U: Resource>(State(_): State<T>, _: Option<Claims<()>>) {}

#[require_auth(check = |State(_): State<T>, method: Method| N == 1 && method.as_str() != T::READ.as_str())]
async fn generic_check<T, const N: usize>(State(_): State<T>)
where
    T: Resource,
{
}

#[require_auth(scope = T::READ)]
async fn lifetime_called_as_a_module<'scopes, T: self::scopes::Shop + 'scopes>(State(_): State<T>)
where
    'scopes: 'static,
{
}

#[require_auth(check = |State(resource): State<T>| Into::<U>::into(resource).as_ref().is_empty())]
async fn bound_by_a_clause<T, U>(State(_): State<T>)
where
    T: Into<U> + Clone + Send + Sync + 'static,
    U: AsRef<str> + Send + 'static,
{
}

/// May refund.
#[policy(any(scope = "refunds", role = "support"))]
struct CanRefund;

#[policy(policy = CanRefund, scope = "orders", scheme = ["bearer", Self::KIND], hide)]
enum CanRefundOrders {}

impl CanRefundOrders {
    const KIND: Scheme = self::kinds::r#type::GATEWAY;
}

#[policy]
struct AnyCaller;

#[policy(scope = "levels")]
struct AtLevel<const LEVEL: usize>;

#[policy(scope = "never")]
#[cfg(any())]
struct AnyCaller;

#[require_auth(policy = CanRefundOrders)]
async fn lone_policy() {}

#[require_auth(any(policy = CanRefund, policy = AnyCaller, policy = AtLevel<1>, policy = AtLevel<2>), max_age = "90s")]
async fn policies() {}

#[require_auth(policy = P)]
async fn any_policy<P: Policy + 'static>() {}

impl Orders {
    #[require_auth(policy = CanRefund)]
    async fn associated(State(_): State<Self>) {}

    #[require_auth(policy = CanRefund)]
    async fn generic_associated<T: Resource>(State(_): State<T>) {}
}

#[optional_auth(scheme = kinds::r#type::GATEWAY)]
async fn optional(_: Option<Identity>, _: Option<Claims<Vec<u8>>>) {}

#[allow_anonymous(reason = r#"a "public" price list"#)]
async fn public() {}

#[derive(Clone, Debug)]
struct Order(String);

#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("broken")
    }
}

impl std::error::Error for Broken {}

async fn load(id: &str) -> Result<Order, Broken> {
    match id {
        "" => Err(Broken),
        id => Ok(Order(id.to_owned())),
    }
}

#[require_auth(check("a bool") = |caller: Identity, Path(id): Path<String>| caller.subject() == id)]
async fn outcome_bool() {}

#[require_auth(check = |Path(id): Path<String>| load(&id).await.map(|order| order.0 == id))]
async fn outcome_result() {}

#[require_auth(check = |Path(id): Path<String>| load(&id).await?.0 == id)]
async fn outcome_question_mark() {}

#[require_auth(check = |Path(id): Path<String>| {
    let order = load(&id).await.map_err(CheckError::unavailable)?;
    if order.0.is_empty() {
        return Err(CheckError::not_found());
    }
    order.0 == id
})]
async fn outcome_early_return() {}

#[require_auth(check = |Path(id): Path<String>| { let order = load(&id).await?; return Ok(order.0 == id); })]
async fn outcome_returned() {}

#[require_auth(check = |Path(id): Path<String>| if load(&id).await?.0 == id { true } else { return Err(CheckError::denied()) })]
async fn outcome_returned_early() {}

#[require_auth(check = |Path(id): Path<String>| match load(&id).await {
    Ok(order) if order.0 == id => Ok(true),
    Ok(_) => Err(CheckError::denied()),
    Err(_) => Err(CheckError::not_found()),
})]
async fn outcome_match() {}

#[require_auth(check = |Path(id): Path<String>| Allowed::when(id != "x", Order(id)))]
async fn outcome_allowed(_: Checked<Order>) {}

#[require_auth(scope = "a", check = move |Path(id): Path<String>| Ok(Allowed::with(load(&id).await?)))]
async fn outcome_result_of_allowed(Checked(order): Checked<Order>) -> String {
    order.0
}

#[require_auth(check = |Path(id): Path<String>| -> Result<Allowed<Order>, Broken> { Ok(Allowed::with(load(&id).await?)) })]
async fn outcome_declared(_: Checked<Order>) {}

#[require_auth(check = |Path(id): Path<String>| -> bool { id == "x" })]
async fn outcome_declared_bool() {}

#[require_auth(any(role = "admin", check = || true, check = |_: Identity, _: State<Orders>| load("x").await.is_ok()))]
async fn several_checks(_: Option<Checked<Order>>) {}

#[require_auth(any(all(scope = "a", check = || Allowed::with(Order(String::new()))), check = || Allowed::with(Order(String::new()))))]
async fn every_way_has_a_check(_: Option<Checked<Order>>) {}

fn main() {
    let _: Router = Router::new()
        .route("/1", get(bare).post(everything).put(claims))
        .route(
            "/2",
            get(generic::<Orders>).post(generic_check::<Orders, 1>),
        )
        .route(
            "/3",
            get(lone_policy).post(policies).put(any_policy::<CanRefund>),
        )
        .route(
            "/4",
            get(Orders::associated).post(Orders::generic_associated::<Orders>),
        )
        .route("/5", get(|_: Guard<CanRefund>| async {}))
        .route("/6", get(optional).post(public))
        .route("/7/{id}", get(outcome_bool).post(outcome_result))
        .route(
            "/8/{id}",
            get(outcome_question_mark).post(outcome_early_return),
        )
        .route("/9/{id}", get(outcome_match).post(outcome_allowed))
        .route(
            "/10/{id}",
            get(outcome_result_of_allowed).post(outcome_declared),
        )
        .route("/11/{id}", get(outcome_declared_bool).post(several_checks))
        .route("/12", get(every_way_has_a_check))
        .route("/13", get(lifetime_called_as_a_module::<Orders>))
        .route("/14", get(bound_by_a_clause::<Orders, String>))
        .route("/15", get(outcome_returned).post(outcome_returned_early))
        .route("/16", get(own_kind).post(generic_kinds::<Orders, Orders>))
        .with_state(Orders);
}
