//! Comments on articles.

use auth_runtime::{Caller, optional_auth, require_auth};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::CanDeleteComment;
use super::database::{Comment, User};
use super::{ApiError, ApiResult, App, views};

#[optional_auth]
pub(super) async fn list(
    caller: Option<Caller<User>>,
    State(app): State<App>,
    Path(slug): Path<String>,
) -> ApiResult {
    let tables = app.database.tables();
    let article = tables.article(&slug).ok_or(ApiError::NotFound)?.id;
    let viewer = caller.map(|Caller(user)| user.id);
    let comments = tables.comments.values();
    let comments: Vec<_> = comments
        .filter(|comment| comment.article == article)
        .map(|comment| views::comment(&tables, comment, viewer))
        .collect();
    Ok(Json(json!({ "comments": comments })))
}

#[derive(Deserialize)]
pub(super) struct Creation {
    comment: NewComment,
}

#[derive(Deserialize)]
struct NewComment {
    body: String,
}

#[require_auth]
pub(super) async fn create(
    Caller(caller): Caller<User>,
    State(app): State<App>,
    Path(slug): Path<String>,
    Json(Creation { comment: new }): Json<Creation>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let mut tables = app.database.tables();
    let comment = Comment {
        article: tables.article(&slug).ok_or(ApiError::NotFound)?.id,
        id: tables.new_id(),
        author: caller.id,
        body: new.body,
    };
    let view = views::comment(&tables, &comment, Some(caller.id));
    tables.comments.insert(comment.id, comment);
    Ok((StatusCode::CREATED, Json(json!({ "comment": view }))))
}

#[require_auth(policy = CanDeleteComment)]
pub(super) async fn delete(
    State(app): State<App>,
    Path((slug, id)): Path<(String, u64)>,
) -> Result<StatusCode, ApiError> {
    let comment = app.database.comment(&slug, id).ok_or(ApiError::NotFound)?;
    app.database.tables().comments.remove(&comment.id);
    Ok(StatusCode::NO_CONTENT)
}
