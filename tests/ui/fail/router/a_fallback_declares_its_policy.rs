use auth_runtime::Router;

async fn not_found() {}

fn main() {
    let _: Router = Router::new().fallback(not_found);
}
