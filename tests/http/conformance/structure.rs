//! Rows B1, B2, B6 and B7: the form of a token.

use auth_tests::client::Request;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::json;

use super::{Case, case, handler, invalid_token};
use crate::app::{AUDIENCE, ISSUER, World};

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
        ("B1", "one part", header.clone()),
        ("B1", "two parts", format!("{header}.{payload}")),
        ("B1", "four parts", format!("{good}.")),
        ("B1", "four full parts", format!("{good}.{signature}")),
        ("B1", "a dot in front", format!(".{good}")),
        ("B1", "no header", format!(".{payload}.{signature}")),
        ("B1", "no payload", format!("{header}..{signature}")),
        ("B1", "dots alone", "..".to_owned()),
        (
            "B1",
            "a padded header",
            format!("{}.{payload}.{signature}", pad(&header)),
        ),
        (
            "B1",
            "a padded payload",
            format!("{header}.{}.{signature}", pad(&payload)),
        ),
        (
            "B1",
            "a padded signature",
            format!("{header}.{payload}.{signature}=="),
        ),
        (
            "B1",
            "a plus sign",
            format!("{header}.{payload}.+{}", &signature[1..]),
        ),
        (
            "B1",
            "a slash",
            format!("{header}.{payload}./{}", &signature[1..]),
        ),
        (
            "B1",
            "a tilde",
            format!("{header}.{payload}.~{}", &signature[1..]),
        ),
        (
            "B1",
            "trailing bits",
            format!("{header}.{payload}.{}", with_trailing_bits(&signature)),
        ),
        (
            "B1",
            "a length that base64url can't have",
            format!("{header}.{payload}.{signature}AAA"),
        ),
        (
            "B2",
            "a JWE",
            format!("{header}.{payload}.{signature}.{payload}.{signature}"),
        ),
        (
            "B2",
            "a JWE with a direct key",
            format!("{header}..{signature}.{payload}.{signature}"),
        ),
    ];
    let mut cases: Vec<Case> = malformed
        .into_iter()
        .map(|(row, what, token)| case(row, what, read(token), invalid_token(MALFORMED)))
        .collect();
    // The other alphabet differs for some bytes only: these are two of them.
    let odd = world.reader().claim("odd", "\u{3ff}\u{3ff}~~~???").sign();
    let [_, payload, _] = split(&odd);
    let bytes = URL_SAFE_NO_PAD.decode(&payload).unwrap();
    for (what, text) in [
        ("the other alphabet", STANDARD_NO_PAD.encode(&bytes)),
        ("the other alphabet, padded", STANDARD.encode(&bytes)),
    ] {
        assert!(text.contains(['+', '/']), "{text}");
        let request = read(odd.replace(&payload, &text));
        cases.push(case("B1", what, request, invalid_token(MALFORMED)));
    }
    cases
}

/// What the parts hold; all of it properly signed.
fn json(world: &World) -> Vec<Case> {
    let header = r#"{"alg":"ES256","typ":"at+jwt","kid":"testing"}"#;
    let payload = payload(world);
    let sign = |header: &str, payload: &str| world.issuer.sign(header, payload);
    let member = |member: &str| payload.replacen('{', &format!("{{{member},"), 1);
    let header_member = |member: &str| header.replacen('{', &format!("{{{member},"), 1);
    let mut cases = vec![case(
        "B1",
        "the token that the next ones are made from",
        read(sign(header, &payload)),
        handler("read: alice"),
    )];
    for text in [
        "[]",
        "7",
        "null",
        "\"x\"",
        "true",
        "",
        "{",
        "{}{}",
        "{} x",
        "{'alg':1}",
        "\u{feff}{}",
    ] {
        let in_header = read(sign(text, &payload));
        let in_payload = read(sign(header, text));
        cases.push(case(
            "B1",
            format!("header {text:?}"),
            in_header,
            invalid_token(MALFORMED),
        ));
        cases.push(case(
            "B1",
            format!("payload {text:?}"),
            in_payload,
            invalid_token(MALFORMED),
        ));
    }
    for (what, token) in [
        ("a claim twice", sign(header, &member(r#""sub":"eve""#))),
        (
            "a claim twice, alike",
            sign(header, &member(r#""sub":"alice""#)),
        ),
        (
            "a claim twice, escaped",
            sign(header, &member(r#""\u0073ub":"eve""#)),
        ),
        (
            "a member of a claim twice",
            sign(header, &member(r#""x":{"a":1,"a":2}"#)),
        ),
        (
            "a member in an array twice",
            sign(header, &member(r#""x":[{"a":1,"a":2}]"#)),
        ),
        (
            "an unknown claim twice",
            sign(header, &member(r#""x":1,"x":1"#)),
        ),
        (
            "alg twice",
            sign(&header_member(r#""alg":"none""#), &payload),
        ),
        (
            "kid twice",
            sign(&header_member(r#""kid":"other""#), &payload),
        ),
        (
            "an unknown parameter twice",
            sign(&header_member(r#""x":1,"x":1"#), &payload),
        ),
        (
            "alg is a number",
            sign(&header.replace(r#""ES256""#, "7"), &payload),
        ),
        (
            "alg is null",
            sign(&header.replace(r#""ES256""#, "null"), &payload),
        ),
        (
            "alg is an array",
            sign(&header.replace(r#""ES256""#, r#"["ES256"]"#), &payload),
        ),
        (
            "kid is a number",
            sign(&header.replace(r#""testing""#, "7"), &payload),
        ),
        (
            "kid is an object",
            sign(&header.replace(r#""testing""#, "{}"), &payload),
        ),
        (
            "typ is a number",
            sign(&header.replace(r#""at+jwt""#, "7"), &payload),
        ),
        ("not UTF-8", sign_bytes(world, &[b"{\"sub\":\"\xff\"}"])),
    ] {
        cases.push(case("B1", what, read(token), invalid_token(MALFORMED)));
    }
    cases
}

fn header_parameters(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, token) in [
        ("crit", world.reader().header("crit", ["exp"])),
        (
            "crit and its parameter",
            world.reader().header("crit", ["exp"]).header("exp", 1),
        ),
        ("crit is empty", world.reader().header("crit", json!([]))),
        ("crit is null", world.reader().header("crit", json!(null))),
        ("crit is a string", world.reader().header("crit", "exp")),
        ("b64 is false", world.reader().header("b64", false)),
        (
            "b64 is false and critical",
            world.reader().header("b64", false).header("crit", ["b64"]),
        ),
    ] {
        cases.push(case(
            "B6",
            what,
            read(token.sign()),
            invalid_token(MALFORMED),
        ));
    }
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
        ("x5t", json!("AAAA")),
        ("cty", json!("JWT")),
    ] {
        let request = read(world.reader().header(name, value).sign());
        let what = format!("{name} changes nothing");
        cases.push(case("B7", what, request, handler("read: alice")));
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

/// A signed payload that is no text.
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

/// The same bytes in another spelling: the last letter of 86 has four bits that must be zero.
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
