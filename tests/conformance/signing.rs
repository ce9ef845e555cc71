//! Rows B3 to B5 and B8 to B10: the algorithm, the key, the signature and the type of a token.

use auth_runtime::testing::Issuer;
use auth_tests::application::{AUDIENCE, ISSUER, World};
use auth_tests::client::Request;
use auth_tests::expected::{handler, invalid_token};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::structure::{read, split};
use crate::case::{Case, case};

const ALGORITHM: &str = "The access token uses an unsupported algorithm";
const SIGNATURE: &str = "The access token signature is invalid";
const UNKNOWN_KEY: &str = "The access token was signed with an unknown key";
const TYPE: &str = "The token is not an access token";

pub(super) fn cases(world: &World) -> Vec<Case> {
    let mut cases = algorithms(world);
    cases.extend(keys_of_a_set(world));
    cases.extend(signatures(world));
    cases.extend(types(world));
    cases
}

fn algorithms(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    for (form, algorithm) in [
        ("none", "none"),
        ("none_capitalized", "None"),
        ("none_in_upper_case", "NONE"),
        ("none_in_mixed_case", "nOnE"),
        ("none_and_a_space", "none "),
        ("a_space_and_none", " none"),
        ("an_empty_string", ""),
        ("the_string_null", "null"),
    ] {
        let token = world.reader().header("alg", algorithm).sign();
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        let name = format!("b3_alg_as_{form}_is_unsupported");
        cases.push(case(name, read(&token), invalid_token(ALGORITHM)));
        let name = format!("b3_alg_as_{form}_without_a_signature_is_unsupported");
        cases.push(case(name, read(unsigned), invalid_token(ALGORITHM)));
    }
    let missing = world.reader().without_header("alg").sign();
    cases.push(case(
        "b3_a_missing_alg_is_unsupported",
        read(missing),
        invalid_token(ALGORITHM),
    ));
    for (name, algorithm) in [
        ("b4_hs256_is_unsupported_for_an_ec_key", "HS256"),
        ("b4_hs512_is_unsupported_for_an_ec_key", "HS512"),
        ("b4_rs256_is_unsupported_for_an_ec_key", "RS256"),
        ("b4_ps256_is_unsupported_for_an_ec_key", "PS256"),
        ("b4_es384_is_unsupported_for_a_p_256_key", "ES384"),
        ("b4_es512_is_unsupported_for_a_p_256_key", "ES512"),
        ("b4_es256k_is_unsupported_for_a_p_256_key", "ES256K"),
        ("b4_eddsa_is_unsupported_for_an_ec_key", "EdDSA"),
        ("b4_ed25519_is_unsupported_for_an_ec_key", "Ed25519"),
        ("b4_es256_in_lower_case_is_unsupported", "es256"),
        ("b4_es256_and_a_space_is_unsupported", "ES256 "),
        (
            "b4_the_encryption_algorithm_rsa_oaep_is_unsupported",
            "RSA-OAEP",
        ),
        ("b4_the_encryption_algorithm_dir_is_unsupported", "dir"),
        (
            "b4_the_encryption_algorithm_a256gcm_is_unsupported",
            "A256GCM",
        ),
        ("b4_ml_dsa_44_is_unsupported", "ML-DSA-44"),
    ] {
        let token = world.reader().header("alg", algorithm).sign();
        cases.push(case(name, read(token), invalid_token(ALGORITHM)));
    }
    let secret = Issuer::with_secret(ISSUER, AUDIENCE, [7; 32]);
    let token = secret.token("alice").scope("read");
    cases.push(case(
        "b4_a_token_signed_with_hs256_is_unsupported_for_an_ec_key",
        read(token.clone().header("kid", "testing").sign()),
        invalid_token(ALGORITHM),
    ));
    cases.push(case(
        "b4_a_token_signed_with_hs256_is_unsupported_for_an_rsa_key",
        Request::get("/sets/read").bearer(token.header("kid", "rsa").sign()),
        invalid_token(ALGORITHM),
    ));
    cases
}

/// Below `/sets` the keys are those of a JWK Set.
fn keys_of_a_set(world: &World) -> Vec<Case> {
    let sets = &world.sets;
    let request = |issuer: &Issuer, kid: &str, algorithm: Option<&str>| {
        let token = issuer.token("alice").scope("read").header("kid", kid);
        let token = match algorithm {
            Some(algorithm) => token.header("alg", algorithm),
            None => token,
        };
        Request::get("/sets/read").bearer(token.sign())
    };
    let mut cases = Vec::new();
    for (name, kid, issuer) in [
        ("b9_a_p_256_key_is_found_by_its_kid", "p256", &sets.p256),
        (
            "b9_a_second_p_256_key_is_found_by_its_kid",
            "p256-next",
            &sets.p256_next,
        ),
        ("b9_a_p_384_key_is_found_by_its_kid", "p384", &sets.p384),
        ("b9_an_rsa_key_is_found_by_its_kid", "rsa", &sets.rsa),
        (
            "b9_an_ed25519_key_is_found_by_its_kid",
            "ed25519",
            &sets.ed25519,
        ),
    ] {
        let request = request(issuer, kid, None);
        cases.push(case(name, request, handler("read: alice")));
    }
    for (name, algorithm) in [
        ("b4_eddsa_is_accepted_for_an_ed25519_key", "EdDSA"),
        ("b4_ed25519_is_accepted_for_an_ed25519_key", "Ed25519"),
    ] {
        let request = request(&sets.ed25519, "ed25519", Some(algorithm));
        cases.push(case(name, request, handler("read: alice")));
    }
    for (name, issuer, kid, algorithm) in [
        (
            "b5_rs384_is_unsupported_for_a_key_with_alg_rs256",
            &sets.rsa,
            "rsa",
            Some("RS384"),
        ),
        (
            "b5_ps256_is_unsupported_for_a_key_with_alg_rs256",
            &sets.rsa,
            "rsa",
            Some("PS256"),
        ),
        (
            "b5_es256_is_unsupported_for_an_rsa_key",
            &sets.p256,
            "rsa",
            None,
        ),
        (
            "b5_rs256_is_unsupported_for_an_ec_key",
            &sets.rsa,
            "p256",
            None,
        ),
        (
            "b5_es384_is_unsupported_for_a_p_256_key",
            &sets.p384,
            "p256",
            None,
        ),
        (
            "b5_es256_is_unsupported_for_a_p_384_key",
            &sets.p256,
            "p384",
            None,
        ),
        (
            "b5_eddsa_is_unsupported_for_an_ec_key",
            &sets.ed25519,
            "p256",
            None,
        ),
        (
            "b5_es256_is_unsupported_for_an_ed25519_key",
            &sets.p256,
            "ed25519",
            None,
        ),
        (
            "b5_a_key_of_an_unknown_type_verifies_no_token",
            &sets.p256,
            "post-quantum",
            None,
        ),
        (
            "b5_a_key_with_use_enc_verifies_no_token",
            &sets.encryption,
            "encryption",
            None,
        ),
        (
            "b5_a_key_without_the_operation_verify_verifies_no_token",
            &sets.signing_only,
            "signing-only",
            None,
        ),
    ] {
        let request = request(issuer, kid, algorithm);
        cases.push(case(name, request, invalid_token(ALGORITHM)));
    }
    for (name, kid) in [
        ("b9_a_kid_that_no_key_has_is_an_unknown_key", "unknown"),
        ("b9_an_empty_kid_is_an_unknown_key", ""),
        ("b9_a_kid_in_another_case_is_an_unknown_key", "P256"),
    ] {
        let request = request(&sets.p256, kid, None);
        cases.push(case(name, request, invalid_token(UNKNOWN_KEY)));
    }
    let without_kid = |issuer: &Issuer| {
        let token = issuer.token("alice").scope("read").without_header("kid");
        Request::get("/sets/read").bearer(token.sign())
    };
    cases.push(case(
        "b9_a_token_without_a_kid_that_neither_of_two_keys_verifies_has_an_unknown_key",
        without_kid(&Issuer::new(ISSUER, AUDIENCE)),
        invalid_token(UNKNOWN_KEY),
    ));
    for (name, issuer) in [
        (
            "b9_a_token_without_a_kid_is_verified_by_the_first_of_two_keys",
            &sets.p256,
        ),
        (
            "b9_a_token_without_a_kid_is_verified_by_the_second_of_two_keys",
            &sets.p256_next,
        ),
    ] {
        cases.push(case(name, without_kid(issuer), handler("read: alice")));
    }
    cases
}

fn signatures(world: &World) -> Vec<Case> {
    let good = world.reader().sign();
    let other = Issuer::new(ISSUER, AUDIENCE).token("alice").scope("read");
    let [header, payload, signature] = split(&good);
    let [_, foreign_payload, _] = split(&world.alice().scope("admin").sign());
    let mut bytes = URL_SAFE_NO_PAD.decode(&signature).unwrap();
    bytes[10] ^= 1;
    let flipped = URL_SAFE_NO_PAD.encode(&bytes);
    bytes.pop();
    let short = URL_SAFE_NO_PAD.encode(&bytes);
    [
        (
            "b8_the_signature_of_another_key_with_the_same_kid_is_invalid",
            other.sign(),
        ),
        (
            "b8_the_signature_of_another_key_without_a_kid_is_invalid",
            other.without_header("kid").sign(),
        ),
        (
            "b8_a_signature_with_one_changed_bit_is_invalid",
            format!("{header}.{payload}.{flipped}"),
        ),
        (
            "b8_a_signature_without_its_last_octet_is_invalid",
            format!("{header}.{payload}.{short}"),
        ),
        (
            "b8_an_empty_signature_is_invalid",
            format!("{header}.{payload}."),
        ),
        (
            "b8_the_signature_of_another_payload_is_invalid",
            format!("{header}.{foreign_payload}.{signature}"),
        ),
    ]
    .into_iter()
    .map(|(name, token)| case(name, read(token), invalid_token(SIGNATURE)))
    .chain([case(
        "b9_a_token_without_a_kid_is_verified_by_the_only_key",
        read(world.reader().without_header("kid").sign()),
        handler("read: alice"),
    )])
    .collect()
}

fn types(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    let typed = |path: &str, typ: Option<&str>| {
        let token = match typ {
            Some(typ) => world.reader().header("typ", typ),
            None => world.reader().without_header("typ"),
        };
        Request::get(path).bearer(token.sign())
    };
    for (name, typ) in [
        ("b10_typ_jwt_is_not_an_access_token", Some("JWT")),
        (
            "b10_typ_jwt_in_lower_case_is_not_an_access_token",
            Some("jwt"),
        ),
        (
            "b10_a_logout_token_is_not_an_access_token",
            Some("logout+jwt"),
        ),
        ("b10_a_dpop_proof_is_not_an_access_token", Some("dpop+jwt")),
        (
            "b10_typ_id_token_jwt_is_not_an_access_token",
            Some("id_token+jwt"),
        ),
        ("b10_typ_at_alone_is_not_an_access_token", Some("at")),
        (
            "b10_typ_at_jwt_and_a_space_is_not_an_access_token",
            Some("at+jwt "),
        ),
        ("b10_typ_at_jwt2_is_not_an_access_token", Some("at+jwt2")),
        (
            "b10_typ_at_jwt_with_a_hyphen_is_not_an_access_token",
            Some("at-jwt"),
        ),
        (
            "b10_typ_text_at_jwt_is_not_an_access_token",
            Some("text/at+jwt"),
        ),
        (
            "b10_typ_application_jwt_is_not_an_access_token",
            Some("application/jwt"),
        ),
        (
            "b10_typ_with_the_application_prefix_twice_is_not_an_access_token",
            Some("application/application/at+jwt"),
        ),
        ("b10_an_empty_typ_is_not_an_access_token", Some("")),
        ("b10_a_token_without_typ_is_not_an_access_token", None),
    ] {
        cases.push(case(name, typed("/read", typ), invalid_token(TYPE)));
    }
    for (name, typ) in [
        ("b10_typ_at_jwt_is_an_access_token", "at+jwt"),
        ("b10_typ_at_jwt_in_upper_case_is_an_access_token", "AT+JWT"),
        (
            "b10_typ_application_at_jwt_is_an_access_token",
            "application/at+jwt",
        ),
        (
            "b10_typ_application_at_jwt_in_mixed_case_is_an_access_token",
            "Application/At+Jwt",
        ),
    ] {
        let request = typed("/read", Some(typ));
        cases.push(case(name, request, handler("read: alice")));
    }
    cases.push(case(
        "b10_the_type_rule_if_present_refuses_typ_jwt",
        typed("/typ-if-present/read", Some("JWT")),
        invalid_token(TYPE),
    ));
    cases.push(case(
        "b10_the_type_rule_if_present_accepts_a_token_without_typ",
        typed("/typ-if-present/read", None),
        handler("read: alice"),
    ));
    cases.push(case(
        "b10_the_type_rule_off_accepts_typ_jwt",
        typed("/typ-off/read", Some("JWT")),
        handler("read: alice"),
    ));
    cases.push(case(
        "b10_the_type_rule_off_accepts_a_token_without_typ",
        typed("/typ-off/read", None),
        handler("read: alice"),
    ));
    cases
}
