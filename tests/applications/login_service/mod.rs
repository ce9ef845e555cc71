//! Users register, log in and manage their account, and administrators manage all accounts.

mod accounts;
mod auth;
#[cfg(test)]
mod tests;

use auth_runtime::routing::{delete, get, post, put};
use auth_runtime::{Identity, Router, allow_anonymous, require_auth};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use self::accounts::Account;
use self::auth::{IsUserOrAdmin, Service};

#[derive(Deserialize)]
struct Registration {
    name: String,
    password: String,
}

#[allow_anonymous(reason = "registration")]
async fn register(
    State(service): State<Service>,
    Json(new): Json<Registration>,
) -> Result<StatusCode, StatusCode> {
    if !auth::is_user_name(&new.name) {
        return Err(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let account = Account {
        password_hash: service.hash(new.password).await?,
        roles: Vec::new(),
    };
    if service.accounts.add(&new.name, account) {
        Ok(StatusCode::CREATED)
    } else {
        Err(StatusCode::CONFLICT)
    }
}

fn view(name: &str, account: &Account) -> Value {
    json!({ "name": name, "roles": account.roles })
}

#[require_auth]
async fn me(caller: Identity, State(service): State<Service>) -> Result<Json<Value>, StatusCode> {
    let account = service.accounts.get(caller.subject());
    let account = account.ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(view(caller.subject(), &account)))
}

#[require_auth(policy = IsUserOrAdmin)]
async fn show_user(
    State(service): State<Service>,
    Path(name): Path<String>,
) -> Result<Json<Value>, StatusCode> {
    let account = service.accounts.get(&name).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(view(&name, &account)))
}

#[require_auth(role = "admin")]
async fn list_users(State(service): State<Service>) -> Json<Vec<Value>> {
    let accounts = service.accounts.all();
    let views = accounts.iter().map(|(name, account)| view(name, account));
    Json(views.collect())
}

/// The next access tokens of the user have these roles.
#[require_auth(role = "admin")]
async fn set_roles(
    State(service): State<Service>,
    Path(name): Path<String>,
    Json(roles): Json<Vec<String>>,
) -> StatusCode {
    if service
        .accounts
        .update(&name, |account| account.roles = roles)
    {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

/// The caller has a password.
fn password_routes() -> Router<Service> {
    Router::new()
        .route("/login", post(auth::log_in))
        .route("/me/password", put(auth::change_password))
}

fn routes() -> Router<Service> {
    Router::new()
        .route("/users", post(register).get(list_users))
        .route("/users/{name}", get(show_user))
        .route("/users/{name}/roles", put(set_roles))
        .route("/users/{name}/logins", delete(auth::log_out_everywhere))
        .route("/me", get(me))
        .route("/refresh", post(auth::refresh))
        .route("/logout", post(auth::log_out))
        .route("/verify", post(auth::verify))
}

fn app(service: Service) -> axum::Router {
    password_routes()
        .bind(service.password_auth.clone())
        .merge(routes())
        .with_state(service.clone())
        .with_auth(service.auth)
}
