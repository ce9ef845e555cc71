//! The pages for browsers: login, the account, its sessions, its API keys and its password. They work without
//! JavaScript.

mod account;
mod date;
mod device;
mod failure;
mod field;
mod keys;
mod layout;
mod log_in;
mod log_out;
mod notice;
mod password;
mod sessions;
#[cfg(test)]
mod tests;

use auth_runtime::routing::{get, post};
use auth_runtime::{ApiKeys, Auth, Basic, Router, Sessions};

pub(crate) use self::failure::render_denial;
use crate::users::ShopUsers;

/// What the pages work with.
#[derive(Clone)]
pub(crate) struct Pages {
    pub(crate) sessions: Sessions,
    /// Verifies passwords, and is used by no route: so no answer makes a browser show its dialog for `Basic`.
    pub(crate) passwords: Auth,
    /// Hashes new passwords.
    pub(crate) basic: Basic,
    pub(crate) users: ShopUsers,
    pub(crate) keys: ApiKeys,
}

pub(crate) const LOG_IN: &str = "/login";
const ACCOUNT: &str = "/settings";

pub(crate) fn routes() -> Router<Pages> {
    let settings = Router::new()
        .route("/", get(account::show))
        .route("/sessions", get(sessions::list))
        .route("/sessions/{id}/end", post(sessions::end_one))
        .route("/keys", get(keys::list).post(keys::create))
        .route("/keys/new", get(keys::ask))
        .route("/keys/{prefix}/revoke", post(keys::revoke))
        .route("/password", get(password::ask).post(password::change));
    Router::new()
        .route(LOG_IN, get(log_in::ask).post(log_in::log_in))
        .route("/logout", post(log_out::log_out))
        .route("/logout/everywhere", post(log_out::log_out_everywhere))
        .nest(ACCOUNT, settings)
}
