//! A to-do list for each user, as axum's example `todos`. The tokens are those of an identity provider.

mod auth;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use auth_runtime::routing::{get, patch};
use auth_runtime::{Caller, Checked, Router, require_auth};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use self::auth::{User, owns_todo};

#[derive(Clone, Serialize)]
struct Todo {
    id: u64,
    #[serde(skip)]
    owner: u64,
    text: String,
    completed: bool,
}

/// All to-dos. In production this is a table.
#[derive(Clone, Default)]
struct Todos(Arc<Mutex<BTreeMap<u64, Todo>>>);

impl Todos {
    fn find(&self, id: u64) -> Option<Todo> {
        self.0.lock().unwrap().get(&id).cloned()
    }

    fn of(&self, owner: u64) -> Vec<Todo> {
        let todos = self.0.lock().unwrap();
        let own = todos.values().filter(|todo| todo.owner == owner);
        own.cloned().collect()
    }

    fn add(&self, owner: u64, text: String) -> Todo {
        let mut todos = self.0.lock().unwrap();
        let id = todos.last_key_value().map_or(1, |(last, _)| last + 1);
        let todo = Todo {
            id,
            owner,
            text,
            completed: false,
        };
        todos.insert(id, todo.clone());
        todo
    }

    fn put(&self, todo: Todo) {
        self.0.lock().unwrap().insert(todo.id, todo);
    }

    fn remove(&self, id: u64) {
        self.0.lock().unwrap().remove(&id);
    }
}

#[require_auth]
async fn list(Caller(user): Caller<User>, State(todos): State<Todos>) -> Json<Vec<Todo>> {
    Json(todos.of(user.id))
}

#[derive(Deserialize)]
struct NewTodo {
    text: String,
}

#[require_auth]
async fn create(
    Caller(user): Caller<User>,
    State(todos): State<Todos>,
    Json(new): Json<NewTodo>,
) -> (StatusCode, Json<Todo>) {
    (StatusCode::CREATED, Json(todos.add(user.id, new.text)))
}

#[derive(Deserialize)]
struct Changes {
    text: Option<String>,
    completed: Option<bool>,
}

#[require_auth(check = owns_todo, hide)]
async fn change(
    Checked(mut todo): Checked<Todo>,
    State(todos): State<Todos>,
    Json(changes): Json<Changes>,
) -> Json<Todo> {
    todo.text = changes.text.unwrap_or(todo.text);
    todo.completed = changes.completed.unwrap_or(todo.completed);
    todos.put(todo.clone());
    Json(todo)
}

#[require_auth(check = owns_todo, hide)]
async fn delete(Checked(todo): Checked<Todo>, State(todos): State<Todos>) -> StatusCode {
    todos.remove(todo.id);
    StatusCode::NO_CONTENT
}

fn routes() -> Router<Todos> {
    Router::new()
        .route("/todos", get(list).post(create))
        .route("/todos/{id}", patch(change).delete(delete))
}
