use auth_runtime::Router;

async fn not_allowed() {}

fn main() {
    let _: Router = Router::new().method_not_allowed_fallback(not_allowed);
}
