//! Registration and the current user.

use auth_runtime::{BearerToken, Caller, allow_anonymous, require_auth};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::database::User;
use super::{ApiError, ApiResult, App};

const TAKEN: ApiError = ApiError::Invalid("username or email is taken");

/// The current user with a token.
pub(super) fn view(user: &User, token: &str) -> Value {
    json!({
        "user": {
            "email": user.email,
            "token": token,
            "username": user.username,
            "bio": user.bio,
            "image": user.image,
        }
    })
}

#[derive(Deserialize)]
pub(super) struct Registration {
    user: NewUser,
}

#[derive(Deserialize)]
struct NewUser {
    username: String,
    email: String,
    password: String,
}

#[allow_anonymous(reason = "registration")]
pub(super) async fn register(
    State(app): State<App>,
    Json(Registration { user: new }): Json<Registration>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let password_hash = app.passwords.hash(new.password).await?;
    let user = {
        let mut tables = app.database.tables();
        let user = User {
            id: tables.new_id(),
            email: new.email,
            username: new.username,
            bio: String::new(),
            image: None,
            password_hash,
            roles: Vec::new(),
        };
        if !tables.put_user(user.clone()) {
            return Err(TAKEN);
        }
        user
    };
    Ok((StatusCode::CREATED, Json(view(&user, &app.token(&user)?))))
}

#[require_auth]
pub(super) async fn show(Caller(user): Caller<User>, token: BearerToken) -> Json<Value> {
    Json(view(&user, token.reveal()))
}

#[derive(Deserialize)]
pub(super) struct Update {
    user: Changes,
}

#[derive(Deserialize)]
struct Changes {
    email: Option<String>,
    username: Option<String>,
    password: Option<String>,
    bio: Option<String>,
    image: Option<String>,
}

#[require_auth]
pub(super) async fn update(
    Caller(mut user): Caller<User>,
    State(app): State<App>,
    token: BearerToken,
    Json(Update { user: changes }): Json<Update>,
) -> ApiResult {
    if let Some(password) = changes.password {
        user.password_hash = app.passwords.hash(password).await?;
    }
    user.email = changes.email.unwrap_or(user.email);
    user.username = changes.username.unwrap_or(user.username);
    user.bio = changes.bio.unwrap_or(user.bio);
    user.image = changes.image.or(user.image);
    if !app.database.tables().put_user(user.clone()) {
        return Err(TAKEN);
    }
    Ok(Json(view(&user, token.reveal())))
}
