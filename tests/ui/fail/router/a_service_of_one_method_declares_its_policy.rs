use std::convert::Infallible;

use auth_runtime::{Router, routing::get_service};
use axum::{extract::Request, response::Response};
use tower::service_fn;

async fn answer(_: Request) -> Result<Response, Infallible> {
    Ok(Response::default())
}

fn main() {
    let _: Router = Router::new().route("/files", get_service(service_fn(answer)));
}
