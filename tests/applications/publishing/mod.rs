//! A publishing API: articles, comments, profiles, followers and favorites. Its routes are those of the `RealWorld`
//! specification, without timestamps.

mod articles;
mod auth;
mod comments;
mod database;
mod profiles;
#[cfg(test)]
mod tests;
mod users;
mod views;

use auth_runtime::Router;
use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::routing::{delete, get, post};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use self::auth::{Passwords, Tokens};
use self::database::Database;

#[derive(Clone)]
struct App {
    database: Database,
    passwords: Passwords,
    tokens: Tokens,
}

/// Why a request fails.
enum ApiError {
    Invalid(&'static str),
    NotFound,
    Authentication(AuthenticationError),
    Failed,
}

type ApiResult = Result<Json<Value>, ApiError>;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(reason) => {
                let body = json!({ "errors": { "body": [reason] } });
                (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
            }
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Authentication(error) => error.into_response(),
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

impl From<AuthenticationError> for ApiError {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Credentials => Self::Invalid("email or password is invalid"),
            other => Self::Authentication(other),
        }
    }
}

fn routes() -> Router<App> {
    let routes = Router::new()
        .route("/users", post(users::register))
        .route("/users/login", post(auth::log_in))
        .route("/user", get(users::show).put(users::update))
        .route("/profiles/{username}", get(profiles::show))
        .route(
            "/profiles/{username}/follow",
            post(profiles::follow).delete(profiles::unfollow),
        )
        .route("/articles", get(articles::list).post(articles::create))
        .route("/articles/feed", get(articles::feed))
        .route(
            "/articles/{slug}",
            get(articles::show)
                .put(articles::update)
                .delete(articles::delete),
        )
        .route(
            "/articles/{slug}/favorite",
            post(articles::favorite).delete(articles::unfavorite),
        )
        .route(
            "/articles/{slug}/comments",
            get(comments::list).post(comments::create),
        )
        .route("/articles/{slug}/comments/{id}", delete(comments::delete))
        .route("/tags", get(articles::tags));
    Router::new().nest("/api", routes)
}
