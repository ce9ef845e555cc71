//! Profiles and followers.

use auth_runtime::{Caller, optional_auth, require_auth};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::json;

use super::database::{Tables, User};
use super::{ApiError, ApiResult, App, views};

fn respond(tables: &Tables, username: &str, viewer: Option<u64>) -> ApiResult {
    let user = tables.user_by(|user| user.username == username);
    let user = user.ok_or(ApiError::NotFound)?;
    Ok(Json(
        json!({ "profile": views::profile(tables, user, viewer) }),
    ))
}

#[optional_auth]
pub(super) async fn show(
    caller: Option<Caller<User>>,
    State(app): State<App>,
    Path(username): Path<String>,
) -> ApiResult {
    let viewer = caller.map(|Caller(user)| user.id);
    respond(&app.database.tables(), &username, viewer)
}

#[require_auth]
pub(super) async fn follow(
    Caller(caller): Caller<User>,
    State(app): State<App>,
    Path(username): Path<String>,
) -> ApiResult {
    let mut tables = app.database.tables();
    let followed = tables.user_by(|user| user.username == username);
    let followed = followed.ok_or(ApiError::NotFound)?.id;
    tables.follows.insert((caller.id, followed));
    respond(&tables, &username, Some(caller.id))
}

#[require_auth]
pub(super) async fn unfollow(
    Caller(caller): Caller<User>,
    State(app): State<App>,
    Path(username): Path<String>,
) -> ApiResult {
    let mut tables = app.database.tables();
    let followed = tables.user_by(|user| user.username == username);
    let followed = followed.ok_or(ApiError::NotFound)?.id;
    tables.follows.remove(&(caller.id, followed));
    respond(&tables, &username, Some(caller.id))
}
