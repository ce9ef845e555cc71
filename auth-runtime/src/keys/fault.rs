//! The faults of configured keys, with messages that say what to do.

use std::fmt;

use super::algorithm::Algorithm;

/// One fault among the configured keys, found when the `Auth` is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFault {
    place: Option<String>,
    problem: KeyProblem,
}

impl KeyFault {
    /// A fault of one key, file or key set.
    pub(super) fn of(place: impl Into<String>, problem: KeyProblem) -> Self {
        Self {
            place: Some(place.into()),
            problem,
        }
    }

    /// A fault of all the keys of one issuer taken together.
    pub(crate) fn of_all(problem: KeyProblem) -> Self {
        Self {
            place: None,
            problem,
        }
    }

    /// Which key, for example `jwks file keys.json, key 2 (kid "a")`; `None`
    /// if the fault is one of all keys together.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &KeyProblem {
        &self.problem
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.problem),
            None => self.problem.fmt(f),
        }
    }
}

impl std::error::Error for KeyFault {}

/// What is wrong with a key, or with all keys of one issuer together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyProblem {
    /// The issuer has no key at all.
    NoKey,
    /// The configured list of algorithms is empty.
    NoAlgorithm,
    /// A file can't be read; holds the error of the operating system.
    UnreadableFile(String),
    /// A new key can't be written to its file; holds the error of the operating system.
    UnwritableFile(String),
    /// Other users of the machine can read the file of a private key.
    #[non_exhaustive]
    ExposedFile {
        /// The permissions of the file, such as `0o644`.
        mode: u32,
    },
    /// The file of a private key belongs to a user who is neither root nor the user of the process.
    #[non_exhaustive]
    FileOfAnotherUser {
        /// The id of the owner.
        owner: u32,
    },
    /// Keys for this algorithm are not generated.
    NotGenerated(Algorithm),
    /// The operating system provided no random octets for a new key.
    NoRandomOctets,
    /// The key can't be parsed; holds the reason, never any key material.
    Malformed(String),
    /// The text is not a JWK set; holds the reason.
    MalformedSet(String),
    /// A JWK set has no key that can verify tokens; holds why each was skipped.
    EmptyKeySet(Vec<String>),
    /// A private key where only the public one is needed.
    PrivateKey,
    /// A JWK with private members where only the public ones are needed.
    PrivateJwk,
    /// An X.509 certificate instead of a key.
    Certificate,
    /// A PEM document was given as an HMAC secret.
    PemAsSecret,
    /// A JWK, a JWK set or a DER public key was given as an HMAC secret.
    KeyAsSecret,
    /// A fetched key set contains a secret.
    PublishedSecret,
    /// A type of key that is not supported; holds its name.
    UnsupportedKeyType(String),
    /// A curve that is not supported; holds its name.
    UnsupportedCurve(String),
    /// The JWK's `alg` is not a supported signature algorithm; holds its name.
    UnsupportedAlgorithm(String),
    /// The JWK's `use` is not `sig`, or its `key_ops` lacks `verify`.
    #[non_exhaustive]
    NotForVerification {
        /// The member that says so.
        member: &'static str,
    },
    /// The JWK's `alg` is for another type of key.
    #[non_exhaustive]
    AlgorithmMismatch {
        /// What the `alg` member says.
        algorithm: Algorithm,
        /// What the key is.
        key: &'static str,
    },
    /// The RSA modulus has fewer than 2048 bits.
    #[non_exhaustive]
    RsaModulusTooShort {
        /// The bits it has.
        bits: usize,
    },
    /// The RSA modulus is longer than the back ends accept.
    #[non_exhaustive]
    RsaModulusTooLong {
        /// The bits it has.
        bits: usize,
        /// The most the back ends accept: 8192.
        limit: usize,
    },
    /// The RSA modulus is even, so it is not a product of two large primes.
    RsaModulusEven,
    /// The RSA modulus has the fingerprint of keys that can be factored (ROCA, CVE-2017-15361).
    RsaModulusRoca,
    /// The RSA public exponent is even, below 3, or longer than 33 bits.
    RsaExponent,
    /// The HMAC secret is shorter than the hash.
    #[non_exhaustive]
    SecretTooShort {
        /// The octets it has.
        octets: usize,
        /// The algorithm it is too short for.
        algorithm: Algorithm,
    },
    /// An elliptic-curve coordinate or point has the wrong length.
    #[non_exhaustive]
    PointLength {
        /// What is wrong: `x`, `y`, or the whole point.
        part: &'static str,
        /// The octets it has.
        octets: usize,
        /// The octets it should have.
        expected: usize,
    },
    /// The point is compressed.
    PointCompressed,
    /// The point is not on its curve.
    #[non_exhaustive]
    PointNotOnCurve {
        /// The curve.
        curve: &'static str,
    },
    /// An Ed25519 key of small order: anyone can make signatures that verify.
    WeakPoint,
    /// The key can't verify any of the configured algorithms.
    #[non_exhaustive]
    Unusable {
        /// What the key can verify.
        key: Vec<Algorithm>,
        /// What is configured.
        configured: Vec<Algorithm>,
    },
    /// A configured algorithm that none of the keys can verify.
    Unserved(Algorithm),
    /// HMAC secrets and public keys together.
    MixedKeyTypes,
    /// Two different keys with one `kid` for one algorithm.
    #[non_exhaustive]
    DuplicateId {
        /// The `kid`.
        id: String,
        /// The algorithm both can verify.
        algorithm: Algorithm,
        /// The key that had the `kid` first.
        first: String,
    },
    /// More keys without a `kid` than are tried for one token.
    #[non_exhaustive]
    TooManyWithoutId {
        /// The algorithm.
        algorithm: Algorithm,
        /// The number of keys.
        keys: usize,
        /// The most there may be.
        limit: usize,
    },
}

impl KeyProblem {
    /// Whether such a key of a JWK set is skipped and not reported. It is meant
    /// for another purpose: RFC 7517 section 5 says to ignore it, and an issuer
    /// that starts to publish one must not break its clients.
    pub(super) fn is_skipped_in_a_set(&self) -> bool {
        matches!(
            self,
            Self::UnsupportedKeyType(_)
                | Self::UnsupportedCurve(_)
                | Self::UnsupportedAlgorithm(_)
                | Self::NotForVerification { .. }
                | Self::Unusable { .. }
        )
    }
}

impl fmt::Display for KeyProblem {
    #[expect(
        clippy::too_many_lines,
        reason = "one message per variant; a table reads best whole"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => f.write_str(
                "no verification key is configured; give the issuer a secret, a public key (PEM, \
                 DER or JWK) or a JWK set",
            ),
            Self::NoAlgorithm => f.write_str(
                "the list of algorithms is empty; name at least one, or leave the list out to \
                 allow what the keys can verify",
            ),
            Self::UnreadableFile(reason) => write!(f, "the file can't be read: {reason}"),
            Self::UnwritableFile(reason) => {
                write!(f, "a new key can't be written to the file: {reason}")
            }
            Self::ExposedFile { mode } => write!(
                f,
                "other users can access the file (mode {mode:o}), so the key may be known to them: \
                 replace the key, or `chmod 600` the file if no other user has read it"
            ),
            Self::FileOfAnotherUser { owner } => write!(
                f,
                "user {owner} owns the file and can replace the key: generate a new key, or `chown` the file to the \
                 user of the service if you trust its content"
            ),
            Self::NotGenerated(algorithm) => write!(
                f,
                "can't generate a key for {algorithm}; create one with `openssl genpkey`, or use \
                 ES256 or EdDSA"
            ),
            Self::NoRandomOctets => {
                f.write_str("the operating system provided no random octets for a new key")
            }
            Self::Malformed(reason) => write!(f, "the key can't be parsed: {reason}"),
            Self::MalformedSet(reason) => write!(f, "this is not a JWK set: {reason}"),
            Self::EmptyKeySet(reasons) if reasons.is_empty() => {
                f.write_str("the key set has no keys")
            }
            Self::EmptyKeySet(reasons) => write!(
                f,
                "the key set has no key that can verify tokens; skipped: {}",
                reasons.join("; ")
            ),
            Self::PrivateKey => f.write_str(
                "this is a private key, and only the public key is needed to verify tokens; \
                 extract it with `openssl pkey -in private.pem -pubout -out public.pem`",
            ),
            Self::PrivateJwk => f.write_str(
                "the JWK contains a private key; remove `d` and the other private members \
                 (RFC 7518 sections 6.2.2 and 6.3.2)",
            ),
            Self::Certificate => f.write_str(
                "this is a certificate, not a key; extract its public key with \
                 `openssl x509 -in certificate.pem -pubkey -noout`",
            ),
            Self::PemAsSecret => {
                f.write_str("this is a PEM document, not a secret; use `Key::pem` for a public key")
            }
            Self::KeyAsSecret => f.write_str(
                "this is a JWK, a JWK set or a DER public key, not a secret; use `Key::jwk`, \
                 `Jwt::jwks` or `Key::der`",
            ),
            Self::PublishedSecret => f.write_str(
                "this is a secret (`oct`), and anyone who can fetch it can sign tokens with it; an \
                 issuer must publish public keys only",
            ),
            Self::UnsupportedKeyType(name) => write!(
                f,
                "keys of type {name} are not supported; use RSA, EC (P-256, P-384), Ed25519 or an \
                 HMAC secret"
            ),
            Self::UnsupportedCurve(name) => f.write_str(&match name.as_str() {
                "P-521" => "the key is on P-521, and ES512 is not supported; use a P-256 (ES256) \
                            or P-384 (ES384) key"
                    .to_owned(),
                "secp256k1" => "the key is on secp256k1, and ES256K is not supported; use a P-256 \
                                (ES256) or P-384 (ES384) key"
                    .to_owned(),
                "X25519" | "X448" => format!("{name} keys encrypt and can't sign; use Ed25519"),
                _ => format!(
                    "the curve {name} is not supported; use P-256 (ES256), P-384 (ES384) or \
                     Ed25519 (EdDSA)"
                ),
            }),
            Self::UnsupportedAlgorithm(name) => {
                write!(
                    f,
                    "`alg` is {name:?}, which is not a supported signature algorithm"
                )?;
                if name == "ES512" {
                    f.write_str("; ES512 is not supported, use ES256 or ES384")?;
                }
                Ok(())
            }
            Self::NotForVerification { member: "use" } => f.write_str(
                "`use` is not \"sig\", so the key does not verify signatures (RFC 7517 section \
                 4.2)",
            ),
            Self::NotForVerification { member } => write!(
                f,
                "`{member}` lacks \"verify\", so the key does not verify signatures (RFC 7517 \
                 section 4.3)"
            ),
            Self::AlgorithmMismatch { algorithm, key } => {
                write!(f, "`alg` is {algorithm}, but the key is {key}")
            }
            Self::RsaModulusTooShort { bits } => write!(
                f,
                "the RSA modulus has {bits} bits; RFC 7518 section 3.3 requires at least 2048"
            ),
            Self::RsaModulusTooLong { bits, limit } => write!(
                f,
                "the RSA modulus has {bits} bits; this cryptography back end accepts at most {limit}"
            ),
            Self::RsaModulusEven => f.write_str("the RSA modulus is even, so this is not an RSA key"),
            Self::RsaModulusRoca => f.write_str(
                "the RSA modulus is of a kind that can be factored (ROCA, CVE-2017-15361): generate \
                 a new key with other hardware or software",
            ),
            Self::RsaExponent => f.write_str(
                "the RSA public exponent must be odd, at least 3 and at most 33 bits long; the \
                 usual one is 65537",
            ),
            Self::SecretTooShort { octets, algorithm } => write!(
                f,
                "the secret has {octets} octets; {algorithm} needs at least {} (RFC 7518 section \
                 3.2)",
                algorithm.secret_length()
            ),
            Self::PointLength {
                part,
                octets,
                expected,
            } => {
                write!(
                    f,
                    "{part} has {octets} octets; it must have exactly {expected}"
                )
            }
            Self::PointCompressed => f.write_str(
                "the point is compressed; write the key with \
                 `openssl ec -pubin -in key.pem -conv_form uncompressed`",
            ),
            Self::PointNotOnCurve { curve } => {
                write!(f, "the key is not a point on the curve {curve}")
            }
            Self::WeakPoint => {
                f.write_str("the Ed25519 key has a small order: anyone can make signatures for it")
            }
            Self::Unusable { key, configured } => write!(
                f,
                "the key is unusable for the configured algorithms ({}): it can verify {}",
                list(configured),
                list(key)
            ),
            Self::Unserved(algorithm) => {
                write!(
                    f,
                    "the algorithm {algorithm} is configured, but no key can verify it"
                )
            }
            Self::MixedKeyTypes => f.write_str(
                "HMAC secrets and public keys are configured together; an issuer signs with one \
                 kind, so give each kind its own issuer",
            ),
            Self::DuplicateId {
                id,
                algorithm,
                first,
            } => write!(
                f,
                "another key ({first}) already has the kid {id:?} for {algorithm}; each key needs \
                 its own"
            ),
            Self::TooManyWithoutId {
                algorithm,
                keys,
                limit,
            } => write!(
                f,
                "{keys} keys for {algorithm} have no id, and at most {limit} are tried in turn; \
                 name them with `with_id` or a `kid` member"
            ),
        }
    }
}

fn list(algorithms: &[Algorithm]) -> String {
    algorithms
        .iter()
        .map(|algorithm| algorithm.name())
        .collect::<Vec<_>>()
        .join(", ")
}
