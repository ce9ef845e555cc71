//! The caller, and who owns a to-do.

use auth_runtime::fetch::Fetch;
use auth_runtime::{
    Allowed, Auth, BoxError, Caller, CheckError, FromIdentity, Identity, Jwt, check,
};
use axum::extract::{Path, State};

use super::{Todo, Todos};

/// `fetch` gets the keys of the identity provider: the `HttpClient`.
pub(super) fn auth(fetch: impl Fetch) -> Result<Auth, BoxError> {
    let tokens = Jwt::oidc("https://id.example").audience("https://todos.example");
    Ok(Auth::builder().fetch(fetch).bearer(tokens).build()?)
}

#[derive(Clone)]
pub(super) struct User {
    pub(super) id: u64,
}

impl<S: Sync> FromIdentity<S> for User {
    async fn from_identity(identity: Identity, _: &S) -> Result<Self, CheckError> {
        Ok(Self {
            id: identity.subject_as()?,
        })
    }
}

#[check]
pub(super) async fn owns_todo(
    Caller(user): Caller<User>,
    State(todos): State<Todos>,
    Path(id): Path<u64>,
) -> Result<Allowed<Todo>, CheckError> {
    let todo = todos.find(id).ok_or_else(CheckError::not_found)?;
    Ok(Allowed::when(todo.owner == user.id, todo))
}
