use auth_runtime::{Guard, Policy, Router, routing::get};

fn status_page<P: Policy + 'static>() -> Router {
    Router::new().route("/status", get(|_: Guard<P>| async { "up" }))
}

fn main() {}
