//! The secrets of the clients, and their tokens.

use auth_runtime::keys::HmacSecret;
use auth_runtime::token_issuer::{TokenError, TokenResponse};
use auth_runtime::users::{PasswordHashing, User, UserStore};
use auth_runtime::{Auth, Basic, BoxError, Identity, TokenIssuer, require_auth};
use axum::extract::State;
use serde::Deserialize;

use super::{Clients, Service};

pub(super) const NAME: &str = "https://tokens.example";

pub(super) type Issuer = TokenIssuer<HmacSecret>;

pub(super) fn issuer(secret: &str) -> Result<Issuer, BoxError> {
    let issuer = TokenIssuer::builder(NAME, HmacSecret::new(secret)).audience(NAME);
    Ok(issuer.build()?)
}

pub(super) fn auth(
    issuer: &Issuer,
    clients: Clients,
    hashing: PasswordHashing,
) -> Result<Auth, BoxError> {
    let secrets = Basic::users(clients).hashing(hashing);
    let auth = Auth::builder().bearer(issuer.jwt()).basic(secrets);
    Ok(auth.build()?)
}

impl UserStore for Clients {
    async fn find(&self, id: &str) -> Result<Option<User>, BoxError> {
        let row = self.0.get(id);
        Ok(row.map(|row| User::new(&row.secret_hash)))
    }
}

/// The claims of a token.
#[derive(Deserialize)]
pub(super) struct Client {
    pub(super) sub: String,
    pub(super) company: String,
}

/// The client sends its id and its secret in `Authorization` (RFC 6749 section 2.3.1).
#[require_auth(scheme = "basic")]
pub(super) async fn authorize(
    client: Identity,
    State(service): State<Service>,
) -> Result<TokenResponse, TokenError> {
    let id = client.subject();
    let company = service.clients.0.get(id).map(|row| &row.company);
    let token = service.issuer.token(id).claim("company", company);
    token.token_response()
}
