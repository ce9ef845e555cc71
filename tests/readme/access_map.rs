use auth_runtime::{Router, allow_anonymous, require_auth, routing::get};

#[allow_anonymous(reason = "health probe")]
async fn health() {}

#[require_auth(scope = "orders:read")]
async fn list_orders() {}

#[require_auth(scope = "orders:write", not(role = "trial"))]
async fn create_order() {}

fn routes() -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/orders", get(list_orders).post(create_order))
}

#[test]
fn the_access_map_matches_the_reviewed_one() {
    let map = routes().access_map().to_string();
    assert_eq!(map, include_str!("access_map.txt"), "\n{map}");
}
