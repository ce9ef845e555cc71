use auth_runtime::{
    BearerToken, Checked, Guard, Identity, Router, allow_anonymous, optional_auth, policy,
    require_auth,
    routing::{get, post},
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Method, Uri, Version},
};

#[require_auth(scop = "orders:read")] // mistake
async fn unknown_key() {}

#[require_auth(scope = "orders:read orders:write")] // mistake
async fn two_scopes(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(role = "admin,staff")] // mistake
pub async fn two_roles(Path(id): Path<u32>, body: String) -> Result<String, ()> {
    Ok(format!("{id} {body}"))
}

#[require_auth(scope = )] // mistake
async fn no_value() {}

#[require_auth(scope = "a", not(scope = "a"))] // mistake
async fn contradiction() {}

#[require_auth(check = |caller: &Identity| true)] // mistake
async fn reference() {}

#[require_auth(check = |caller| true, scope = "a")] // mistake
async fn untyped(_: Checked<u8>) {}

#[require_auth(check = 5)] // mistake
async fn no_closure() {}

#[require_auth]
async fn nothing_checked(Checked(order): Checked<u8>) -> String { // mistake
    order.to_string()
}

#[require_auth]
fn not_async() {} // mistake

#[require_auth(crate = "auth_runtime")] // mistake
async fn quoted() {}

#[require_auth(crate = auth_runtime)] // mistake
async fn relative() {}

#[require_auth]
async fn sixteen(
    _: Method,
    uri: Uri,
    _: Version,
    _: HeaderMap,
    _: Method,
    _: Uri,
    _: Version,
    _: HeaderMap,
    _: Method,
    _: Uri,
    _: Version,
    _: HeaderMap,
    _: Method,
    _: Uri,
    _: Version,
    body: String, // mistake
) -> String {
    format!("{uri} {body}")
}

#[require_auth(scope = "a")]
#[require_auth(scope = "b")] // mistake
async fn twice() {}

#[require_auth]
#[optional_auth] // mistake
async fn two_attributes() {}

#[require_auth(scope = "orders:read")]
async fn receiver(&self, _: Method) -> String { // mistake
    self.name()
}

#[require_auth(any())] // mistake
async fn generic<T: Default>() {}

#[optional_auth]
async fn must_be_optional(caller: Identity) -> String { // mistake
    caller.subject().to_owned()
}

#[optional_auth(scope = "a")] // mistake
async fn optional_with_rule(_: Option<Identity>) {}

#[allow_anonymous] // mistake
async fn no_reason() {}

#[allow_anonymous(reason = "public")]
async fn no_caller(_: BearerToken) {} // mistake

#[derive(Clone)]
struct Shop;

impl Shop {
    #[require_auth(policy = Staff)]
    async fn with_self(&self) {} // mistake

    #[require_auth(scope = "a")]
    async fn with_state(State(_): State<Self>) {} // mistake

    #[allow_anonymous] // mistake
    async fn method() {}
}

#[policy(scope = "orders read")] // mistake
struct Staff;

#[policy(role = "admin")]
struct Admin(u8); // mistake

#[require_auth(role = "auditor")]
struct Auditor; // mistake

#[policy(role = "auditor")]
async fn audit() {} // mistake

#[require_auth(policy = Staff)]
async fn by_policy() {}

#[require_auth(all(policy = Staff, policy = Admin))]
async fn by_policies() {}

fn main() {
    let _: Router = Router::new()
        .route(
            "/1",
            get(unknown_key)
                .post(two_scopes)
                .put(two_roles)
                .delete(no_value),
        )
        .route(
            "/2",
            get(contradiction)
                .post(reference)
                .put(untyped)
                .delete(no_closure),
        )
        .route(
            "/3",
            get(nothing_checked)
                .put(not_async)
                .delete(quoted)
                .patch(relative),
        )
        .route(
            "/4",
            post(sixteen)
                .get(twice)
                .put(two_attributes)
                .delete(receiver),
        )
        .route(
            "/5",
            get(generic::<u8>)
                .post(must_be_optional)
                .put(optional_with_rule),
        )
        .route(
            "/6",
            get(no_reason)
                .post(no_caller)
                .put(Shop::with_self)
                .delete(Shop::method),
        )
        .route(
            "/7",
            get(by_policy)
                .post(by_policies)
                .put(|_: Guard<Staff>| async {})
                .delete(audit),
        )
        .require::<Admin>()
        .require::<Auditor>();
    let _: Router<Shop> = Router::new().route("/8", get(Shop::with_state));
}
