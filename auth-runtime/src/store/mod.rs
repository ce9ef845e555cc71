//! What outlives a request: the users and the API keys that an application keeps.
//!
//! A store answers questions and changes rows. What an answer is worth, who may have it cached and
//! for how long, is decided by the authenticators.

mod api_keys;
mod error;
mod users;

pub use api_keys::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore};
pub use error::StoreError;
pub use users::{User, UserStore};
#[cfg(feature = "basic")]
pub use users::{UserFile, Users};
