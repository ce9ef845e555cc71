//! Rows A: no credential, several, malformed ones.

use auth_runtime::testing::Token;
use auth_tests::client::Request;

use super::Refused;
use super::{Case, case, handler, invalid_token, refused};
use crate::app::World;

const MALFORMED: &str = "The access token is malformed";

/// Row A1 on a route that asks for the scope `read`.
fn anonymous() -> Refused {
    refused(401).challenge(r#"Bearer realm="api", scope="read""#)
}

fn read() -> Request {
    Request::get("/read")
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let good = world.reader().sign();
    let mut cases = absent();
    cases.extend(foreign_schemes(&good));
    cases.extend(malformed(&good));
    cases.extend(accepted(&good));
    cases.extend(several(&good));
    cases.extend(other_transports(&good));
    cases.extend(limit(world));
    cases
}

fn absent() -> Vec<Case> {
    let plain = || refused(401).challenge(r#"Bearer realm="api""#);
    let either = || refused(401).challenge(r#"Bearer realm="api", scope="a""#);
    let both = || refused(401).challenge(r#"Bearer realm="api", scope="read write""#);
    vec![
        case("A1", "a scope", read(), anonymous()),
        case("A1", "any caller", Request::get("/any"), plain()),
        case("A1", "two scopes", Request::get("/both"), both()),
        case(
            "A1",
            "the first alternative with scopes",
            Request::get("/either"),
            either(),
        ),
        case(
            "A1",
            "a role before a scope",
            Request::get("/role-or-scope"),
            anonymous(),
        ),
        case(
            "A1",
            "a role below not",
            Request::get("/not-trial"),
            anonymous(),
        ),
        case(
            "A1",
            "a scope below not",
            Request::get("/not-sandbox"),
            anonymous(),
        ),
        case(
            "A1",
            "a scope and a check",
            Request::get("/read-and-own/alice"),
            anonymous(),
        ),
        case(
            "A1",
            "HEAD is not let in",
            read().method("HEAD"),
            NO_CONTENT,
        ),
        case(
            "A3",
            "empty",
            read().header("Authorization", ""),
            anonymous(),
        ),
        case(
            "A3",
            "spaces",
            read().header("Authorization", "    "),
            anonymous(),
        ),
        case(
            "A3",
            "a tab",
            read().header("Authorization", "\t"),
            anonymous(),
        ),
        case(
            "A1",
            "Proxy-Authorization is not read",
            read().header("Proxy-Authorization", "Bearer x"),
            anonymous(),
        ),
        case(
            "A1",
            "X-Api-Key is not read",
            read().header("X-Api-Key", "x"),
            anonymous(),
        ),
        case(
            "A1",
            "a cookie is not read",
            read().header("Cookie", "token=x"),
            anonymous(),
        ),
    ]
}

fn foreign_schemes(good: &str) -> Vec<Case> {
    let credentials = [
        ("Basic", "Basic YWxpY2U6c2VjcmV0".to_owned()),
        ("an unknown scheme", "Foo x".to_owned()),
        ("a scheme alone", "Foo".to_owned()),
        ("no space after Bearer", "Bearerabc".to_owned()),
        ("a good token of another scheme", format!("Token {good}")),
        ("a good token and no scheme", good.to_owned()),
        (
            "a scheme that begins with Bearer",
            format!("Bearer2 {good}"),
        ),
        ("a scheme that ends with Bearer", format!("XBearer {good}")),
        ("DPoP", format!("DPoP {good}")),
        ("Bearer quoted", format!("\"Bearer\" {good}")),
    ];
    credentials
        .into_iter()
        .map(|(what, value)| {
            case(
                "A4",
                what,
                read().header("Authorization", value),
                anonymous(),
            )
        })
        .collect()
}

fn malformed(good: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for value in ["Bearer", "bearer", "Bearer ", "BEARER    "] {
        let request = read().header("Authorization", value);
        cases.push(case(
            "A5",
            format!("{value:?}"),
            request,
            invalid_token(MALFORMED),
        ));
    }
    let outside = [
        "a b", "a,b", "a\tb", "a\"b\"", "=", "a=b", "a;b", "{a}", "a%20b", "a@b", "a\\b",
    ];
    let spoilt = [
        format!("{good} x"),
        format!("{good},x"),
        format!("{good}, Basic YQ"),
        format!("token=\"{good}\""),
        format!("\"{good}\""),
        format!("<{good}>"),
        format!("{good}\tx"),
    ];
    for token in outside.iter().map(ToString::to_string).chain(spoilt) {
        let request = read().header("Authorization", format!("Bearer {token}"));
        cases.push(case(
            "A6",
            format!("{token:?}"),
            request,
            invalid_token(MALFORMED),
        ));
    }
    for (what, value) in [
        (
            "a tab after the scheme",
            format!("Bearer\t{good}").into_bytes(),
        ),
        (
            "a comma after the scheme",
            format!("Bearer,{good}").into_bytes(),
        ),
        (
            "an equals sign after the scheme",
            format!("Bearer={good}").into_bytes(),
        ),
        (
            "a colon after the scheme",
            format!("Bearer: {good}").into_bytes(),
        ),
        ("not ASCII", b"Bearer a\xc3\xa4b".to_vec()),
        ("not UTF-8", b"Bearer \xff\xfe".to_vec()),
        (
            "a good token and a byte that is not ASCII",
            [b"Bearer ", good.as_bytes(), b"\xa0"].concat(),
        ),
    ] {
        let request = read().header("Authorization", value);
        cases.push(case("A6", what, request, invalid_token(MALFORMED)));
    }
    cases
}

fn accepted(good: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for scheme in [
        "Bearer ",
        "bEaReR ",
        "BEARER ",
        "bearer ",
        "Bearer  ",
        "Bearer      ",
    ] {
        let request = read().header("Authorization", format!("{scheme}{good}"));
        cases.push(case(
            "A7",
            format!("{scheme:?}"),
            request,
            handler("read: alice"),
        ));
    }
    for name in ["authorization", "AUTHORIZATION", "aUTHORIZATION"] {
        let request = read().header(name, format!("Bearer {good}"));
        cases.push(case("A7", name, request, handler("read: alice")));
    }
    let padded = read().header("Authorization", format!("  Bearer {good} \t "));
    cases.push(case(
        "A7",
        "white space around the value",
        padded,
        handler("read: alice"),
    ));
    cases
}

fn several(good: &str) -> Vec<Case> {
    let multiple = || {
        refused(400).code("invalid_request").challenge(
            r#"Bearer realm="api", error="invalid_request", error_description="Multiple methods used to include access token""#,
        )
    };
    let bearer = format!("Bearer {good}");
    let pairs = [
        ("the same twice", [bearer.as_str(), bearer.as_str()]),
        ("good and bad", [bearer.as_str(), "Bearer x"]),
        ("bad and good", ["Bearer x", bearer.as_str()]),
        ("good and empty", [bearer.as_str(), ""]),
        ("empty and good", ["", bearer.as_str()]),
        ("both empty", ["", ""]),
        ("Basic and Bearer", ["Basic YQ==", bearer.as_str()]),
        ("two that are not accepted", ["Basic YQ==", "Foo x"]),
    ];
    let mut cases = Vec::new();
    for (what, [first, second]) in pairs {
        let request = |path| {
            Request::get(path)
                .header("Authorization", first)
                .header("authorization", second)
        };
        cases.push(case("A8", what, request("/read"), multiple()));
        cases.push(case(
            "A8",
            format!("{what}, optional"),
            request("/optional"),
            multiple(),
        ));
    }
    let three = (0..3).fold(Request::get("/any"), |request, _| request.bearer(good));
    cases.push(case("A8", "three", three, multiple()));
    let public = Request::get("/public").bearer(good).bearer(good);
    cases.push(case(
        "C15",
        "two credentials on a public route",
        public,
        handler("public"),
    ));
    cases
}

fn other_transports(good: &str) -> Vec<Case> {
    let form = "application/x-www-form-urlencoded";
    let body = format!("access_token={good}");
    let plain_write = || refused(401).challenge(r#"Bearer realm="api", scope="write""#);
    let with_query = Request::get(&format!("/read?access_token={good}"));
    vec![
        case(
            "A9",
            "a good header and a bad query token",
            Request::get("/read?access_token=x").bearer(good),
            handler("read: alice"),
        ),
        case(
            "A9",
            "a good header and the same in the query",
            with_query.clone().bearer(good),
            handler("read: alice"),
        ),
        case(
            "A9",
            "a bad header and a good query token",
            with_query.clone().bearer("x"),
            invalid_token(MALFORMED),
        ),
        case("A11", "a good query token", with_query.clone(), anonymous()),
        case(
            "A11",
            "a query token twice",
            Request::get(&format!("/read?access_token={good}&access_token={good}")),
            anonymous(),
        ),
        case(
            "A11",
            "a query token on an optional route is nobody",
            Request::get(&format!("/optional?access_token={good}")),
            handler("optional: nobody"),
        ),
        case(
            "A14",
            "a form",
            Request::post("/write", form, &body),
            plain_write(),
        ),
        case(
            "A14",
            "a form of another type",
            Request::post("/write", "text/plain", &body),
            plain_write(),
        ),
        case(
            "A14",
            "a multipart form",
            Request::post(
                "/write",
                "multipart/form-data; boundary=b",
                &format!(
                    "--b\r\nContent-Disposition: form-data; name=access_token\r\n\r\n{good}\r\n--b--"
                ),
            ),
            plain_write(),
        ),
        case(
            "A14",
            "a form on GET",
            Request::post("/read", form, &body).method("GET"),
            anonymous(),
        ),
        case(
            "A14",
            "JSON",
            Request::post(
                "/write",
                "application/json",
                &format!(r#"{{"access_token":"{good}"}}"#),
            ),
            plain_write(),
        ),
    ]
}

fn limit(world: &World) -> Vec<Case> {
    let tokens = [
        (8192, handler("read: alice")),
        (8193, invalid_token(MALFORMED).into()),
        (20_000, invalid_token(MALFORMED).into()),
    ];
    let mut cases: Vec<Case> = tokens
        .into_iter()
        .map(|(length, expected)| {
            let token = of_length(&world.reader(), length);
            case(
                "A16",
                format!("{length} bytes"),
                read().bearer(token),
                expected,
            )
        })
        .collect();
    let nonsense = read().bearer("a".repeat(60_000));
    cases.push(case(
        "A16",
        "60000 letters",
        nonsense,
        invalid_token(MALFORMED),
    ));
    cases
}

/// The token made exactly that long.
fn of_length(token: &Token, length: usize) -> String {
    let mut padding = length * 3 / 4 - token.sign().len();
    loop {
        for header in ["", "x", "xx"] {
            let token = token
                .clone()
                .header("x", header)
                .claim("padding", "p".repeat(padding));
            let signed = token.sign();
            if signed.len() == length {
                return signed;
            }
        }
        padding += 1;
    }
}

/// A refusal of `HEAD` has no content, and no content to compare.
const NO_CONTENT: super::Expected = super::Expected::Head(401);
