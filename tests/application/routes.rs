//! A route for each kind of rule. The responses begin with the name of the handler and end with the caller.

use auth_runtime::{Identity, allow_anonymous, optional_auth, require_auth};
use axum::Json;
use axum::extract::Path;
use serde::Deserialize;

/// For both routers: `Router` and `get` are imported where the macro is expanded.
macro_rules! routes {
    () => {
        Router::new()
            .route("/any", get(any_caller))
            .route("/read", get(read))
            .route("/write", post(write))
            .route("/admin", get(admin))
            .route("/both", get(both))
            .route("/either", get(either))
            .route("/role-or-scope", get(role_or_scope))
            .route("/scope-and-role", get(scope_and_role))
            .route("/role-alternatives", get(role_alternatives))
            .route("/not-trial", get(not_trial))
            .route("/not-sandbox", get(not_sandbox))
            .route("/verified", get(verified))
            .route("/acme", get(acme))
            .route("/gold", get(gold))
            .route("/fresh", get(fresh))
            .route("/pay", get(pay))
            .route("/hidden", get(hidden))
            .route("/hidden-always", get(hidden_always))
            .route("/bearer-only", get(bearer_only))
            .route("/optional", get(optional))
            .route("/public", get(public))
            .route("/everything", any(everything))
            .route("/owned/{owner}", get(owned))
            .route("/admin-or-owner/{owner}", get(admin_or_owner))
            .route("/read-and-own/{owner}", get(read_and_own))
            .nest("/area", Router::new().fallback(area))
    };
}

/// The routes in `axum::Router`, for `Auth::layer`.
pub fn routes() -> axum::Router {
    use axum::Router;
    use axum::routing::{any, get, post};
    routes!().route("/bearer-or-basic", get(bearer_or_basic))
}

/// The routes in `auth_runtime::Router`.
pub fn declared_routes() -> auth_runtime::Router {
    use auth_runtime::Router;
    use auth_runtime::routing::{any, get, post};
    routes!().route_unguarded(
        "/bearer-or-basic",
        axum::routing::get(bearer_or_basic),
        "a guarded route for Basic is a fault without Basic",
    )
}

#[require_auth]
async fn any_caller(caller: Identity) -> String {
    format!("any: {}", caller.subject())
}

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    format!("read: {}", caller.subject())
}

#[derive(Deserialize)]
struct Number {
    n: u32,
}

#[require_auth(scope = "write")]
async fn write(Json(number): Json<Number>) -> String {
    format!("write: {}", number.n)
}

#[require_auth(role = "admin")]
async fn admin(caller: Identity) -> String {
    format!("admin: {}", caller.subject())
}

#[require_auth(all(scope = "read", scope = "write"))]
async fn both(caller: Identity) -> String {
    format!("both: {}", caller.subject())
}

#[require_auth(any(scope = "a", all(scope = "b", scope = "c")))]
async fn either(caller: Identity) -> String {
    format!("either: {}", caller.subject())
}

#[require_auth(any(role = "admin", scope = "read"))]
async fn role_or_scope(caller: Identity) -> String {
    format!("role-or-scope: {}", caller.subject())
}

#[require_auth(scope = "read", role = "support")]
async fn scope_and_role(caller: Identity) -> String {
    format!("scope-and-role: {}", caller.subject())
}

#[require_auth(any(all(scope = "a", role = "admin"), all(scope = "b", role = "support")))]
async fn role_alternatives(caller: Identity) -> String {
    format!("role-alternatives: {}", caller.subject())
}

#[require_auth(scope = "read", not(role = "trial"))]
async fn not_trial(caller: Identity) -> String {
    format!("not-trial: {}", caller.subject())
}

#[require_auth(not(scope = "sandbox"), scope = "read")]
async fn not_sandbox(caller: Identity) -> String {
    format!("not-sandbox: {}", caller.subject())
}

#[require_auth(claim("email_verified" = true))]
async fn verified(caller: Identity) -> String {
    format!("verified: {}", caller.subject())
}

#[require_auth(claim("/tenant/id" = "acme"))]
async fn acme(caller: Identity) -> String {
    format!("acme: {}", caller.subject())
}

#[require_auth(acr = ["gold", "silver"])]
async fn gold(caller: Identity) -> String {
    format!("gold: {}", caller.subject())
}

#[require_auth(max_age = "5m")]
async fn fresh(caller: Identity) -> String {
    format!("fresh: {}", caller.subject())
}

#[require_auth(scope = "pay", acr = "gold", max_age = "5m")]
async fn pay(caller: Identity) -> String {
    format!("pay: {}", caller.subject())
}

#[require_auth(scope = "read", hide)]
async fn hidden(caller: Identity) -> String {
    format!("hidden: {}", caller.subject())
}

#[require_auth(scope = "read", hide = "always")]
async fn hidden_always(caller: Identity) -> String {
    format!("hidden-always: {}", caller.subject())
}

#[require_auth(scheme = "bearer")]
async fn bearer_only(caller: Identity) -> String {
    format!("bearer-only: {}", caller.subject())
}

#[require_auth(scheme = ["bearer", "basic"])]
async fn bearer_or_basic(caller: Identity) -> String {
    format!("bearer-or-basic: {}", caller.subject())
}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    format!(
        "optional: {}",
        caller.as_ref().map_or("anonymous", Identity::subject)
    )
}

#[allow_anonymous(reason = "a test of what is public")]
async fn public() -> &'static str {
    "public"
}

#[require_auth(scope = "read")]
async fn everything(caller: Identity) -> String {
    format!("everything: {}", caller.subject())
}

#[require_auth(scope = "read")]
async fn area(caller: Identity) -> String {
    format!("area: {}", caller.subject())
}

#[require_auth(check("owns it") = |caller: Identity, Path(owner): Path<String>| caller.subject() == owner)]
async fn owned(caller: Identity) -> String {
    format!("owned: {}", caller.subject())
}

#[require_auth(any(
    role = "admin",
    check("owns it") = |caller: Identity, Path(owner): Path<String>| caller.subject() == owner
))]
async fn admin_or_owner(caller: Identity) -> String {
    format!("admin-or-owner: {}", caller.subject())
}

#[require_auth(
    scope = "read",
    check("owns it") = |caller: Identity, Path(owner): Path<String>| caller.subject() == owner
)]
async fn read_and_own(caller: Identity) -> String {
    format!("read-and-own: {}", caller.subject())
}
