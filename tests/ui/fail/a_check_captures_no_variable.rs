use auth_runtime::{Identity, require_auth};
use axum::extract::Path;

#[require_auth(check = |caller: Identity| caller.subject() == owner)]
async fn handler(Path(owner): Path<String>) -> String {
    owner
}

fn main() {}
