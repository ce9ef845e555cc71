//! Rows B3 to B5 and B8 to B10: who signed a token, how, and as what.

use auth_runtime::testing::Issuer;
use auth_tests::client::Request;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::structure::{read, split};
use super::{Case, case, handler, invalid_token};
use crate::app::{AUDIENCE, ISSUER, World};

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
    for name in ["none", "None", "NONE", "nOnE", "none ", " none", "", "null"] {
        let token = world.reader().header("alg", name).sign();
        cases.push(case(
            "B3",
            format!("{name:?}"),
            read(&token),
            invalid_token(ALGORITHM),
        ));
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        let what = format!("{name:?} without a signature");
        cases.push(case("B3", what, read(unsigned), invalid_token(ALGORITHM)));
    }
    let missing = world.reader().without_header("alg").sign();
    cases.push(case(
        "B3",
        "missing",
        read(missing),
        invalid_token(ALGORITHM),
    ));
    for name in [
        "HS256",
        "HS512",
        "RS256",
        "PS256",
        "ES384",
        "ES512",
        "ES256K",
        "EdDSA",
        "Ed25519",
        "es256",
        "ES256 ",
        "RSA-OAEP",
        "dir",
        "A256GCM",
        "ML-DSA-44",
    ] {
        let token = world.reader().header("alg", name).sign();
        cases.push(case("B4", name, read(token), invalid_token(ALGORITHM)));
    }
    let secret = Issuer::with_secret(ISSUER, AUDIENCE, [7; 32]);
    let token = secret
        .token("alice")
        .scope("read")
        .header("kid", "testing")
        .sign();
    cases.push(case(
        "B4",
        "HS256 with an EC key configured",
        read(token),
        invalid_token(ALGORITHM),
    ));
    let token = secret
        .token("alice")
        .scope("read")
        .header("kid", "rsa")
        .sign();
    let request = Request::get("/sets/read").bearer(token);
    cases.push(case(
        "B4",
        "HS256 with RSA keys configured",
        request,
        invalid_token(ALGORITHM),
    ));
    cases
}

/// Below `/sets` the key is one of a JWK Set.
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
    for (kid, issuer) in [
        ("p256", &sets.p256),
        ("p256-next", &sets.p256_next),
        ("p384", &sets.p384),
        ("rsa", &sets.rsa),
        ("ed25519", &sets.ed25519),
    ] {
        let what = format!("the key {kid} is found by its kid");
        cases.push(case(
            "B9",
            what,
            request(issuer, kid, None),
            handler("read: alice"),
        ));
    }
    for name in ["EdDSA", "Ed25519"] {
        let what = format!("{name} is a name of the algorithm");
        let request = request(&sets.ed25519, "ed25519", Some(name));
        cases.push(case("B4", what, request, handler("read: alice")));
    }
    for (what, issuer, kid, algorithm) in [
        ("the key's own alg", &sets.rsa, "rsa", Some("RS384")),
        ("the key's own alg, PSS", &sets.rsa, "rsa", Some("PS256")),
        ("an RSA key, ES256", &sets.p256, "rsa", None),
        ("an EC key, RS256", &sets.rsa, "p256", None),
        ("P-256, ES384", &sets.p384, "p256", None),
        ("P-384, ES256", &sets.p256, "p384", None),
        ("an EC key, EdDSA", &sets.ed25519, "p256", None),
        ("an Ed25519 key, ES256", &sets.p256, "ed25519", None),
        ("a key of an unknown type", &sets.p256, "post-quantum", None),
        ("use is not sig", &sets.encryption, "encryption", None),
        (
            "key_ops lacks verify",
            &sets.signing_only,
            "signing-only",
            None,
        ),
    ] {
        let request = request(issuer, kid, algorithm);
        cases.push(case("B5", what, request, invalid_token(ALGORITHM)));
    }
    for (what, issuer, kid) in [
        ("a kid that no key has", &sets.p256, "unknown"),
        ("an empty kid", &sets.p256, ""),
        ("a kid in other letters", &sets.p256, "P256"),
    ] {
        cases.push(case(
            "B9",
            what,
            request(issuer, kid, None),
            invalid_token(UNKNOWN_KEY),
        ));
    }
    let without_kid = |issuer: &Issuer| {
        let token = issuer.token("alice").scope("read").without_header("kid");
        Request::get("/sets/read").bearer(token.sign())
    };
    let stranger = without_kid(&Issuer::new(ISSUER, AUDIENCE));
    let what = "no kid, and none of two keys fits";
    cases.push(case("B9", what, stranger, invalid_token(UNKNOWN_KEY)));
    for issuer in [&sets.p256, &sets.p256_next] {
        let what = "no kid, and one of two keys fits";
        cases.push(case(
            "B9",
            what,
            without_kid(issuer),
            handler("read: alice"),
        ));
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
        ("another key of that kid", other.sign()),
        ("another key, no kid", other.without_header("kid").sign()),
        ("one bit", format!("{header}.{payload}.{flipped}")),
        ("a byte short", format!("{header}.{payload}.{short}")),
        ("none", format!("{header}.{payload}.")),
        (
            "of another payload",
            format!("{header}.{foreign_payload}.{signature}"),
        ),
    ]
    .into_iter()
    .map(|(what, token)| case("B8", what, read(token), invalid_token(SIGNATURE)))
    .chain([case(
        "B9",
        "no kid, and the one key fits",
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
    for typ in [
        "JWT",
        "jwt",
        "logout+jwt",
        "dpop+jwt",
        "id_token+jwt",
        "at",
        "at+jwt ",
        "at+jwt2",
        "at-jwt",
        "text/at+jwt",
        "application/jwt",
        "application/application/at+jwt",
        "",
    ] {
        let request = typed("/read", Some(typ));
        cases.push(case(
            "B10",
            format!("{typ:?}"),
            request,
            invalid_token(TYPE),
        ));
    }
    cases.push(case(
        "B10",
        "missing",
        typed("/read", None),
        invalid_token(TYPE),
    ));
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/At+Jwt",
    ] {
        let request = typed("/read", Some(typ));
        cases.push(case(
            "B10",
            format!("{typ:?}"),
            request,
            handler("read: alice"),
        ));
    }
    let path = "/typ-if-present/read";
    let what = "if present: JWT";
    cases.push(case(
        "B10",
        what,
        typed(path, Some("JWT")),
        invalid_token(TYPE),
    ));
    let what = "if present: missing";
    cases.push(case("B10", what, typed(path, None), handler("read: alice")));
    let path = "/typ-off/read";
    cases.push(case(
        "B10",
        "off: JWT",
        typed(path, Some("JWT")),
        handler("read: alice"),
    ));
    cases.push(case(
        "B10",
        "off: missing",
        typed(path, None),
        handler("read: alice"),
    ));
    cases
}
