use auth_runtime::{Router, check, policy, require_auth, routing::get};
use axum::extract::State;

#[derive(Clone)]
struct Db;

#[check]
async fn is_open(State(_): State<Db>) -> bool {
    true
}

#[policy(check = is_open)]
struct DuringOpeningHours;

#[require_auth(policy = DuringOpeningHours)]
async fn handler() {}

#[require_auth]
async fn other() {}

fn routes() -> Router<String> {
    Router::new().route("/", get(handler))
}

fn required() -> Router<String> {
    Router::new().route("/", get(other)).require::<DuringOpeningHours>()
}

fn main() {}
