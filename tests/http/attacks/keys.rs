//! Signatures that are none.

use auth_runtime::testing::Issuer;
use auth_tests::application::{AUDIENCE, ISSUER};
use auth_tests::client::Request;
use auth_tests::keys::{ED25519_PRIVATE, P384_PRIVATE, RSA_PRIVATE};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{SIGNATURE, Target, reader};

/// The token with another signature.
fn with_signature(token: &str, signature: &[u8]) -> String {
    let (rest, _) = token.rsplit_once('.').unwrap();
    format!("{rest}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn signature(token: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD
        .decode(token.rsplit_once('.').unwrap().1)
        .unwrap()
}

/// `r || s` as the ASN.1 sequence that X.509 and TLS use.
fn to_der(signature: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let start = bytes
            .iter()
            .position(|byte| *byte != 0)
            .unwrap_or(bytes.len() - 1);
        let mut value = bytes[start..].to_vec();
        if value[0] >= 0x80 {
            value.insert(0, 0);
        }
        [&[2, u8::try_from(value.len()).unwrap()], value.as_slice()].concat()
    };
    let (r, s) = signature.split_at(signature.len() / 2);
    let content = [integer(r), integer(s)].concat();
    [
        &[0x30, u8::try_from(content.len()).unwrap()],
        content.as_slice(),
    ]
    .concat()
}

/// The order of P-256's group.
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

#[tokio::test]
async fn b8_an_all_zero_ecdsa_signature_is_refused_over_http() {
    let (target, issuer) = Target::with_issuer().await;
    let token = reader(&issuer).sign();
    let one = [[0; 31].as_slice(), &[1]].concat();
    for (what, signature) in [
        ("zeros", vec![0; 64]),
        ("zero and one", [[0; 32].as_slice(), &one].concat()),
        ("one and zero", [one.as_slice(), &[0; 32]].concat()),
        ("the group's order twice", [P256_ORDER, P256_ORDER].concat()),
        (
            "the group's order and one",
            [P256_ORDER.as_slice(), &one].concat(),
        ),
        ("all bits", vec![0xff; 64]),
        ("zeros as DER", vec![0x30, 6, 2, 1, 0, 2, 1, 0]),
        ("an empty sequence", vec![0x30, 0]),
        ("one byte", vec![0]),
        ("nothing", Vec::new()),
        ("twice as long", vec![0; 128]),
    ] {
        target
            .assert_refused(what, &with_signature(&token, &signature), SIGNATURE)
            .await;
    }
    let p384 = Issuer::with_pem(ISSUER, AUDIENCE, P384_PRIVATE);
    let target = Target::trusting(p384.jwt()).await;
    let token = reader(&p384).sign();
    target.assert_let_in("ES384", &token).await;
    target
        .assert_refused("ES384", &with_signature(&token, &[0; 96]), SIGNATURE)
        .await;
}

#[tokio::test]
async fn b8_a_der_encoded_ecdsa_signature_is_refused_over_http() {
    let (target, issuer) = Target::with_issuer().await;
    let token = reader(&issuer).sign();
    target.assert_let_in("r || s", &token).await;
    let der = to_der(&signature(&token));
    target
        .assert_refused("DER", &with_signature(&token, &der), SIGNATURE)
        .await;
}

#[tokio::test]
async fn b8_a_signature_with_a_changed_length_or_bit_is_refused_for_every_algorithm() {
    let issuers = [
        Issuer::new(ISSUER, AUDIENCE),
        Issuer::with_pem(ISSUER, AUDIENCE, P384_PRIVATE),
        Issuer::with_pem(ISSUER, AUDIENCE, RSA_PRIVATE),
        Issuer::with_pem(ISSUER, AUDIENCE, ED25519_PRIVATE),
        Issuer::with_secret(ISSUER, AUDIENCE, [7; 32]),
    ];
    for issuer in issuers {
        let target = Target::trusting(issuer.jwt()).await;
        let token = reader(&issuer).sign();
        target.assert_let_in(&format!("{issuer:?}"), &token).await;
        let good = signature(&token);
        let changed = |change: fn(&mut Vec<u8>)| {
            let mut bytes = good.clone();
            change(&mut bytes);
            with_signature(&token, &bytes)
        };
        for (what, bad) in [
            ("the first bit", changed(|bytes| bytes[0] ^= 0x80)),
            (
                "the last bit",
                changed(|bytes| *bytes.last_mut().unwrap() ^= 1),
            ),
            (
                "a byte less",
                changed(|bytes| bytes.truncate(bytes.len() - 1)),
            ),
            ("a byte more", changed(|bytes| bytes.push(0))),
            ("a byte in front", changed(|bytes| bytes.insert(0, 0))),
            ("backwards", changed(|bytes| bytes.reverse())),
            ("zeros", changed(|bytes| bytes.fill(0))),
            ("half", changed(|bytes| bytes.truncate(bytes.len() / 2))),
            ("one byte", changed(|bytes| bytes.truncate(1))),
            ("nothing", changed(Vec::clear)),
        ] {
            target
                .assert_refused(&format!("{issuer:?} {what}"), &bad, SIGNATURE)
                .await;
        }
    }
}

#[tokio::test]
async fn b8_the_signature_of_one_token_is_invalid_for_another() {
    let (target, issuer) = Target::with_issuer().await;
    let alice = reader(&issuer).sign();
    let eve = issuer.token("eve").scope("none").sign();
    let stolen = with_signature(&alice.replace("alice", "eve"), &signature(&eve));
    target
        .assert_refused("signature of another", &stolen, SIGNATURE)
        .await;
    let part = |token: &str, index| token.split('.').nth(index).unwrap().to_owned();
    for (what, mixed) in [
        (
            "payload",
            format!("{}.{}.{}", part(&eve, 0), part(&alice, 1), part(&eve, 2)),
        ),
        (
            "payload and signature of two",
            format!("{}.{}.{}", part(&alice, 0), part(&eve, 1), part(&alice, 2)),
        ),
        (
            "parts swapped",
            format!(
                "{}.{}.{}",
                part(&alice, 1),
                part(&alice, 0),
                part(&alice, 2)
            ),
        ),
    ] {
        let response = target
            .server
            .send(&Request::get("/read").bearer(mixed))
            .await;
        assert_eq!(response.status, 401, "{what}");
    }
}
