//! Keys that sign: for [`jsonwebtoken_provider`](super::jsonwebtoken_provider), for
//! [`TokenIssuer`](crate::TokenIssuer), and for issuers in tests.

mod file;
mod generate;
mod issuer_keys;
mod key_signer;
mod private_jwk;
mod public_jwk;
mod signing_key;

pub(crate) use self::generate::random_octets;
pub use self::issuer_keys::IssuerKey;
pub(crate) use self::issuer_keys::IssuerKeys;
pub(crate) use self::key_signer::KeySigner;
pub use self::signing_key::{HmacSecret, SigningKey};
