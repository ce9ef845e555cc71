//! HMAC secrets, and the values that are refused as secrets.

use zeroize::Zeroizing;

use super::fault::KeyProblem;
use super::key_material::KeyMaterial;
use super::spki;

const PEM: &[u8] = b"-----BEGIN";

/// # Errors
///
/// The octets are a key document or a public key.
pub(super) fn hmac_secret(octets: Zeroizing<Vec<u8>>) -> Result<KeyMaterial, KeyProblem> {
    // A public key is not secret.
    if octets.windows(PEM.len()).any(|window| window == PEM) {
        return Err(KeyProblem::PemAsSecret);
    }
    if is_key_document(&octets) {
        return Err(KeyProblem::KeyAsSecret);
    }
    // The minimum length depends on the algorithms, which are not known here.
    Ok(KeyMaterial::Secret(octets))
}

/// Whether these are the octets of a JWK, a JWK set or a DER public key.
fn is_key_document(octets: &[u8]) -> bool {
    let json: Option<serde_json::Value> = serde_json::from_slice(octets).ok();
    json.is_some_and(|json| json.get("kty").is_some() || json.get("keys").is_some())
        || spki::parse_der(octets).is_ok()
}
