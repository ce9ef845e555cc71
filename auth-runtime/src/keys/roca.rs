//! RSA keys that can be factored: CVE-2017-15361, "The Return of Coppersmith's Attack" (ROCA).
//!
//! A library in security chips, TPMs and smart cards made primes of the form `k * M + (65537^a mod M)`,
//! where `M` is the product of the first primes. So the modulus of such a key is a power of 65537 modulo
//! each of those primes. The modulus of any other key is such a power for only some of them.

/// The primes up to 167 modulo which not every number is a power of 65537. The detector of the
/// researchers who found the flaw uses them too. They are factors of `M` for keys of every size.
const PRIMES: [u32; 17] = [
    11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
];

const GENERATOR: u32 = 65_537;

/// Whether a modulus, big-endian, has the fingerprint. One in 2^27.8 other numbers has it too.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES
        .iter()
        .all(|&prime| is_power(residue(modulus, prime), prime))
}

/// `prime` is below 2^24, so that nothing overflows.
fn residue(number: &[u8], prime: u32) -> u32 {
    number
        .iter()
        .fold(0, |rest, &octet| (rest * 256 + u32::from(octet)) % prime)
}

/// Whether `residue` is a power of 65537 modulo `prime`.
fn is_power(residue: u32, prime: u32) -> bool {
    let mut power = 1;
    loop {
        if power == residue {
            return true;
        }
        power = power * (GENERATOR % prime) % prime;
        // From here on the powers repeat.
        if power == 1 {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How many powers of 65537 there are modulo `prime`.
    fn powers(prime: u32) -> u32 {
        (0..prime)
            .map(|residue| u32::from(is_power(residue, prime)))
            .sum()
    }

    #[test]
    fn the_roca_primes_are_those_up_to_167_whose_residues_are_not_all_powers() {
        let is_prime = |number: u32| (2..number).all(|divisor| !number.is_multiple_of(divisor));
        let primes: Vec<_> = (3..=167)
            .filter(|&number| is_prime(number) && powers(number) < number - 1)
            .collect();
        assert_eq!(primes, PRIMES);
    }

    /// The rate among numbers without small factors, as moduli are.
    #[test]
    fn one_in_two_hundred_million_sound_rsa_keys_has_the_roca_fingerprint() {
        let rate: f64 = PRIMES
            .iter()
            .map(|&prime| f64::from(powers(prime)) / f64::from(prime - 1))
            .product();
        assert!((4.1e-9..4.3e-9).contains(&rate), "{rate}");
    }

    proptest! {
        #[test]
        fn a_residue_of_big_endian_bytes_equals_that_of_the_number(number: u64, prime in 3_u32..168) {
            let expected = u32::try_from(number % u64::from(prime)).unwrap();
            prop_assert_eq!(residue(&number.to_be_bytes(), prime), expected);
        }

        #[test]
        fn random_rsa_moduli_lack_the_roca_fingerprint(mut modulus in proptest::collection::vec(any::<u8>(), 256)) {
            modulus[255] |= 1;
            prop_assert!(!has_fingerprint(&modulus));
        }
    }
}
