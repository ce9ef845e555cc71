//! Bodies of refused requests are not read, and refusals reveal no more than necessary.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::callers::{customer, partner};
use crate::shop::{Shop, head};
use example_runner::curl;

/// The status that the head of an upload gets before the body is sent. 100 means that the server wants the body.
fn upload(shop: &Shop, authorization: &str) -> u16 {
    let mut stream = TcpStream::connect(shop.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let address = shop.address;
    let head = format!(
        "PUT /orders/1/photo HTTP/1.1\r\nHost: {address}\r\nContent-Length: 10000000\r\n\
         Expect: 100-continue\r\n{authorization}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    std::str::from_utf8(&answer[9..]).unwrap().parse().unwrap()
}

#[test]
fn the_body_of_a_refused_upload_is_not_read() {
    let shop = Shop::open();
    let bearer = |token: String| format!("Authorization: Bearer {token}\r\n");
    assert_eq!(upload(&shop, ""), 401);
    let reader = bearer(customer("alice").scope("orders:read").sign());
    assert_eq!(upload(&shop, &reader), 403);
    let not_the_owner = bearer(customer("bob").scope("orders:write").sign());
    assert_eq!(upload(&shop, &not_the_owner), 403);
    let owner = bearer(customer("alice").scope("orders:write").sign());
    assert_eq!(upload(&shop, &owner), 100);
}

#[test]
fn a_hidden_storefront_route_looks_like_a_missing_path() {
    let shop = Shop::open();
    let token = partner("tea-garden").scope("offers:read").sign();
    let header = format!("Authorization: Bearer {token}");
    let hidden = curl(&[&shop.url("/partners/payouts"), "-H", &header]);
    let missing = curl(&[&shop.url("/partners/nothing"), "-H", &header]);
    assert_eq!((hidden.status, missing.status), (404, 404));
    assert_eq!(hidden.body, missing.body);
    assert!(hidden.challenges.is_empty(), "{hidden:?}");
}

#[test]
fn each_storefront_realm_challenges_for_its_own_credentials() {
    let shop = Shop::open();
    assert_eq!(
        curl(&[&shop.url("/partners/offers")]).challenges,
        [
            r#"Bearer realm="partners", scope="offers:read""#,
            r#"ApiKey realm="partners""#,
        ]
    );
    assert_eq!(
        curl(&[&shop.url("/partners/shipments"), "--request", "POST"]).challenges,
        [r#"ApiKey realm="partners""#]
    );
    let alice = customer("alice").scope("payments:write").sign();
    let header = format!("Authorization: Bearer {alice}");
    let payment = shop.url("/orders/1/payment");
    let answer = curl(&[&payment, "--request", "POST", "-H", &header]);
    assert_eq!(answer.status, 401);
    let challenge = answer.challenges.join("\n");
    assert!(
        challenge.contains(r#"acr_values="urn:storefront:two-factors""#),
        "{challenge}"
    );
}

#[test]
fn a_404_or_405_has_the_media_type_of_a_refusal() {
    let shop = Shop::open();
    let (status, missing) = head(&[&shop.url("/nothing")]);
    assert_eq!(status, 404);
    let (status, no_such_method) = head(&[&shop.url("/orders/1"), "--request", "PATCH"]);
    assert_eq!(status, 405);
    assert!(
        no_such_method.contains("allow: get,head,delete"),
        "{no_such_method}"
    );
    for head in [missing, no_such_method] {
        assert!(
            head.contains("content-type: application/problem+json"),
            "{head}"
        );
        assert!(!head.contains("\nwww-authenticate: "), "{head}");
    }
}
