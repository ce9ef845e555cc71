use std::future::{Ready, ready};

use auth_runtime::{Guard, Router, policy, routing::get};
use axum::{extract::Request, handler::Handler, response::{IntoResponse, Response}};

#[policy(role = "staff")]
struct Staff;

struct Bypass;

impl Handler<Bypass, ()> for fn(Guard<Staff>) -> &'static str {
    type Future = Ready<Response>;

    fn call(self, _: Request, _: ()) -> Self::Future {
        ready("secret".into_response())
    }
}

fn main() {
    let handler: fn(Guard<Staff>) -> &'static str = |_| "guarded";
    let _: Router = Router::new().route("/", get::<_, Bypass, ()>(handler));
}
