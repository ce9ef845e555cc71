//! Rows B11 to B17, D13 and E2: what the claims of a genuine token say.

use auth_runtime::testing::Token;
use auth_tests::client::Request;
use serde_json::{Value, json};

use super::authorization::{forbidden, needs, to};
use super::{Case, Expected, case, handler, invalid_token};
use crate::app::{AUDIENCE, ISSUER, World};

const MALFORMED: &str = "The access token is malformed";
const EXPIRED: &str = "The access token expired";
const NO_EXPIRY: &str = "The access token has no expiry";
const NOT_YET: &str = "The access token is not yet valid";
const ISSUER_FAULT: &str = "The access token issuer is not trusted";
const AUDIENCE_FAULT: &str = "The access token audience does not match";
const MISSING_CLAIM: &str = "The access token lacks a required claim";

fn read(token: &Token) -> Request {
    Request::get("/read").bearer(token.sign())
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let mut cases = times(world);
    cases.extend(issuers_and_audiences(world));
    cases.extend(required(world));
    cases.extend(wrong_types(world));
    cases.extend(nulls(world));
    cases.extend(unsupported_roles(world));
    cases.extend(bound(world));
    cases
}

/// The clock stands still, so that a second more or less can be told.
fn times(world: &World) -> Vec<Case> {
    let now = i64::try_from(world.now).unwrap();
    let good = || handler("read: alice");
    let refused = |description| Expected::from(invalid_token(description));
    let with = |claim, value: Value| read(&world.reader().claim(claim, value));
    vec![
        case(
            "B11",
            "an hour ago",
            with("exp", json!(now - 3600)),
            refused(EXPIRED),
        ),
        case(
            "B11",
            "the leeway ago",
            with("exp", json!(now - 60)),
            refused(EXPIRED),
        ),
        case(
            "B11",
            "less than the leeway ago",
            with("exp", json!(now - 59)),
            good(),
        ),
        case("B11", "in 1970", with("exp", json!(0)), refused(EXPIRED)),
        case(
            "B11",
            "before 1970",
            with("exp", json!(-1)),
            refused(EXPIRED),
        ),
        case(
            "B11",
            "with a fraction",
            with("exp", json!(now.to_f64() - 60.5)),
            refused(EXPIRED),
        ),
        case(
            "B11",
            "with a fraction, good",
            with("exp", json!(now.to_f64() + 1.5)),
            good(),
        ),
        case(
            "B11",
            "in scientific notation",
            with("exp", json!(4e9)),
            good(),
        ),
        case(
            "B12",
            "no exp",
            read(&world.reader().without("exp")),
            refused(NO_EXPIRY),
        ),
        case(
            "B13",
            "nbf in an hour",
            with("nbf", json!(now + 3600)),
            refused(NOT_YET),
        ),
        case(
            "B13",
            "nbf past the leeway",
            with("nbf", json!(now + 61)),
            refused(NOT_YET),
        ),
        case(
            "B13",
            "nbf within the leeway",
            with("nbf", json!(now + 60)),
            good(),
        ),
        case("B13", "nbf past", with("nbf", json!(now - 1)), good()),
        case(
            "B13",
            "nbf with a fraction",
            with("nbf", json!(now.to_f64() + 60.5)),
            refused(NOT_YET),
        ),
        case(
            "B13",
            "iat in an hour",
            with("iat", json!(now + 3600)),
            refused(NOT_YET),
        ),
        case(
            "B13",
            "iat past the leeway",
            with("iat", json!(now + 61)),
            refused(NOT_YET),
        ),
        case(
            "B13",
            "iat within the leeway",
            with("iat", json!(now + 60)),
            good(),
        ),
        case(
            "B13",
            "no iat",
            read(&world.reader().without("iat")),
            good(),
        ),
    ]
}

trait ToF64 {
    fn to_f64(self) -> f64;
}

impl ToF64 for i64 {
    /// Seconds of this century fit.
    fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap()
    }
}

fn issuers_and_audiences(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    let missing = read(&world.reader().without("iss"));
    cases.push(case("B14", "missing", missing, invalid_token(ISSUER_FAULT)));
    for issuer in [
        "https://issuer.example/",
        "https://ISSUER.example",
        "https://issuer.example ",
        " https://issuer.example",
        "http://issuer.example",
        "https://issuer.example.evil.example",
        "https://issuer.exampl",
        "https://issuer.example:443",
        "https://issuer.example#",
        "https://issuer.ex\u{430}mple",
        "",
    ] {
        let request = read(&world.reader().claim("iss", issuer));
        cases.push(case(
            "B14",
            format!("{issuer:?}"),
            request,
            invalid_token(ISSUER_FAULT),
        ));
    }
    let missing = read(&world.reader().without("aud"));
    cases.push(case(
        "B15",
        "missing",
        missing,
        invalid_token(AUDIENCE_FAULT),
    ));
    for audience in [
        json!("https://other.example"),
        json!("https://api.example/"),
        json!("https://API.example"),
        json!("https://api.example https://other.example"),
        json!("https://api.example.evil.example"),
        json!(""),
        json!("*"),
        json!([]),
        json!(["https://other.example"]),
        json!([""]),
    ] {
        let request = read(&world.reader().claim("aud", &audience));
        cases.push(case(
            "B15",
            audience.to_string(),
            request,
            invalid_token(AUDIENCE_FAULT),
        ));
    }
    for audience in [
        json!([AUDIENCE]),
        json!(["https://other.example", AUDIENCE]),
    ] {
        let request = read(&world.reader().claim("aud", &audience));
        cases.push(case(
            "B15",
            audience.to_string(),
            request,
            handler("read: alice"),
        ));
    }
    let request = read(&world.reader().claim("aud", ISSUER));
    cases.push(case(
        "B15",
        "the issuer itself",
        request,
        invalid_token(AUDIENCE_FAULT),
    ));
    cases
}

fn required(world: &World) -> Vec<Case> {
    let tenant = |token: &Token| Request::get("/tenants/read").bearer(token.sign());
    let machine = |token: &Token| Request::get("/machines/read").bearer(token.sign());
    let lacks = || invalid_token(MISSING_CLAIM);
    vec![
        case(
            "B16",
            "no sub",
            read(&world.reader().without("sub")),
            lacks(),
        ),
        case(
            "B16",
            "an empty sub",
            read(&world.reader().claim("sub", "")),
            lacks(),
        ),
        case("B16", "no required claim", tenant(&world.reader()), lacks()),
        case(
            "B16",
            "null",
            tenant(&world.reader().claim("tenant", json!(null))),
            lacks(),
        ),
        case(
            "B16",
            "there",
            tenant(&world.reader().claim("tenant", "x")),
            handler("read: alice"),
        ),
        case(
            "B16",
            "another subject claim is missing",
            machine(&world.reader()),
            lacks(),
        ),
        case(
            "B16",
            "another subject claim",
            machine(&world.reader().claim("client_id", "robot").without("sub")),
            handler("read: robot"),
        ),
    ]
}

/// Each claim that is looked at, with a value of each type that it can't have.
fn wrong_types(world: &World) -> Vec<Case> {
    let text = || json!("1");
    let number = || json!(7);
    let truth = || json!(true);
    let object = || json!({});
    let wrong = [
        ("exp", vec![text(), truth(), object(), json!([1])]),
        ("nbf", vec![text(), truth(), object(), json!([1])]),
        ("iat", vec![text(), truth(), object(), json!([1])]),
        (
            "aud",
            vec![
                number(),
                truth(),
                object(),
                json!([AUDIENCE, 7]),
                json!([[AUDIENCE]]),
            ],
        ),
        ("iss", vec![number(), truth(), object(), json!([ISSUER])]),
        ("sub", vec![number(), truth(), object(), json!(["alice"])]),
        (
            "scope",
            vec![
                number(),
                truth(),
                object(),
                json!(["read", 7]),
                json!([["read"]]),
            ],
        ),
        ("scp", vec![number(), truth(), object(), json!([7])]),
        ("acr", vec![number(), truth(), object(), json!(["gold"])]),
        ("auth_time", vec![text(), truth(), object(), json!([1])]),
        ("cnf", vec![text(), number(), truth(), json!([])]),
    ];
    let mut cases = Vec::new();
    for (claim, values) in wrong {
        for value in values {
            let request = read(&world.reader().claim(claim, &value));
            let what = format!("{claim} is {value}");
            cases.push(case("B17", what, request, invalid_token(MALFORMED)));
        }
    }
    cases
}

/// An optional claim that is `null` counts as absent, and a required one as missing.
fn nulls(world: &World) -> Vec<Case> {
    let null = |claim| read(&world.reader().claim(claim, json!(null)));
    let mut cases: Vec<Case> = [
        "nbf",
        "iat",
        "scp",
        "roles",
        "acr",
        "auth_time",
        "jti",
        "sid",
        "cnf",
    ]
    .into_iter()
    .map(|claim| {
        case(
            "B17",
            format!("{claim} is null"),
            null(claim),
            handler("read: alice"),
        )
    })
    .collect();
    for (row, claim, description) in [
        ("B12", "exp", NO_EXPIRY),
        ("B14", "iss", ISSUER_FAULT),
        ("B15", "aud", AUDIENCE_FAULT),
        ("B16", "sub", MISSING_CLAIM),
    ] {
        let what = format!("{claim} is null");
        cases.push(case(row, what, null(claim), invalid_token(description)));
    }
    cases.push(case("C2", "scope is null", null("scope"), needs("read")));
    cases
}

/// With a roles claim of an unsupported form, the roles are not known.
fn unsupported_roles(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    for roles in [
        json!(7),
        json!(true),
        json!({ "admin": {} }),
        json!(["admin", 7]),
        json!([["admin"]]),
    ] {
        let token = || world.reader().claim("roles", &roles);
        let what = format!("roles is {roles}");
        cases.push(case("B17", &what, read(&token()), handler("read: alice")));
        for path in ["/admin", "/not-trial"] {
            cases.push(case("C4", &what, to(path, &token()), forbidden()));
        }
    }
    cases
}

fn bound(world: &World) -> Vec<Case> {
    let dpop = || invalid_token("The access token is DPoP-bound");
    let certificate = || invalid_token("The access token is bound to another certificate");
    let token = |cnf: Value| world.reader().claim("cnf", cnf);
    let dpop_bound = || token(json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }));
    vec![
        case("D13", "a bound token", read(&dpop_bound()), dpop()),
        case(
            "D13",
            "a bound token and a proof header",
            read(&dpop_bound()).header("DPoP", "e30.e30.e30"),
            dpop(),
        ),
        case(
            "E2",
            "no certificate",
            read(&token(
                json!({ "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" }),
            )),
            certificate(),
        ),
        case(
            "E2",
            "a certificate in a header is not trusted",
            read(&token(
                json!({ "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" }),
            ))
            .header("Client-Cert", ":MIIB:")
            .header("X-Forwarded-Client-Cert", "Hash=x"),
            certificate(),
        ),
        case(
            "E2",
            "a binding that nobody here knows",
            read(&token(json!({ "kid": "x" }))),
            invalid_token("The access token is invalid"),
        ),
        case(
            "E2",
            "no method of binding at all",
            read(&token(json!({}))),
            invalid_token("The access token is invalid"),
        ),
    ]
}
