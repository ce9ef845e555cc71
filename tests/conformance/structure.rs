//! Rows B1, B2, B6 and B7: the structure of a token, and its header parameters.

use auth_tests::application::{AUDIENCE, ISSUER, World};
use auth_tests::client::Request;
use auth_tests::expected::{handler, invalid_token};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::case::{Case, case};

const MALFORMED: &str = "The access token is malformed";

pub(super) fn read(token: impl AsRef<str>) -> Request {
    Request::get("/read").bearer(token)
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let mut cases = parts(world);
    cases.extend(json(world));
    cases.extend(header_parameters(world));
    cases
}

fn parts(world: &World) -> Vec<Case> {
    let good = world.reader().sign();
    let [header, payload, signature] = split(&good);
    let malformed = [
        ("b1_one_part_is_malformed", header.clone()),
        ("b1_two_parts_are_malformed", format!("{header}.{payload}")),
        (
            "b1_three_parts_and_a_trailing_dot_are_malformed",
            format!("{good}."),
        ),
        ("b1_four_parts_are_malformed", format!("{good}.{signature}")),
        (
            "b1_a_dot_before_the_header_is_malformed",
            format!(".{good}"),
        ),
        (
            "b1_an_empty_header_is_malformed",
            format!(".{payload}.{signature}"),
        ),
        (
            "b1_an_empty_payload_is_malformed",
            format!("{header}..{signature}"),
        ),
        ("b1_dots_alone_are_malformed", "..".to_owned()),
        (
            "b1_a_header_with_padding_is_malformed",
            format!("{}.{payload}.{signature}", pad(&header)),
        ),
        (
            "b1_a_payload_with_padding_is_malformed",
            format!("{header}.{}.{signature}", pad(&payload)),
        ),
        (
            "b1_a_signature_with_padding_is_malformed",
            format!("{header}.{payload}.{signature}=="),
        ),
        (
            "b1_a_signature_with_a_plus_sign_is_malformed",
            format!("{header}.{payload}.+{}", &signature[1..]),
        ),
        (
            "b1_a_signature_with_a_slash_is_malformed",
            format!("{header}.{payload}./{}", &signature[1..]),
        ),
        (
            "b1_a_signature_with_a_tilde_is_malformed",
            format!("{header}.{payload}.~{}", &signature[1..]),
        ),
        (
            "b1_a_signature_with_trailing_bits_is_malformed",
            format!("{header}.{payload}.{}", with_trailing_bits(&signature)),
        ),
        (
            "b1_a_signature_of_a_length_that_base64url_cannot_have_is_malformed",
            format!("{header}.{payload}.{signature}AAA"),
        ),
        (
            "b2_an_encrypted_token_is_malformed",
            format!("{header}.{payload}.{signature}.{payload}.{signature}"),
        ),
        (
            "b2_an_encrypted_token_with_a_direct_key_is_malformed",
            format!("{header}..{signature}.{payload}.{signature}"),
        ),
    ];
    let mut cases: Vec<Case> = malformed
        .into_iter()
        .map(|(name, token)| case(name, read(token), invalid_token(MALFORMED)))
        .collect();
    // The two alphabets differ in two letters only. Both occur in this claim.
    let odd = world.reader().claim("odd", "\u{3ff}\u{3ff}~~~???").sign();
    let [_, payload, _] = split(&odd);
    let bytes = URL_SAFE_NO_PAD.decode(&payload).unwrap();
    for (name, text) in [
        (
            "b1_a_payload_in_the_standard_base64_alphabet_is_malformed",
            STANDARD_NO_PAD.encode(&bytes),
        ),
        (
            "b1_a_payload_in_the_standard_base64_alphabet_with_padding_is_malformed",
            STANDARD.encode(&bytes),
        ),
    ] {
        assert!(text.contains(['+', '/']), "{text}");
        let request = read(odd.replace(&payload, &text));
        cases.push(case(name, request, invalid_token(MALFORMED)));
    }
    cases
}

/// The JSON in the parts. All signatures are valid.
fn json(world: &World) -> Vec<Case> {
    let header = r#"{"alg":"ES256","typ":"at+jwt","kid":"testing"}"#;
    let payload = payload(world);
    let sign = |header: &str, payload: &str| world.issuer.sign(header, payload);
    let member = |member: &str| payload.replacen('{', &format!("{{{member},"), 1);
    let header_member = |member: &str| header.replacen('{', &format!("{{{member},"), 1);
    let mut cases = vec![case(
        "b1_the_valid_token_that_the_malformed_ones_derive_from_is_accepted",
        read(sign(header, &payload)),
        handler("read: alice"),
    )];
    for (form, text) in [
        ("an_array", "[]"),
        ("a_number", "7"),
        ("null", "null"),
        ("a_string", "\"x\""),
        ("a_boolean", "true"),
        ("an_empty_text", ""),
        ("an_unclosed_object", "{"),
        ("two_objects", "{}{}"),
        ("an_object_and_a_word", "{} x"),
        ("an_object_with_single_quotes", "{'alg':1}"),
        ("an_object_after_a_byte_order_mark", "\u{feff}{}"),
    ] {
        let name = format!("b1_{form}_as_the_header_is_malformed");
        cases.push(case(
            name,
            read(sign(text, &payload)),
            invalid_token(MALFORMED),
        ));
        let name = format!("b1_{form}_as_the_payload_is_malformed");
        cases.push(case(
            name,
            read(sign(header, text)),
            invalid_token(MALFORMED),
        ));
    }
    for (name, token) in [
        (
            "b1_a_claim_with_two_values_is_malformed",
            sign(header, &member(r#""sub":"eve""#)),
        ),
        (
            "b1_a_claim_repeated_with_the_same_value_is_malformed",
            sign(header, &member(r#""sub":"alice""#)),
        ),
        (
            "b1_a_claim_repeated_with_an_escaped_name_is_malformed",
            sign(header, &member(r#""\u0073ub":"eve""#)),
        ),
        (
            "b1_a_repeated_member_of_an_object_claim_is_malformed",
            sign(header, &member(r#""x":{"a":1,"a":2}"#)),
        ),
        (
            "b1_a_repeated_member_of_an_object_in_an_array_is_malformed",
            sign(header, &member(r#""x":[{"a":1,"a":2}]"#)),
        ),
        (
            "b1_a_repeated_unknown_claim_is_malformed",
            sign(header, &member(r#""x":1,"x":1"#)),
        ),
        (
            "b1_a_repeated_alg_is_malformed",
            sign(&header_member(r#""alg":"none""#), &payload),
        ),
        (
            "b1_a_repeated_kid_is_malformed",
            sign(&header_member(r#""kid":"other""#), &payload),
        ),
        (
            "b1_a_repeated_unknown_header_parameter_is_malformed",
            sign(&header_member(r#""x":1,"x":1"#), &payload),
        ),
        (
            "b1_alg_as_a_number_is_malformed",
            sign(&header.replace(r#""ES256""#, "7"), &payload),
        ),
        (
            "b1_alg_as_null_is_malformed",
            sign(&header.replace(r#""ES256""#, "null"), &payload),
        ),
        (
            "b1_alg_as_an_array_is_malformed",
            sign(&header.replace(r#""ES256""#, r#"["ES256"]"#), &payload),
        ),
        (
            "b1_kid_as_a_number_is_malformed",
            sign(&header.replace(r#""testing""#, "7"), &payload),
        ),
        (
            "b1_kid_as_an_object_is_malformed",
            sign(&header.replace(r#""testing""#, "{}"), &payload),
        ),
        (
            "b1_typ_as_a_number_is_malformed",
            sign(&header.replace(r#""at+jwt""#, "7"), &payload),
        ),
        (
            "b1_a_payload_that_is_not_utf_8_is_malformed",
            sign_bytes(world, &[b"{\"sub\":\"\xff\"}"]),
        ),
    ] {
        cases.push(case(name, read(token), invalid_token(MALFORMED)));
    }
    cases
}

fn header_parameters(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, token) in [
        (
            "b6_a_critical_claim_name_is_malformed",
            world.reader().header("crit", ["exp"]),
        ),
        (
            "b6_a_critical_parameter_that_is_present_is_malformed",
            world.reader().header("crit", ["exp"]).header("exp", 1),
        ),
        (
            "b6_an_empty_crit_is_malformed",
            world.reader().header("crit", json!([])),
        ),
        (
            "b6_a_null_crit_is_malformed",
            world.reader().header("crit", json!(null)),
        ),
        (
            "b6_crit_as_a_string_is_malformed",
            world.reader().header("crit", "exp"),
        ),
        (
            "b6_the_parameter_b64_as_false_is_malformed",
            world.reader().header("b64", false),
        ),
        (
            "b6_a_critical_parameter_b64_as_false_is_malformed",
            world.reader().header("b64", false).header("crit", ["b64"]),
        ),
    ] {
        cases.push(case(name, read(token.sign()), invalid_token(MALFORMED)));
    }
    for (parameter, value) in [
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
        ("x5t", json!("AAAA")),
        ("cty", json!("JWT")),
    ] {
        let request = read(world.reader().header(parameter, value).sign());
        let name = format!("b7_the_header_parameter_{parameter}_is_ignored");
        cases.push(case(name, request, handler("read: alice")));
    }
    cases
}

fn payload(world: &World) -> String {
    let now = world.now;
    format!(
        r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","sub":"alice","exp":{},"iat":{now},"scope":"read"}}"#,
        now + 300
    )
}

/// A signed payload that is not UTF-8.
fn sign_bytes(world: &World, payload: &[&[u8]]) -> String {
    let [header, _, signature] = split(&world.reader().sign());
    format!(
        "{header}.{}.{signature}",
        URL_SAFE_NO_PAD.encode(payload.concat())
    )
}

pub(super) fn split(token: &str) -> [String; 3] {
    token
        .split('.')
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap()
}

fn pad(part: &str) -> String {
    format!("{part}=")
}

/// The same octets, encoded differently: the last of 86 letters has four bits that must be zero.
fn with_trailing_bits(signature: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = signature.chars().last().unwrap();
    let index = alphabet.find(last).unwrap();
    format!(
        "{}{}",
        &signature[..signature.len() - 1],
        &alphabet[index + 1..=index + 1]
    )
}
