//! A token endpoint for machines, as axum's example `jwt`: a client gets a token for its id and its secret.

mod auth;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use auth_runtime::routing::{get, post};
use auth_runtime::{Claims, Router, require_auth};

use self::auth::{Client, Issuer};

/// The clients. In production this is a table.
#[derive(Clone)]
struct Clients(Arc<HashMap<String, ClientRow>>);

struct ClientRow {
    secret_hash: String,
    company: String,
}

#[derive(Clone)]
struct Service {
    clients: Clients,
    issuer: Issuer,
}

#[require_auth(scheme = "bearer")]
async fn protected(Claims(client): Claims<Client>) -> String {
    format!("Welcome, {} of {}", client.sub, client.company)
}

fn routes() -> Router<Service> {
    Router::new()
        .route("/authorize", post(auth::authorize))
        .route("/protected", get(protected))
}
