use auth_runtime::{check, require_auth};
use axum::extract::State;

#[check]
async fn is_open<T: Clone + Send + Sync>(State(_): State<T>) -> bool {
    true
}

#[require_auth(check = is_open::<T>)]
async fn handler<T: Clone + Send + Sync>() {}

fn main() {}
