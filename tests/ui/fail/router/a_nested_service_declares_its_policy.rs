use std::convert::Infallible;

use auth_runtime::Router;
use axum::{extract::Request, response::Response};
use tower::service_fn;

async fn answer(_: Request) -> Result<Response, Infallible> {
    Ok(Response::default())
}

fn main() {
    let _: Router = Router::new().nest_service("/files", service_fn(answer));
}
