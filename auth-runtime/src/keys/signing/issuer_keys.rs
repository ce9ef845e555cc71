//! The keys of a token issuer: one signs, and all of them verify.

use std::sync::Arc;

use serde_json::json;

use super::key_signer::{KeySigner, SigningError};
use crate::keys::algorithm::Algorithm;
use crate::keys::fault::KeyFault;
use crate::keys::key_set::KeySet;
use crate::keys::source::SourcedKey;

/// A key of a [`TokenIssuer`](crate::TokenIssuer): [`SigningKey`](crate::keys::SigningKey) or
/// [`HmacSecret`](crate::keys::HmacSecret).
///
/// All keys of an issuer have one type, because a token must not be able to choose between a public key and a
/// secret. It can't be implemented outside of this crate.
pub trait IssuerKey: Unloaded {}

/// A configured key.
pub trait Unloaded: Send + Sync + 'static {
    /// Reads and parses the key; `number` counts the keys of the issuer from one.
    ///
    /// # Errors
    ///
    /// The key can't be read or used.
    fn load(self, number: usize) -> Result<LoadedKey, KeyFault>;
}

/// A key with everything that its tokens need.
pub struct LoadedKey {
    /// For messages.
    pub(super) place: String,
    pub(super) signer: KeySigner,
    pub(super) algorithm: Algorithm,
    pub(super) id: String,
}

/// Parsed keys that belong together.
pub(crate) struct IssuerKeys {
    signing: LoadedKey,
    /// Verifies the tokens of all keys, each with its algorithm only.
    verification: Arc<KeySet>,
    jwks: String,
}

impl IssuerKeys {
    /// # Errors
    ///
    /// All faults, each with its key.
    pub(crate) fn load<K: IssuerKey>(signing: K, others: Vec<K>) -> Result<Self, Vec<KeyFault>> {
        let mut faults = Vec::new();
        let mut loaded = Vec::new();
        for (key, number) in [signing].into_iter().chain(others).zip(1..) {
            match key.load(number) {
                Ok(key) => loaded.push(key),
                Err(fault) => faults.push(fault),
            }
        }
        let sourced = loaded.iter().filter_map(LoadedKey::sourced).collect();
        let verification = KeySet::of(sourced).unwrap_or_else(|found| {
            faults.extend(found);
            KeySet::default()
        });
        let jwks = jwks(&loaded);
        match loaded.into_iter().next() {
            Some(signing) if faults.is_empty() => Ok(Self {
                signing,
                verification: Arc::new(verification),
                jwks,
            }),
            _ => Err(faults),
        }
    }

    /// A JWT with this `typ` and this payload.
    pub(crate) fn sign(&self, media_type: &str, payload: &str) -> Result<String, SigningError> {
        let LoadedKey {
            signer,
            algorithm,
            id,
            ..
        } = &self.signing;
        let header = json!({ "alg": algorithm.name(), "typ": media_type, "kid": id });
        signer.sign_compact(*algorithm, &header.to_string(), payload)
    }

    pub(crate) fn verification(&self) -> &Arc<KeySet> {
        &self.verification
    }

    /// The public keys as a JWK Set (RFC 7517 section 5), the signing one first. It never contains a secret.
    pub(crate) fn jwks(&self) -> &str {
        &self.jwks
    }
}

impl LoadedKey {
    fn sourced(&self) -> Option<SourcedKey> {
        Some(SourcedKey {
            place: self.place.clone(),
            material: self.signer.copy_verification()?,
            id: Some(self.id.clone()),
            algorithm: Some(self.algorithm),
        })
    }
}

fn jwks(keys: &[LoadedKey]) -> String {
    let mut published = Vec::new();
    for key in keys {
        let Some(mut jwk) = key.signer.public_jwk() else {
            continue;
        };
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".to_owned(), json!(key.id));
            members.insert("use".to_owned(), json!("sig"));
            members.insert("alg".to_owned(), json!(key.algorithm.name()));
        }
        // A key may be configured twice.
        if !published.contains(&jwk) {
            published.push(jwk);
        }
    }
    json!({ "keys": published }).to_string()
}
