use auth_runtime::{Identity, check};
use axum::extract::{FromRequestParts, State};

#[check]
async fn owns<'a>(_caller: Identity, _db: State<&'a str>) -> bool {
    true
}

#[check]
async fn is_open(_hours: impl FromRequestParts<()>) -> bool {
    true
}

fn main() {}
