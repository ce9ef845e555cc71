//! A router of axum compiles with the imports of this crate, if its handlers have attributes.

#![deny(warnings)]

macro_rules! program {
    ($name:ident, $library:ident) => {
        mod $name {
            use auth_runtime::require_auth;
            use axum::{
                Extension, Json,
                extract::{Path, State},
                http::StatusCode,
            };
            use $library::{
                Router,
                routing::{MethodRouter, any, get, post},
            };

            #[require_auth(scope = "orders:read")]
            async fn list_orders(State(orders): State<Vec<u32>>) -> Json<Vec<u32>> {
                Json(orders)
            }

            #[require_auth(scope = "orders:write")]
            async fn create_order(Json(order): Json<u32>) -> (StatusCode, Json<u32>) {
                (StatusCode::CREATED, Json(order))
            }

            #[require_auth]
            async fn show_order(Path(id): Path<u32>) -> String {
                id.to_string()
            }

            #[require_auth]
            async fn not_found() -> StatusCode {
                StatusCode::NOT_FOUND
            }

            fn order() -> MethodRouter<Vec<u32>> {
                get(show_order).layer(Extension("one"))
            }

            pub fn routes() -> Router {
                let orders = Router::new()
                    .route("/", get(list_orders).post(create_order))
                    .route("/{id}", order())
                    .route_layer(Extension("all"));
                let more = Router::default().route("/recent", any(list_orders));
                Router::new()
                    .nest("/orders", orders)
                    .merge(more)
                    .route("/import", post(create_order))
                    .fallback(not_found)
                    .layer(Extension("every"))
                    .with_state(vec![1, 2])
            }
        }
    };
}

program!(before, axum);
program!(after, auth_runtime);

fn main() {
    assert!(before::routes().has_routes());
    assert!(after::routes().has_routes());
}
