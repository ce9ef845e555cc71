//! The same handler without a guard, with which every other row is compared.

use auth_runtime::keys::Algorithm;

use super::Served;
use crate::app::App;
use crate::application::{bearer, issuer, token};

pub(super) fn axum(algorithm: Algorithm) -> Served {
    served(App::Axum(router()), algorithm)
}

pub(super) fn router() -> axum::Router {
    axum::Router::new().route("/", axum::routing::get(handler))
}

/// For crates that need this version.
pub(super) fn axum_0_7(algorithm: Algorithm) -> Served {
    let router = axum_0_7::Router::new().route("/", axum_0_7::routing::get(handler));
    served(App::Axum07(router), algorithm)
}

fn served(app: App, algorithm: Algorithm) -> Served {
    let token = token(&issuer(algorithm)).sign();
    Served::repeating(app, bearer(&token))
}

pub(super) async fn handler() -> &'static str {
    "orders"
}
