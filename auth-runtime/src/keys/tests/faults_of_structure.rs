//! Malformed PEM and DER, and files that hold something other than a public key.

use super::*;
use crate::keys::spki::oid;

fn message(key: Key) -> String {
    problem_of(key).to_string()
}

#[test]
fn a_private_key_is_refused_with_the_command_that_extracts_the_public_key() {
    for text in [
        key_file!("rsa_private"),
        key_file!("rsa_private_pkcs1"),
        key_file!("p256_private"),
        key_file!("p256_private_sec1"),
        key_file!("ed25519_private"),
    ] {
        assert_eq!(problem_of(Key::pem(text)), KeyProblem::PrivateKey);
        assert_eq!(problem_of(Key::der(der_of(text))), KeyProblem::PrivateKey);
    }
    let encrypted = pem("ENCRYPTED PRIVATE KEY", &[0x30, 0]);
    assert_eq!(problem_of(Key::pem(encrypted)), KeyProblem::PrivateKey);
    assert!(
        KeyProblem::PrivateKey
            .to_string()
            .contains("openssl pkey -in")
    );
}

#[test]
fn a_certificate_is_refused_with_the_command_that_extracts_its_public_key() {
    let text = key_file!("p256_certificate");
    assert_eq!(problem_of(Key::pem(text)), KeyProblem::Certificate);
    assert_eq!(problem_of(Key::der(der_of(text))), KeyProblem::Certificate);
    assert!(
        KeyProblem::Certificate
            .to_string()
            .contains("openssl x509 -in")
    );
}

#[test]
fn an_unsupported_curve_of_a_pem_key_is_named() {
    for (text, name) in [
        (key_file!("p521_public"), "P-521"),
        (key_file!("secp256k1_public"), "secp256k1"),
        (key_file!("ed448_public"), "Ed448"),
        (key_file!("x25519_public"), "X25519"),
    ] {
        let expected = KeyProblem::UnsupportedCurve(name.to_owned());
        assert_eq!(problem_of(Key::pem(text)), expected);
        assert_eq!(problem_of(Key::der(der_of(text))), expected);
    }
}

#[test]
fn the_messages_for_unsupported_curves_suggest_a_supported_one() {
    assert!(message(Key::pem(key_file!("p521_public"))).contains("ES512 is not supported"));
    assert!(message(Key::pem(key_file!("secp256k1_public"))).contains("ES256K is not supported"));
    assert!(message(Key::pem(key_file!("x25519_public"))).contains("can't sign; use Ed25519"));
    assert!(message(Key::pem(key_file!("ed448_public"))).contains("use P-256"));
}

#[test]
fn an_rsa_key_for_pss_only_is_refused() {
    let problem = problem_of(Key::pem(key_file!("rsa_pss_public")));
    assert_eq!(
        problem,
        KeyProblem::UnsupportedKeyType("id-RSASSA-PSS".to_owned())
    );
}

#[test]
fn a_compressed_ec_point_is_refused_with_the_command_that_expands_it() {
    let problem = problem_of(Key::pem(key_file!("p256_compressed_public")));
    assert_eq!(problem, KeyProblem::PointCompressed);
    assert!(problem.to_string().contains("-conv_form uncompressed"));
}

#[test]
fn explicit_curve_parameters_are_refused() {
    // CVE-2020-0601: with chosen parameters, any point is the public key of a known private key.
    let text = message(Key::pem(key_file!("p256_explicit_public")));
    assert!(text.contains("must be given by its name"), "{text}");
}

#[test]
fn malformed_pem_armour_is_refused() {
    let text = key_file!("p256_public");
    for (text, reason) in [
        (String::new(), "there is no"),
        ("not PEM".to_owned(), "there is no"),
        (text.replace("-----END PUBLIC KEY-----", ""), "there is no"),
        (
            text.replace("END PUBLIC", "END PRIVATE"),
            "armour is broken",
        ),
        (text.replacen('M', "*", 1), "armour is broken"),
        (format!("{text}{text}"), "more than one PEM block"),
        (
            text.replace('\n', r"\n"),
            r"line breaks are written as `\n`",
        ),
        (
            text.replace('\n', r"\r\n"),
            r"line breaks are written as `\n`",
        ),
        (
            format!("\"{}\"", text.replace('\n', r"\n")),
            r"line breaks are written as `\n`",
        ),
        (
            pem("PGP PUBLIC KEY BLOCK", &[0]),
            "labelled \"PGP PUBLIC KEY BLOCK\"",
        ),
        (pem("PUBLIC KEY", &[]), "not a DER SubjectPublicKeyInfo"),
        (pem("RSA PUBLIC KEY", &[]), "not a DER RSAPublicKey"),
    ] {
        let message = message(Key::pem(&text));
        assert!(message.contains(reason), "{message}\nfor\n{text}");
    }
}

#[test]
fn every_truncated_or_extended_key_is_refused() {
    for text in [
        key_file!("rsa_public"),
        key_file!("rsa_public_pkcs1"),
        key_file!("p256_public"),
        key_file!("p384_public"),
        key_file!("ed25519_public"),
    ] {
        let der = der_of(text);
        for length in 0..der.len() {
            assert!(
                build([Key::der(&der[..length])], None).is_err(),
                "cut to {length}"
            );
        }
        assert!(build([Key::der([&der[..], &[0]].concat())], None).is_err());
    }
}

#[test]
fn changing_any_octet_of_a_key_causes_no_panic() {
    for text in [
        key_file!("rsa_public"),
        key_file!("rsa_public_pkcs1"),
        key_file!("p256_public"),
        key_file!("ed25519_public"),
        key_file!("p256_private"),
        key_file!("p256_certificate"),
    ] {
        let der = der_of(text);
        for position in 0..der.len().min(60) {
            for value in [0, 1, 2, 3, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff] {
                let mut altered = der.clone();
                altered[position] = value;
                // The result does not matter.
                let _ = build([Key::der(&altered)], None);
            }
        }
    }
}

#[test]
fn non_canonical_der_is_refused() {
    let algorithm = [der(6, oid::RSA_ENCRYPTION), der(5, &[])].concat();
    let key = [integer(&[0xff; 256]), integer(&[1, 0, 1])].concat();
    let sound = |algorithm: &[u8], key: &[u8]| {
        let key = bit_string(&der(0x30, key));
        der(0x30, &[der(0x30, algorithm), key].concat())
    };
    assert!(build([Key::der(sound(&algorithm, &key))], None).is_ok());

    let padded = [
        der(2, &[&[0, 0][..], &[0xff; 256]].concat()),
        integer(&[1, 0, 1]),
    ]
    .concat();
    let negative = [der(2, &[0xff; 256]), integer(&[1, 0, 1])].concat();
    let third = [&key[..], &integer(&[1])].concat();
    let no_null = der(6, oid::RSA_ENCRYPTION);
    let more = [&algorithm[..], &der(5, &[])].concat();
    let full_null = [der(6, oid::RSA_ENCRYPTION), der(5, &[0])].concat();
    // A length in more octets than it needs, and an indefinite length.
    let long = [&[0x30, 0x83, 0, 0, 13], &algorithm[..]].concat();
    let indefinite = [&[0x30, 0x80], &algorithm[..], &[0, 0]].concat();
    let inner = bit_string(&der(0x30, &key));
    let unused_bits = der(3, &[&[1], &der(0x30, &key)[..]].concat());
    for (name, key) in [
        ("a padded integer", sound(&algorithm, &padded)),
        ("a negative modulus", sound(&algorithm, &negative)),
        ("a third number", sound(&algorithm, &third)),
        ("no parameters", sound(&no_null, &key)),
        ("two parameters", sound(&more, &key)),
        ("a NULL with content", sound(&full_null, &key)),
        ("a long length", der(0x30, &[&long[..], &inner].concat())),
        (
            "an indefinite length",
            der(0x30, &[&indefinite[..], &inner].concat()),
        ),
        (
            "unused bits",
            der(0x30, &[&der(0x30, &algorithm)[..], &unused_bits].concat()),
        ),
    ] {
        assert!(build([Key::der(key)], None).is_err(), "{name}");
    }
}

#[test]
fn an_ed25519_key_with_algorithm_parameters_is_refused() {
    let algorithm = [der(6, oid::ED25519), der(5, &[])].concat();
    let key = der(
        0x30,
        &[der(0x30, &algorithm), bit_string(&[7; 32])].concat(),
    );
    assert!(message(Key::der(key)).contains("no parameters"));
}

#[test]
fn unknown_algorithm_and_curve_identifiers_are_refused() {
    let algorithm = der(0x30, &der(6, &[0x2a, 3, 4]));
    let key = der(0x30, &[algorithm, bit_string(&[7; 32])].concat());
    assert!(message(Key::der(key)).contains("are not supported"));
    let key = spki_ec(&[0x2a, 3, 4], &[4; 65]);
    assert!(message(Key::der(key)).contains("is not supported"));
}

#[test]
fn a_key_given_to_the_wrong_constructor_names_the_right_one() {
    assert!(message(Key::der(key_file!("p256_public"))).contains("use `Key::pem`"));
    assert!(message(Key::der(b"")).contains("not the DER form"));
}
