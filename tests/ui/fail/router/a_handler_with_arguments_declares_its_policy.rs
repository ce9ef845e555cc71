use auth_runtime::{Router, routing::get};
use axum::{
    Json,
    extract::{Path, State},
};

async fn show_order(_: State<u8>, _: Path<u32>, body: Json<String>) -> String {
    body.0
}

fn main() {
    let _: Router<u8> = Router::new().route("/orders/{id}", get(show_order));
}
