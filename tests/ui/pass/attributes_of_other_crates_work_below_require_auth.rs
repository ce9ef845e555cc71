//! Attributes of other crates below `#[require_auth]` work as on any handler.

#![deny(warnings)]

use auth_runtime::{Identity, require_auth};
use axum::{
    Router, debug_handler,
    extract::{FromRef, Path, State},
    routing::get,
};
use tracing::instrument;

#[derive(Clone)]
struct App {
    db: Db,
}

#[derive(Clone)]
struct Db;

impl Db {
    async fn owner(&self, _: &str) -> Result<String, std::io::Error> {
        Ok("alice".to_owned())
    }
}

impl FromRef<App> for Db {
    fn from_ref(app: &App) -> Self {
        app.db.clone()
    }
}

#[require_auth(scope = "a")]
#[debug_handler]
async fn debugged(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(check = |caller: Identity, State(db): State<Db>, Path(id): Path<String>| {
    db.owner(&id).await? == caller.subject()
})]
#[debug_handler(state = App)]
async fn debugged_with_state(Path(id): Path<String>) -> String {
    id
}

#[require_auth(scope = "a")]
#[instrument(skip_all, fields(subject = caller.subject()))]
async fn instrumented(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// Shows one.
#[require_auth(scope = "a")]
#[utoipa::path(get, path = "/documented/{id}", params(("id" = String, Path)), responses((status = 200)))]
async fn documented(Path(id): Path<String>) -> String {
    id
}

#[require_auth(any(scope = "a", check = |State(_): State<Db>| true))]
#[debug_handler(state = App)]
#[instrument]
#[utoipa::path(get, path = "/all", responses((status = 200)))]
#[allow(clippy::unused_async)]
async fn all_of_them() {}

#[derive(utoipa::OpenApi)]
#[openapi(paths(documented, all_of_them))]
struct Documentation;

fn main() {
    let _: Router = Router::new()
        .route("/debugged", get(debugged))
        .route("/state/{id}", get(debugged_with_state))
        .route("/instrumented", get(instrumented))
        .route("/documented/{id}", get(documented))
        .route("/all", get(all_of_them))
        .with_state(App { db: Db });

    let documentation = <Documentation as utoipa::OpenApi>::openapi();
    let path = &documentation.paths.paths["/documented/{id}"];
    let parameters = path.get.as_ref().and_then(|get| get.parameters.as_ref());
    assert_eq!(
        parameters.map(Vec::len),
        Some(1),
        "the guard is not a parameter"
    );
}
