//! The signing key, in two files.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use auth_runtime::BoxError;
use auth_runtime::testing::Issuer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use pem::Pem;

/// The `kid` of the key set and of tokens.
const KEY_ID: &str = "development";

/// Creates a key, and writes its public half and its private key.
pub(crate) fn create(public: &Path, private: &Path) -> Result<(), BoxError> {
    for path in [public, private] {
        if path.exists() {
            return Err(format!("{} exists, and is not overwritten", path.display()).into());
        }
    }
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())?;
    let pem = pem::encode(&Pem::new("PRIVATE KEY", key.as_ref()));

    // Only its owner can read it.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let described = |path: &Path, error| format!("{}: {error}", path.display());
    let mut file = options
        .open(private)
        .map_err(|error| described(private, error))?;
    file.write_all(pem.as_bytes())?;

    // A key set names neither the issuer nor the audience.
    let keys = Issuer::with_pem("", "", &pem).key_id(KEY_ID).jwks();
    let mut file = File::create_new(public).map_err(|error| described(public, error))?;
    file.write_all((keys + "\n").as_bytes())?;
    Ok(())
}

/// An issuer that signs with the private key in this file.
pub(crate) fn issuer(path: &Path, name: &str, audience: &str) -> Result<Issuer, BoxError> {
    let described = |error: BoxError| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| described(error.into()))?;
    // `Issuer` panics if it is another kind of key.
    let key = pem::parse(&text).map_err(|error| described(error.into()))?;
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.contents())
        .map_err(|_| described("not a private key that `token keys` created".into()))?;
    Ok(Issuer::with_pem(name, audience, text).key_id(KEY_ID))
}
