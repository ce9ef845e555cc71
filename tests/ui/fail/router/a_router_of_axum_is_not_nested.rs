use auth_runtime::Router;

fn others() -> axum::Router {
    axum::Router::new()
}

fn main() {
    let _: Router = Router::new().nest("/others", others());
}
