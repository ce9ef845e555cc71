//! Whether 32 octets are a usable Ed25519 public key (RFC 8032 section 5.1.3).
//!
//! AWS-LC looks at the key only when a signature arrives, RustCrypto already
//! when the key is made, and neither refuses keys of small order. Checked here,
//! a bad key is found at start on both. Nothing in this file is secret, so it
//! need not run in constant time.

use super::fault::KeyProblem;

/// The y coordinates of the points of order 1, 2, 4 and 8. For such a key
/// anybody can make a signature that verifies.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

pub(super) fn check(key: &[u8; 32]) -> Result<(), KeyProblem> {
    let mut y = *key;
    // The top bit is the sign of x.
    y[31] &= 0x7f;
    if SMALL_ORDER.contains(&y) {
        return Err(KeyProblem::WeakPoint);
    }
    match Field::from_octets(&y) {
        Some(y) if has_point(y) => Ok(()),
        _ => Err(KeyProblem::PointNotOnCurve { curve: "Ed25519" }),
    }
}

/// Whether x² = (y² - 1) / (d·y² + 1) has a solution. The divisor is never
/// zero, and a quotient is a square exactly when the product is.
fn has_point(y: Field) -> bool {
    let square = y.times(y);
    square
        .minus_one()
        .times(square.times(D).plus_one())
        .is_square()
}

/// A number modulo p = 2^255 - 19, in five limbs of 51 bits.
#[derive(Clone, Copy)]
struct Field([u64; 5]);

const LIMB: u64 = (1 << 51) - 1;
const D: Field = Field([
    929_955_233_495_203,
    466_365_720_129_213,
    1_662_059_464_998_953,
    2_033_849_074_728_123,
    1_442_794_654_840_575,
]);

impl Field {
    /// None for numbers of p and more: RFC 8032 has them fail to decode.
    fn from_octets(octets: &[u8; 32]) -> Option<Self> {
        let (words, _) = octets.as_chunks::<8>();
        let &[a, b, c, d] = words else { return None };
        let [a, b, c, d] = [a, b, c, d].map(u64::from_le_bytes);
        let limbs = [
            a & LIMB,
            (a >> 51 | b << 13) & LIMB,
            (b >> 38 | c << 26) & LIMB,
            (c >> 25 | d << 39) & LIMB,
            d >> 12 & LIMB,
        ];
        let [low, high @ ..] = limbs;
        let is_reduced = low < LIMB - 18 || high != [LIMB; 4];
        is_reduced.then_some(Self(limbs))
    }

    fn plus_one(self) -> Self {
        let Self(mut limbs) = self;
        limbs[0] += 1;
        Self(limbs)
    }

    /// Adds p - 1, so that no limb goes below zero.
    fn minus_one(self) -> Self {
        let mut limbs = self.0.map(|limb| limb + LIMB);
        limbs[0] -= 19;
        Self(limbs)
    }

    fn times(self, other: Self) -> Self {
        let Self([a0, a1, a2, a3, a4]) = self;
        let Self([b0, b1, b2, b3, b4]) = other;
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        // 2^255 is 19 modulo p.
        let [c1, c2, c3, c4] = [b1 * 19, b2 * 19, b3 * 19, b4 * 19];
        carry([
            product(a0, b0) + product(a1, c4) + product(a2, c3) + product(a3, c2) + product(a4, c1),
            product(a0, b1) + product(a1, b0) + product(a2, c4) + product(a3, c3) + product(a4, c2),
            product(a0, b2) + product(a1, b1) + product(a2, b0) + product(a3, c4) + product(a4, c3),
            product(a0, b3) + product(a1, b2) + product(a2, b1) + product(a3, b0) + product(a4, c4),
            product(a0, b4) + product(a1, b3) + product(a2, b2) + product(a3, b1) + product(a4, b0),
        ])
    }

    /// Euler's criterion: a^((p - 1) / 2) is 1 for squares, 0 for zero.
    fn is_square(self) -> bool {
        let mut power = Self([1, 0, 0, 0, 0]);
        // (p - 1) / 2 is 2^254 - 10: every bit but 0 and 3.
        for bit in (0..254).rev() {
            power = power.times(power);
            if bit != 0 && bit != 3 {
                power = power.times(self);
            }
        }
        matches!(power.reduced(), [0 | 1, 0, 0, 0, 0])
    }

    /// The one representation below p.
    fn reduced(self) -> [u64; 5] {
        let Self(limbs) = carry(carry(self.0.map(u128::from)).0.map(u128::from));
        let [low, high @ ..] = limbs;
        if low >= LIMB - 18 && high == [LIMB; 4] {
            return [low - (LIMB - 18), 0, 0, 0, 0];
        }
        limbs
    }
}

/// Brings every limb back to 51 bits and a little.
fn carry(wide: [u128; 5]) -> Field {
    let mut over = 0;
    let mut limbs = wide.map(|limb| {
        let sum = limb + over;
        over = sum >> 51;
        low_limb(sum)
    });
    let first = u128::from(limbs[0]) + 19 * over;
    limbs[0] = low_limb(first);
    limbs[1] += low_limb(first >> 51);
    Field(limbs)
}

fn low_limb(wide: u128) -> u64 {
    u64::try_from(wide & u128::from(LIMB)).unwrap_or(LIMB)
}
