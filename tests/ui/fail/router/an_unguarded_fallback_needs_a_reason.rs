use auth_runtime::Router;

async fn not_found() {}

fn main() {
    let _: Router = Router::new().fallback_unguarded(not_found);
}
