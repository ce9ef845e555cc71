use auth_runtime::{require_auth, routing::get};
use utoipa_axum::router::OpenApiRouter;

#[require_auth(scope = "orders:read")]
#[utoipa::path(get, path = "/orders", responses((status = 200)))]
async fn list_orders() {}

fn main() {
    let _ = OpenApiRouter::new().route("/orders", get(list_orders));
}
