use auth_runtime::{Identity, require_auth};
use axum::extract::State;

#[require_auth(check = |caller: &Identity| caller.subject() == "alice")]
async fn handler() {}

#[require_auth(check = |State(names): State<&Vec<String>>| names.is_empty())]
async fn another() {}

fn main() {}
