use auth_runtime::Router;

fn files() -> axum::Router {
    axum::Router::new()
}

fn main() {
    let _: Router = Router::new().nest_service("/files", files());
}
