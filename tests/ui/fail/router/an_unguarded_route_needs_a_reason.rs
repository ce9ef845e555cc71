use auth_runtime::Router;

fn main() {
    let _: Router = Router::new().route_unguarded("/robots.txt", axum::routing::get("Disallow: /"));
}
