use auth_runtime::{Checked, Identity, check};
use axum::{Json, body::Bytes};

#[check]
async fn owns(_caller: &Identity, _order: Json<u32>, _body: Option<Bytes>, _checked: Checked<u32>) -> bool {
    true
}

fn main() {}
