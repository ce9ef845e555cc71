//! Keys made for these tests with `openssl genpkey`. They protect nothing.

/// A private RSA key of 2048 bits, PKCS#8.
pub const RSA_PRIVATE: &str = include_str!("keys/rsa_private.pem");
/// The public half of [`RSA_PRIVATE`].
pub const RSA_PUBLIC: &str = include_str!("keys/rsa_public.pem");
/// A public RSA key of 1024 bits, which is too weak.
pub const RSA_1024_PUBLIC: &str = include_str!("keys/rsa_1024_public.pem");
/// A private key on P-384, PKCS#8.
pub const P384_PRIVATE: &str = include_str!("keys/p384_private.pem");
/// A private Ed25519 key, PKCS#8.
pub const ED25519_PRIVATE: &str = include_str!("keys/ed25519_private.pem");
