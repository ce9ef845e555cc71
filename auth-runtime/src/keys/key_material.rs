//! A key independent of its encoding (PEM, DER or JWK), and the strength checks
//! that apply to every encoding.

use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::edwards;
use super::fault::KeyProblem;
use super::roca;

/// RFC 7518 sections 3.3 and 3.5.
const RSA_MODULUS_MIN_BITS: usize = 2048;
/// The longest modulus that both back ends accept.
pub(super) const RSA_MODULUS_MAX_BITS: usize = 8192;
/// NIST SP 800-56B allows up to 256, but both back ends stop here, to bound
/// the time that one verification takes.
const RSA_EXPONENT_MAX_BITS: usize = 33;

/// The octets of one key.
#[derive(PartialEq, Eq)]
pub(super) enum KeyMaterial {
    Secret(Zeroizing<Vec<u8>>),
    /// Both numbers big-endian, without leading zeros.
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The point uncompressed, as in SEC 1 section 2.3.3.
    Ec {
        curve: Curve,
        point: Vec<u8>,
    },
    Ed25519([u8; 32]),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

impl Curve {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    /// The octets of one coordinate, leading zeros included.
    pub(super) fn coordinate_length(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    /// Both coordinates of an uncompressed point.
    pub(super) fn coordinates(self, point: &[u8]) -> Option<(&[u8], &[u8])> {
        point.get(1..)?.split_at_checked(self.coordinate_length())
    }
}

impl KeyMaterial {
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyProblem> {
        let (modulus, exponent) = (
            without_leading_zeros(modulus),
            without_leading_zeros(exponent),
        );
        let bits = bit_length(modulus);
        if bits < RSA_MODULUS_MIN_BITS {
            return Err(KeyProblem::RsaModulusTooShort { bits });
        }
        if bits > RSA_MODULUS_MAX_BITS {
            return Err(KeyProblem::RsaModulusTooLong {
                bits,
                limit: RSA_MODULUS_MAX_BITS,
            });
        }
        if is_even(modulus) {
            return Err(KeyProblem::RsaModulusEven);
        }
        if is_even(exponent) || exponent == [1] || bit_length(exponent) > RSA_EXPONENT_MAX_BITS {
            return Err(KeyProblem::RsaExponent);
        }
        if roca::has_fingerprint(modulus) {
            return Err(KeyProblem::RsaModulusRoca);
        }
        Ok(Self::Rsa {
            modulus: modulus.to_vec(),
            exponent: exponent.to_vec(),
        })
    }

    /// `point` is in the form of SEC 1 section 2.3.3. The back end checks that
    /// it lies on the curve, when the verifier is made.
    pub(super) fn ec(curve: Curve, point: &[u8]) -> Result<Self, KeyProblem> {
        let expected = 1 + 2 * curve.coordinate_length();
        match point.first() {
            Some(2 | 3) => Err(KeyProblem::PointCompressed),
            Some(4) if point.len() == expected => Ok(Self::Ec {
                curve,
                point: point.to_vec(),
            }),
            Some(4) => Err(KeyProblem::PointLength {
                part: "the elliptic-curve point",
                octets: point.len(),
                expected,
            }),
            _ => Err(KeyProblem::Malformed(
                "the key is not an uncompressed elliptic-curve point (SEC 1 section 2.3.3)"
                    .to_owned(),
            )),
        }
    }

    pub(super) fn ed25519(octets: &[u8]) -> Result<Self, KeyProblem> {
        let key = <[u8; 32]>::try_from(octets).map_err(|_| KeyProblem::PointLength {
            part: "the Ed25519 key",
            octets: octets.len(),
            expected: 32,
        })?;
        edwards::check(&key)?;
        Ok(Self::Ed25519(key))
    }

    /// The algorithms of this key type, whatever the size of the key.
    pub(super) fn algorithms(&self) -> &'static [Algorithm] {
        match self {
            Self::Secret(_) => Algorithm::HMAC,
            Self::Rsa { .. } => Algorithm::RSA,
            Self::Ec {
                curve: Curve::P256, ..
            } => &[Algorithm::ES256],
            Self::Ec {
                curve: Curve::P384, ..
            } => &[Algorithm::ES384],
            Self::Ed25519(_) => &[Algorithm::EdDSA],
        }
    }

    /// Whether the key is long enough. The length of an asymmetric key was
    /// checked when it was parsed.
    pub(super) fn is_long_enough_for(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Secret(secret) => secret.len() >= algorithm.secret_length(),
            _ => true,
        }
    }

    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Secret(_) => "an HMAC secret",
            Self::Rsa { .. } => "an RSA key",
            Self::Ec {
                curve: Curve::P256, ..
            } => "a P-256 key",
            Self::Ec {
                curve: Curve::P384, ..
            } => "a P-384 key",
            Self::Ed25519(_) => "an Ed25519 key",
        }
    }
}

fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

fn bit_length(number: &[u8]) -> usize {
    number
        .first()
        .map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|last| last % 2 == 0)
}
