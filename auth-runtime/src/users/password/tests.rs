//! Hashes of other programs, malicious hashes, and the work done for unknown users.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::padding::{OTHER_MEMORY, Padding};
use super::stored::WORK;
use super::*;

const PASSWORD: &str = "Grüße:hunter2";

/// Made with the C implementation of Argon2 through argon2-cffi, and with OpenSSL through Python's hashlib.
const OTHERS: [&str; 10] = [
    "$argon2id$v=19$m=64,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$adQxw6BUObOD+TSpWqCm9rDA8PJFvl/2kutLNRjbdzQ",
    "$argon2id$v=16$m=64,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$tM7LXSrVZeGxblXbvsC8G9Z327vc704x2UX58k4Mfx8",
    "$argon2i$v=19$m=64,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$miT8MHKHRKsQRkuywGMYUy1CWvsTx+MxihMvfQNNRxU",
    "$argon2i$v=16$m=64,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$yCi56yyDwenlbfjCDv8CaY3gJ/rEBh3mYgRn0NTsrmw",
    "$argon2d$v=19$m=64,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$K3KihgYjYdhJj9nwMuXdirQmx/oAq6O1iQsGVgolZZI",
    "$argon2d$v=16$m=64,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$CFDV604aiGhKRn+Rh4ykQY1IKOrd+PHsvWrpsLhNz3A",
    "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg$FrU+NwEIycX6TirU",
    "$scrypt$ln=10,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$Y7tHydXllsytc4PSPZXPVC+ctPMAraYug7sHvz/oxBg",
    "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$+7soe+UrNSam+YwR4ODwdiwAMCPQYcEWSaJfv+8tCo8",
    "$pbkdf2-sha512$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$y81UfEHLuAXCaTidR5TcTP4kKBmhjeW9WdWtQOKc20VfNTiS334IpBNHPodFpJwSQ2GTopv1LnyrzDLG+X+7WQ",
];

/// The minimum costs of Argon2id.
fn fast() -> PasswordHashing {
    PasswordHashing::default().memory_kib(8).iterations(1)
}

fn fault(stored: &str) -> PasswordFault {
    PasswordHashing::verify(PASSWORD, stored).expect_err(stored)
}

#[test]
fn password_hashes_of_other_programs_are_verified() {
    for stored in OTHERS {
        assert_eq!(
            PasswordHashing::verify(PASSWORD, stored),
            Ok(true),
            "{stored}"
        );
        assert_eq!(
            PasswordHashing::verify("hunter2", stored),
            Ok(false),
            "{stored}"
        );
        assert_eq!(PasswordHashing::verify("", stored), Ok(false), "{stored}");
    }
}

#[test]
fn an_argon2_hash_without_a_version_uses_the_first_version() {
    let [_, version_16, ..] = OTHERS;
    let none = version_16.replace("$v=16", "");
    assert_eq!(PasswordHashing::verify(PASSWORD, &none), Ok(true));
}

#[test]
fn phc_parameters_are_accepted_in_any_order() {
    let [stored, ..] = OTHERS;
    let reordered = stored.replace("m=64,t=3,p=2", "p=2,m=64,t=3");
    assert_eq!(PasswordHashing::verify(PASSWORD, &reordered), Ok(true));
}

#[test]
fn a_new_password_hash_is_a_phc_string_with_its_own_salt() {
    let hashing = fast();
    let stored = hashing.hash("secret").unwrap();
    assert!(
        stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"),
        "{stored}"
    );
    assert!(!stored.contains(':'));
    assert_ne!(stored, hashing.hash("secret").unwrap());
    assert_eq!(PasswordHashing::verify("secret", &stored), Ok(true));
    assert_eq!(PasswordHashing::verify("Secret", &stored), Ok(false));
}

#[test]
fn the_default_hashing_costs_are_the_owasp_minimum() {
    let stored = PasswordHashing::default().hash("secret").unwrap();
    assert!(
        stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{stored}"
    );
}

#[test]
fn password_hashes_with_lower_costs_or_other_algorithms_are_outdated() {
    let hashing = PasswordHashing::default().memory_kib(64).iterations(3);
    let stored = hashing.hash("secret").unwrap();
    assert!(!hashing.is_outdated(&stored));
    assert!(!hashing.clone().memory_kib(63).is_outdated(&stored));
    assert!(!hashing.clone().iterations(2).is_outdated(&stored));
    assert!(!hashing.clone().parallelism(4).is_outdated(&stored));
    assert!(hashing.clone().memory_kib(65).is_outdated(&stored));
    assert!(hashing.clone().iterations(4).is_outdated(&stored));

    let [argon2id, others @ ..] = OTHERS;
    assert!(!hashing.is_outdated(argon2id));
    for stored in others {
        assert!(fast().is_outdated(stored), "{stored}");
    }
    assert!(hashing.is_outdated("secret"));
}

/// Argon2id with these costs, and a salt and a hash of the recommended lengths.
fn argon2id(costs: &str) -> String {
    format!(
        "$argon2id$v=19${costs}$MDEyMzQ1Njc4OWFiY2RlZg$adQxw6BUObOD+TSpWqCm9rDA8PJFvl/2kutLNRjbdzQ"
    )
}

#[test]
fn a_password_hash_with_equal_or_higher_costs_is_not_outdated() {
    let hashing = PasswordHashing::default();
    // RFC 9106 section 4, OWASP, and less memory with more iterations.
    for costs in [
        "m=2097152,t=1,p=4",
        "m=65536,t=3,p=4",
        "m=47104,t=1,p=1",
        "m=19456,t=2,p=1",
        "m=9216,t=5,p=1",
    ] {
        assert!(!hashing.is_outdated(&argon2id(costs)), "{costs}");
    }
    // Lower costs, and very little memory.
    for costs in [
        "m=19455,t=2,p=1",
        "m=19456,t=1,p=1",
        "m=38911,t=1,p=1",
        "m=2431,t=17,p=1",
        "m=8,t=1000000,p=1",
    ] {
        assert!(hashing.is_outdated(&argon2id(costs)), "{costs}");
    }
    // The other way round.
    let first_option = hashing.memory_kib(2 * 1024 * 1024).iterations(1);
    assert!(first_option.is_outdated(&argon2id("m=19456,t=2,p=1")));
    assert!(first_option.is_outdated(&argon2id("m=65536,t=3,p=4")));
    assert!(first_option.clone().parallelism(4).faults().is_empty());
}

#[test]
fn a_short_salt_or_hash_is_outdated_unless_a_new_hash_would_be_cheaper() {
    let hashing = fast();
    for short in [
        "$MTIzNDU2Nzg$adQxw6BUObOD+TSpWqCm9rDA8PJFvl/2kutLNRjbdzQ",
        "$MDEyMzQ1Njc4OWFiY2RlZg$FrU+NwEIycX6TirU",
    ] {
        let of = |costs| format!("$argon2id$v=19${costs}{short}");
        assert!(hashing.is_outdated(&of("m=8,t=1,p=1")), "{short}");
        assert!(!hashing.is_outdated(&of("m=8,t=2,p=1")), "{short}");
    }
}

#[test]
fn excessive_hash_costs_are_an_error_and_not_an_outage() {
    let of = |algorithm: &str, parameters: &str| {
        format!(
            "${algorithm}${parameters}$MDEyMzQ1Njc4OWFiY2RlZg$adQxw6BUObOD+TSpWqCm9rDA8PJFvl/2kutLNRjbdzQ"
        )
    };
    for (algorithm, parameters) in [
        ("argon2id", "m=4194304,t=1,p=1"),
        ("argon2id", "m=2097153,t=1,p=1"),
        ("argon2id", "m=4294967295,t=4294967295,p=4294967295"),
        ("argon2id", "m=19456,t=4294967295,p=1"),
        ("argon2i", "m=2097152,t=9,p=1"),
        ("scrypt", "ln=21,r=8,p=1"),
        ("scrypt", "ln=30,r=8,p=1"),
        ("scrypt", "ln=63,r=8,p=1"),
        ("scrypt", "ln=4294967295,r=8,p=1"),
        ("scrypt", "ln=1,r=4294967295,p=4294967295"),
        ("scrypt", "ln=10,r=8,p=4294967295"),
        ("pbkdf2-sha256", "i=10000001"),
        ("pbkdf2-sha512", "i=4294967295"),
    ] {
        assert_eq!(
            fault(&of(algorithm, parameters)),
            PasswordFault::TooCostly,
            "{parameters}"
        );
    }
}

#[tokio::test]
async fn a_stored_hash_uses_no_more_memory_than_the_settings_allow() {
    let small = fast().most_memory_kib(64);
    let [argon2id_64, .., scrypt_1024, pbkdf2, _] = OTHERS;
    let allowed = [
        argon2id_64.to_owned(),
        pbkdf2.to_owned(),
        argon2id("m=64,t=8,p=1"),
    ];
    for stored in &allowed {
        assert_eq!(small.stored(stored).err(), None, "{stored}");
    }
    let above = [
        scrypt_1024.to_owned(),
        argon2id("m=65,t=1,p=1"),
        argon2id("m=64,t=9,p=1"),
        argon2id("m=8,t=65,p=1"),
    ];
    for stored in &above {
        let fault = small.stored(stored).err();
        assert_eq!(fault, Some(PasswordFault::AboveSettings), "{stored}");
        // This is not a reason to replace it.
        let weak = stored.starts_with("$scrypt");
        assert_eq!(small.is_outdated(stored), weak, "{stored}");
    }
    // 1 MiB for its blocks, and 2 KiB for its lanes.
    assert!(
        small
            .clone()
            .most_memory_kib(1025)
            .stored(scrypt_1024)
            .is_err()
    );
    assert!(
        small
            .clone()
            .most_memory_kib(1026)
            .stored(scrypt_1024)
            .is_ok()
    );

    let verifier = PasswordVerifier::new(small).unwrap();
    let right = verdict(&verifier, PASSWORD, Some(argon2id_64)).await;
    assert_eq!(right, PasswordVerdict::Right { outdated: false });
    let above = verdict(&verifier, PASSWORD, Some(scrypt_1024)).await;
    assert_eq!(
        above,
        PasswordVerdict::Unreadable(PasswordFault::AboveSettings)
    );
}

#[test]
fn by_default_a_stored_hash_may_use_256_mib() {
    let hashing = PasswordHashing::default();
    // RFC 9106's second option; OWASP's scrypt; libsodium's `MODERATE`.
    for stored in [
        argon2id("m=65536,t=3,p=4"),
        argon2id("m=262144,t=3,p=1"),
        argon2id("m=47104,t=1,p=1"),
        OTHERS[7].replace("ln=10,r=8,p=2", "ln=17,r=8,p=1"),
    ] {
        assert_eq!(hashing.stored(&stored).err(), None, "{stored}");
    }
    for stored in [
        argon2id("m=262145,t=1,p=1"),
        argon2id("m=2097152,t=1,p=4"),
        OTHERS[7].replace("ln=10,r=8,p=2", "ln=18,r=8,p=1"),
    ] {
        let fault = hashing.stored(&stored).err();
        assert_eq!(fault, Some(PasswordFault::AboveSettings), "{stored}");
    }
}

#[tokio::test]
async fn hashes_of_the_configured_costs_are_verified_despite_a_lower_memory_limit() {
    let hashing = PasswordHashing::default()
        .memory_kib(64)
        .iterations(9)
        .most_memory_kib(0);
    assert_eq!(hashing.faults(), []);
    let stored = hashing.hash(PASSWORD).unwrap();
    let verifier = PasswordVerifier::new(hashing).unwrap();
    let right = verdict(&verifier, PASSWORD, Some(&stored)).await;
    assert_eq!(right, PasswordVerdict::Right { outdated: false });
    assert_eq!(
        verdict(&verifier, PASSWORD, None).await,
        PasswordVerdict::Wrong
    );
}

#[test]
fn invalid_password_hashes_have_distinct_faults() {
    use PasswordFault::{NotPhc, OtherFormat, Parameters, UnknownAlgorithm};

    const TAIL: &str = "$MDEyMzQ1Njc4OWFiY2RlZg$adQxw6BUObOD+TSpWqCm9rDA8PJFvl/2kutLNRjbdzQ";
    for (stored, expected) in [
        (String::new(), NotPhc),
        ("hunter2".to_owned(), NotPhc),
        ("$argon2id$v=19$m=64,t=3,p=2".to_owned(), NotPhc),
        (
            "$argon2id$v=19$m=64,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg".to_owned(),
            NotPhc,
        ),
        (format!("$argon2id$v=19$m=64,t=3,p=2{TAIL}$"), NotPhc),
        (format!("$argon2id$v=19$m=64,t=3,p=2{TAIL} "), NotPhc),
        // A hash of 9 octets.
        (
            "$argon2id$v=19$m=64,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$FrU+NwEIycX6".to_owned(),
            NotPhc,
        ),
        // A salt of 7 octets.
        (
            "$argon2id$v=19$m=64,t=3,p=2$MDEyMzQ1Ng$adQxw6BUObOD+TSpWqCm9rDA8PJFvl/2kutLNRjbdzQ"
                .to_owned(),
            NotPhc,
        ),
        (
            format!("$argon2id$v=18$m=64,t=3,p=2{TAIL}"),
            UnknownAlgorithm,
        ),
        (format!("$argon2$v=19$m=64,t=3,p=2{TAIL}"), UnknownAlgorithm),
        (format!("$balloon$v=1$s=1,t=1,p=1{TAIL}"), UnknownAlgorithm),
        (format!("$scrypt$v=1$ln=10,r=8,p=2{TAIL}"), UnknownAlgorithm),
        (format!("$argon2id$v=19$m=64,t=3{TAIL}"), Parameters),
        (format!("$argon2id$v=19{TAIL}"), Parameters),
        (format!("$argon2id$v=19$m=64,t=3,p=2,p=2{TAIL}"), Parameters),
        (format!("$argon2id$v=19$m=64,t=3,p=2,x=2{TAIL}"), Parameters),
        (
            format!("$argon2id$v=19$m=64,t=3,p=2,data=Dw8PDw8P{TAIL}"),
            Parameters,
        ),
        (format!("$argon2id$v=19$m=064,t=3,p=2{TAIL}"), Parameters),
        (format!("$argon2id$v=19$m=64,t=0,p=2{TAIL}"), Parameters),
        (format!("$argon2id$v=19$m=64,t=3,p=0{TAIL}"), Parameters),
        (format!("$argon2id$v=19$m=64,t=3,p=9{TAIL}"), Parameters),
        (format!("$argon2id$v=19$m=7,t=3,p=1{TAIL}"), Parameters),
        (format!("$argon2id$v=19$m=0,t=3,p=0{TAIL}"), Parameters),
        (format!("$scrypt$ln=10,r=0,p=2{TAIL}"), Parameters),
        (format!("$scrypt$ln=10,r=8,p=0{TAIL}"), Parameters),
        (format!("$scrypt$ln=10,r=8{TAIL}"), Parameters),
        (format!("$pbkdf2-sha256$i=0{TAIL}"), Parameters),
        (format!("$pbkdf2-sha256$i=1000,l=20{TAIL}"), Parameters),
        (format!("$pbkdf2-sha256$l=32{TAIL}"), Parameters),
        (
            "$2y$10$abcdefghijklmnopqrstuuJ6c4VCnIi9v3tXJl7zMvhB2p3mLO3C6".to_owned(),
            OtherFormat("bcrypt"),
        ),
        (
            "$apr1$abcdefgh$0123456789abcdefghijkl".to_owned(),
            OtherFormat("Apache's MD5"),
        ),
        (
            "{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=".to_owned(),
            OtherFormat("plain SHA-1"),
        ),
        (
            "pbkdf2_sha256$1000000$abcdefghijklmnopqrstuv$adQxw6BUObOD+TSpWqCm9rDA8PJFvl/2kutLNRjbdzQ="
                .to_owned(),
            OtherFormat("PBKDF2 in Django's form"),
        ),
        (
            format!("$pbkdf2-sha256$29000{TAIL}"),
            OtherFormat("PBKDF2 in passlib's form"),
        ),
        (
            format!("$pbkdf2-sha512$25000{TAIL}"),
            OtherFormat("PBKDF2 in passlib's form"),
        ),
        // SHA-1.
        (
            format!("$pbkdf2$131000{TAIL}"),
            OtherFormat("PBKDF2 in passlib's form"),
        ),
        (
            "$pbkdf2-sha256$0123456789012345$adQxw6BUObOD+TSpWqCm9rDA8PJFvl/2kutLNRjbdzQ".to_owned(),
            Parameters,
        ),
    ] {
        assert_eq!(fault(&stored), expected, "{stored}");
        let text = expected.to_string();
        for piece in stored.split('$').filter(|piece| piece.len() > 12) {
            assert!(!text.contains(piece), "{text}");
        }
    }
}

#[test]
fn invalid_hashing_settings_are_a_fault() {
    assert_eq!(PasswordHashing::default().faults(), []);
    for wrong in [
        fast().iterations(0),
        fast().parallelism(0),
        fast().parallelism(2),
        fast().parallelism(u32::MAX),
        fast().memory_kib(7),
        fast().memory_kib(u32::MAX),
        fast().iterations(u32::MAX).memory_kib(64),
    ] {
        assert_eq!(wrong.faults(), [PasswordFault::Settings], "{wrong:?}");
        assert_eq!(
            wrong.hash("secret"),
            Err(PasswordFault::Settings),
            "{wrong:?}"
        );
        assert_eq!(
            wrong.concurrency(0).faults(),
            [PasswordFault::Settings, PasswordFault::NoConcurrency]
        );
    }
    // The options of RFC 9106 section 4.
    for right in [
        PasswordHashing::default()
            .memory_kib(2 * 1024 * 1024)
            .iterations(1)
            .parallelism(4),
        PasswordHashing::default()
            .memory_kib(64 * 1024)
            .iterations(3)
            .parallelism(4),
    ] {
        assert_eq!(right.faults(), []);
    }
}

/// The work of Argon2, in KiB over all passes, of one password for one stored hash.
fn work(
    hashing: &PasswordHashing,
    padding: &Padding,
    password: &str,
    stored: Option<&str>,
) -> (u64, PasswordVerdict) {
    let decoy = hashing.hash("unknown").unwrap();
    WORK.set(0);
    let verdict = verifier::verdict(hashing, &decoy, padding, password.as_bytes(), stored);
    let (verdict, _) = verdict.unwrap();
    (WORK.get(), verdict)
}

#[test]
fn f2_f4_a_stored_hash_with_fewer_iterations_is_padded_to_the_configured_work() {
    let hashing = PasswordHashing::default().memory_kib(1_000).iterations(3);
    let padding = Padding::new(hashing.costs(), Duration::from_millis(1));
    let (unknown, verdict) = work(&hashing, &padding, PASSWORD, None);
    assert_eq!((unknown, verdict), (3_000, PasswordVerdict::Wrong));
    for (iterations, lanes) in [(3, 1), (3, 4), (2, 1), (1, 1)] {
        let stored = PasswordHashing::default()
            .memory_kib(1_000)
            .iterations(iterations)
            .parallelism(lanes)
            .hash(PASSWORD)
            .unwrap();
        for password in [PASSWORD, "hunter2"] {
            let (work, verdict) = work(&hashing, &padding, password, Some(&stored));
            assert_eq!(work, unknown, "{stored}");
            assert_eq!(verdict != PasswordVerdict::Wrong, password == PASSWORD);
        }
    }
    // A hash that can't be verified costs the same.
    let (unreadable, _) = work(&hashing, &padding, PASSWORD, Some("hunter2"));
    assert_eq!(unreadable, unknown);
}

#[test]
fn a_stored_hash_with_higher_costs_is_not_padded() {
    let hashing = fast();
    let padding = Padding::new(hashing.costs(), Duration::from_millis(1));
    let stored = fast().iterations(16).hash(PASSWORD).unwrap();
    for password in [PASSWORD, "hunter2"] {
        let (work, _) = work(&hashing, &padding, password, Some(&stored));
        assert_eq!(work, 128);
    }
}

/// The work of Argon2 that is added to this hash, which took `milliseconds`, and how its cost compares with that of
/// the settings.
fn compared(padding: &Padding, stored: &str, milliseconds: u64) -> (u64, Ordering) {
    let hash = StoredHash::parse(stored).unwrap();
    WORK.set(0);
    let time = Duration::from_millis(milliseconds);
    let cost = padding.pad(&hash, time, PASSWORD.as_bytes()).unwrap();
    (WORK.get(), cost)
}

fn padded(padding: &Padding, stored: &str, milliseconds: u64) -> u64 {
    compared(padding, stored, milliseconds).0
}

#[test]
fn f2_f4_argon2_with_other_memory_is_padded_by_measured_time() {
    let hashing = PasswordHashing::default().memory_kib(1_000).iterations(3);
    let padding = || Padding::new(hashing.costs(), Duration::from_millis(30));
    // Less work, as much, and more; variants of Argon2.
    let mut others: Vec<_> = [
        "m=8,t=8,p=1",
        "m=8,t=375,p=1",
        "m=500,t=8,p=2",
        "m=2000,t=4,p=1",
    ]
    .map(argon2id)
    .into();
    others.extend(OTHERS.iter().take(6).map(|stored| (*stored).to_owned()));
    for stored in others {
        assert_eq!(compared(&padding(), &stored, 3), (2_700, Ordering::Less));
        assert_eq!(compared(&padding(), &stored, 20), (1_000, Ordering::Less));
        assert_eq!(compared(&padding(), &stored, 30), (0, Ordering::Equal));
        assert_eq!(compared(&padding(), &stored, 31), (0, Ordering::Greater));
    }
}

#[test]
fn each_argon2_memory_size_is_measured_separately() {
    let hashing = PasswordHashing::default().memory_kib(1_000).iterations(3);
    let padding = Padding::new(hashing.costs(), Duration::from_millis(30));
    let [small, large] = ["m=100,t=10,p=1", "m=500,t=2,p=1"].map(argon2id);
    assert_eq!(padded(&padding, &small, 3), 2_700);
    assert_eq!(padded(&padding, &large, 6), 2_400);
    // The shortest time counts.
    assert_eq!(padded(&padding, &small, 30), 2_700);
    assert_eq!(padded(&padding, &large, 30), 2_400);
    // Twice the iterations take twice as long.
    assert_eq!(padded(&padding, &argon2id("m=100,t=20,p=1"), 30), 2_400);
}

#[test]
fn beyond_the_tracked_memory_sizes_padding_counts_work() {
    let hashing = PasswordHashing::default().memory_kib(1_000).iterations(3);
    let padding = Padding::new(hashing.costs(), Duration::from_millis(30));
    for number in 0..OTHER_MEMORY {
        let stored = argon2id(&format!("m={},t=1,p=1", 100 + number));
        assert_eq!(padded(&padding, &stored, 3), 2_700, "{stored}");
    }
    let (own, others) = (argon2id("m=1000,t=1,p=1"), argon2id("m=500,t=2,p=1"));
    assert_eq!(padded(&padding, &others, 3), 2_000);
    assert_eq!(padded(&padding, &own, 10), 2_000);
    // A size that was seen before is still known.
    let first = argon2id("m=100,t=1,p=1");
    assert_eq!(padded(&padding, &first, 3), 2_700);
}

#[test]
fn f2_f4_scrypt_and_pbkdf2_are_padded_by_measured_time() {
    let hashing = PasswordHashing::default().memory_kib(1_000).iterations(3);
    let padding = || Padding::new(hashing.costs(), Duration::from_millis(30));
    let [.., scrypt, sha256, sha512] = OTHERS;
    for stored in [scrypt, sha256, sha512] {
        assert_eq!(padded(&padding(), stored, 3), 2_700, "{stored}");
        assert_eq!(padded(&padding(), stored, 20), 1_000, "{stored}");
        // Longer than the settings.
        assert_eq!(padded(&padding(), stored, 31), 0, "{stored}");
    }
}

#[test]
fn a_slow_verification_on_a_busy_machine_does_not_change_the_padding() {
    let hashing = PasswordHashing::default().memory_kib(1_000).iterations(3);
    let own = hashing.hash(PASSWORD).unwrap();
    let padding = Padding::new(hashing.costs(), Duration::from_millis(60));
    let [.., sha256, _] = OTHERS;
    assert_eq!(padded(&padding, sha256, 6), 2_700);
    // The shortest time counts, for the settings and for the other algorithm.
    assert_eq!(padded(&padding, &own, 30), 0);
    assert_eq!(padded(&padding, sha256, 6), 2_400);
    assert_eq!(padded(&padding, sha256, 3), 2_700);
    assert_eq!(padded(&padding, &own, 300), 0);
    assert_eq!(padded(&padding, sha256, 300), 2_700);
    // Argon2 with less memory is faster, and says nothing about the settings.
    assert_eq!(padded(&padding, &argon2id("m=8,t=375,p=1"), 1), 2_900);
    assert_eq!(padded(&padding, sha256, 3), 2_700);
}

async fn verdict(
    verifier: &PasswordVerifier,
    password: &str,
    stored: Option<&str>,
) -> PasswordVerdict {
    let permit = verifier.queue().unwrap().permit().await.unwrap();
    let password = Arc::new(Zeroizing::new(password.as_bytes().to_vec()));
    let verdict = verifier.verify(permit, password, stored.map(str::to_owned), |_| ());
    verdict.await.unwrap()
}

#[tokio::test]
async fn a_right_password_reports_whether_its_hash_is_outdated() {
    let verifier = PasswordVerifier::new(fast()).unwrap();
    let stored = fast().hash(PASSWORD).unwrap();
    let right = verdict(&verifier, PASSWORD, Some(&stored)).await;
    assert_eq!(right, PasswordVerdict::Right { outdated: false });
    assert_eq!(
        verdict(&verifier, "hunter2", Some(&stored)).await,
        PasswordVerdict::Wrong
    );
    let [_, outdated, ..] = OTHERS;
    let right = verdict(&verifier, PASSWORD, Some(outdated)).await;
    assert_eq!(right, PasswordVerdict::Right { outdated: true });
}

#[tokio::test]
async fn an_unknown_user_or_an_unreadable_hash_is_never_a_right_password() {
    let mut verifier = PasswordVerifier::new(fast()).unwrap();
    // Even with the password of the decoy.
    verifier.decoy = fast().hash(PASSWORD).unwrap();
    assert_eq!(
        verdict(&verifier, PASSWORD, None).await,
        PasswordVerdict::Wrong
    );
    assert_eq!(
        verdict(&verifier, PASSWORD, Some("hunter2")).await,
        PasswordVerdict::Unreadable(PasswordFault::NotPhc)
    );
}

#[test]
fn an_unknown_user_is_verified_against_a_hash_of_the_configured_costs() {
    let verifier = PasswordVerifier::new(fast().memory_kib(32).iterations(2)).unwrap();
    assert!(verifier.decoy.starts_with("$argon2id$v=19$m=32,t=2,p=1$"));
    let other = PasswordVerifier::new(fast()).unwrap();
    assert_ne!(verifier.decoy, other.decoy);
}

#[tokio::test]
async fn a_new_password_hash_has_the_configured_costs() {
    let verifier = PasswordVerifier::new(fast()).unwrap();
    let permit = verifier.queue().unwrap().permit().await.unwrap();
    let password = Arc::new(Zeroizing::new(PASSWORD.as_bytes().to_vec()));
    let stored = verifier.hash(permit, password).await.unwrap().unwrap();
    assert!(!fast().is_outdated(&stored));
    assert_eq!(PasswordHashing::verify(PASSWORD, &stored), Ok(true));
}

proptest! {
    #[test]
    fn every_password_is_verified_by_its_own_hash_only(
        password in any::<Vec<u8>>(),
        other in any::<Vec<u8>>(),
    ) {
        let stored = fast().hash(&password).unwrap();
        prop_assert_eq!(PasswordHashing::verify(&password, &stored), Ok(true));
        prop_assert_eq!(PasswordHashing::verify(&other, &stored), Ok(password == other));
    }

    #[test]
    fn no_stored_password_hash_causes_a_panic(text in r"\$?[a-z0-9-]{0,13}(\$v=[0-9]{1,3})?(\$[a-z]{1,2}=[0-9]{0,10}(,[a-z]{1,2}=[0-9]{0,10}){0,3})?(\$[A-Za-z0-9+/.=-]{0,90}){0,3}") {
        let _ = StoredHash::parse(&text);
    }

    #[test]
    fn the_costs_of_any_stored_hash_are_bounded(
        algorithm in prop::sample::select(vec![
            ("argon2id", "m", "t", "p"),
            ("scrypt", "ln", "r", "p"),
        ]),
        costs in any::<[u32; 3]>(),
        bits in any::<[u8; 3]>(),
    ) {
        // Of all magnitudes.
        let mut costs = costs.into_iter().zip(bits).map(|(cost, bits)| cost >> (bits % 32));
        let mut next = || costs.next().unwrap();
        let (name, first, second, third) = algorithm;
        let stored = format!(
            "${name}${first}={},{second}={},{third}={}$MDEyMzQ1Njc4OWFiY2RlZg$adQxw6BUObOD+TSpWqCm9rDA8PJFvl/2kutLNRjbdzQ",
            next(), next(), next()
        );
        match StoredHash::parse(&stored) {
            Ok(_) | Err(PasswordFault::TooCostly | PasswordFault::Parameters) => {}
            Err(fault) => prop_assert!(false, "{fault}: {stored}"),
        }
    }
}
