//! The kinds of credentials that the same API can be run with. Only what is in these files differs.

mod api_key;
mod basic;
mod bearer;
mod gateway;

use auth_runtime::{Auth, BoxError};

/// Whose word the callers' names are: the same for all kinds, so that an order is its owner's
/// however they log in.
pub(crate) const ISSUER: &str = "https://issuer.example";

/// One kind, set up, with credentials for its callers.
pub(crate) struct Kind {
    pub(crate) auth: Auth,
    /// May read orders.
    pub(crate) alice: Credential,
    /// Is the support and may write orders.
    pub(crate) bob: Credential,
    /// A credential that is not good.
    pub(crate) bad: Bad,
    /// What asks for this kind.
    pub(crate) challenge: &'static str,
    /// Whether the challenge says what is wrong and which scopes to ask for.
    pub(crate) explains: bool,
}

/// What a caller sends.
pub(crate) struct Credential {
    /// A name for the shell, such as `ALICE`.
    pub(crate) variable: &'static str,
    pub(crate) value: String,
    /// The header field that it makes.
    pub(crate) header: String,
    /// The argument of curl, with `{}` where the variable goes.
    pub(crate) curl: &'static str,
}

pub(crate) struct Bad {
    pub(crate) credential: Credential,
    /// What the challenge says, if it explains.
    pub(crate) description: &'static str,
}

/// The names by which they are asked for on the command line.
pub(crate) const NAMES: &str = "bearer, basic, api-key, gateway";

/// The kind with this name; `None` if there is none.
pub(crate) async fn find(name: &str) -> Result<Option<Kind>, BoxError> {
    Ok(Some(match name {
        "bearer" => bearer::kind()?,
        "basic" => basic::kind()?,
        "api-key" => api_key::kind().await?,
        "gateway" => gateway::kind()?,
        _ => return Ok(None),
    }))
}
