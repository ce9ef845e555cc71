//! A placeholder for when no back end is enabled, so that the only error is the
//! `compile_error!` that says what to do.

use jsonwebtoken::jwk::ThumbprintHash;

use super::algorithm::Algorithm;
use super::key_material::{Curve, KeyMaterial};

pub(super) enum Verifier {}

impl Verifier {
    pub(super) fn new(_: Algorithm, _: &KeyMaterial) -> Option<Self> {
        None
    }

    pub(super) fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        match *self {}
    }
}

pub(super) struct Signer;

impl Signer {
    pub(super) fn hmac(_: &[u8]) -> Self {
        Self
    }

    pub(super) fn rsa(_: &[u8]) -> Option<Self> {
        None
    }

    pub(super) fn ec(_: Curve, _: &[u8]) -> Option<Self> {
        None
    }

    pub(super) fn ed25519(_: &[u8]) -> Option<Self> {
        None
    }

    pub(super) fn generate_p256() -> Option<zeroize::Zeroizing<Vec<u8>>> {
        None
    }

    pub(super) fn public_key(&self) -> Option<KeyMaterial> {
        None
    }

    pub(super) fn sign(&self, _: Algorithm, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

pub(super) fn digest(_: &ThumbprintHash, _: &[u8]) -> Option<Vec<u8>> {
    None
}

pub(super) fn fill_random(_: &mut [u8]) -> Option<()> {
    None
}
