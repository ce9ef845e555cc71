use auth_runtime::{Router, require_auth};
use utoipa_axum::routes;

#[require_auth(scope = "orders:read")]
#[utoipa::path(get, path = "/orders", responses((status = 200)))]
async fn list_orders() {}

fn main() {
    let _: Router = Router::new().routes(routes!(list_orders));
}
