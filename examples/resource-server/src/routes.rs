//! The routes. The rule of each handler is the attribute above it.

use auth_runtime::auth::Status;
use auth_runtime::routing::{get, post};
use auth_runtime::{Auth, Identity, Router, allow_anonymous, optional_auth, require_auth};
use axum::extract::{Json, Path, State};
use serde::{Deserialize, Serialize};

pub(crate) fn router(auth: Auth) -> axum::Router {
    Router::new()
        .route("/public", get(public))
        .route("/whoami", get(whoami))
        .route("/optional", get(optional))
        .route("/read", get(read))
        .route("/write", post(write))
        .route("/admin", get(admin))
        .route("/either", get(either))
        .route("/not", get(not_suspended))
        .route("/owned/{owner}", get(owned))
        .route("/admin-or-owner/{owner}", get(admin_or_owner))
        .route("/gold", get(gold))
        .route("/status", get(status))
        .route_unguarded("/ready", auth.readiness(), "readiness probe")
        .with_state(auth.clone())
        .with_auth(auth)
}

#[allow_anonymous(reason = "health check")]
async fn public() -> &'static str {
    "public\n"
}

#[require_auth]
async fn whoami(caller: Identity) -> Json<Caller> {
    Json(Caller::from(&caller))
}

/// Anonymous requests are accepted. A request with an invalid token is not anonymous: it gets 401.
#[optional_auth]
async fn optional(caller: Option<Identity>) -> Json<Visitor> {
    Json(match caller {
        Some(caller) => Visitor::Caller(Caller::from(&caller)),
        None => Visitor::Anonymous { anonymous: true },
    })
}

#[require_auth(scope = "read")]
async fn read() -> &'static str {
    "read\n"
}

/// A denied request gets 401 or 403 whatever its body is, because the body is not read.
#[require_auth(scope = "write")]
async fn write(Json(entry): Json<Entry>) -> Json<Entry> {
    Json(entry)
}

#[require_auth(role = "admin")]
async fn admin() -> &'static str {
    "admin\n"
}

#[require_auth(any(scope = "a", all(scope = "b", scope = "c")))]
async fn either() -> &'static str {
    "either\n"
}

/// A token without the claim for roles gets 403: it does not prove that the caller lacks the role.
#[require_auth(scope = "read", not(role = "suspended"))]
async fn not_suspended() -> &'static str {
    "not suspended\n"
}

/// With more than one issuer, compare `caller.id()`: subjects are unique only within one.
#[require_auth(check("is the owner") = |caller: Identity, Path(owner): Path<String>| {
    caller.subject() == owner
})]
async fn owned(Path(owner): Path<String>) -> String {
    format!("owned by {owner}\n")
}

/// For an administrator the check does not run.
#[require_auth(any(
    role = "admin",
    check("is the owner") = |caller: Identity, Path(owner): Path<String>| {
        caller.subject() == owner
    }
))]
async fn admin_or_owner(Path(owner): Path<String>) -> String {
    format!("owned by {owner}\n")
}

/// A stronger login, at most five minutes ago. Otherwise the challenge of the 401 says which login is needed.
#[require_auth(acr = "urn:example:gold", max_age = "5m")]
async fn gold() -> &'static str {
    "gold\n"
}

/// Public, because callers cannot log in while an issuer is down. The texts of errors are for administrators
/// only: they name addresses of issuers and stores.
#[optional_auth]
async fn status(State(auth): State<Auth>, caller: Option<Identity>) -> Json<Status> {
    let mut status = auth.status();
    if !caller.is_some_and(|caller| caller.has_role("admin")) {
        let issuers = status.issuers.iter_mut();
        let errors = issuers.map(|issuer| &mut issuer.last_error);
        let list = status.revocation.iter_mut();
        for error in errors.chain(list.map(|list| &mut list.degraded)).flatten() {
            *error = "for admins, and in the log".to_owned();
        }
    }
    Json(status)
}

#[derive(Serialize)]
struct Caller {
    subject: String,
    issuer: String,
    scheme: &'static str,
    scopes: Vec<String>,
    roles: Vec<String>,
}

impl From<&Identity> for Caller {
    fn from(caller: &Identity) -> Self {
        Self {
            subject: caller.subject().to_owned(),
            issuer: caller.issuer().to_owned(),
            scheme: caller.scheme().as_str(),
            scopes: caller.scopes().iter().map(str::to_owned).collect(),
            roles: caller.roles().map(str::to_owned).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Visitor {
    Caller(Caller),
    Anonymous { anonymous: bool },
}

#[derive(Deserialize, Serialize)]
struct Entry {
    n: i64,
}
