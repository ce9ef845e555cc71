//! Rows C11 to C15 and I: nobody, anybody, pre-flights, and checks that do not decide.

use auth_tests::client::Request;

use super::Refused;
use super::{Case, Expected, case, handler, refused};
use crate::app::World;

const MALFORMED: &str = "The access token is malformed";

/// Row A1 on a route that asks for no scope.
fn anonymous() -> Refused {
    refused(401).challenge(r#"Bearer realm="api""#)
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let mut cases = nobody();
    cases.extend(optional(world));
    cases.extend(public(world));
    cases.extend(checks(world));
    cases.extend(extractors_of_checks(world));
    cases.extend(preflights());
    cases.extend(schemes(world));
    cases
}

fn nobody() -> Vec<Case> {
    [
        "/admin",
        "/verified",
        "/acme",
        "/gold",
        "/fresh",
        "/owned/alice",
        "/admin-or-owner/alice",
        "/check/allowed",
        "/check/denied",
        "/check/not-found",
        "/check/failed",
        "/check/panic",
        "/check/number/x",
    ]
    .into_iter()
    .map(|path| case("C11", path, Request::get(path), anonymous()))
    .collect()
}

fn optional(world: &World) -> Vec<Case> {
    let optional = || Request::get("/optional");
    let expired = world.alice().claim("exp", 1).sign();
    let bad = |description: &str| {
        refused(401).code("invalid_token").challenge(format!(
            r#"Bearer realm="api", error="invalid_token", error_description="{description}""#
        ))
    };
    vec![
        case("C13", "nobody", optional(), handler("optional: nobody")),
        case(
            "C13",
            "somebody",
            optional().bearer(world.alice().sign()),
            handler("optional: alice"),
        ),
        case(
            "C13a",
            "empty",
            optional().header("Authorization", ""),
            handler("optional: nobody"),
        ),
        case(
            "C13a",
            "spaces",
            optional().header("Authorization", "   "),
            handler("optional: nobody"),
        ),
        case(
            "C13b",
            "Basic",
            optional().header("Authorization", "Basic YTpi"),
            anonymous(),
        ),
        case(
            "C13b",
            "an unknown scheme",
            optional().header("Authorization", "Foo"),
            anonymous(),
        ),
        case(
            "C14",
            "no token",
            optional().header("Authorization", "Bearer"),
            bad(MALFORMED),
        ),
        case("C14", "malformed", optional().bearer("x"), bad(MALFORMED)),
        case(
            "C14",
            "expired",
            optional().bearer(expired),
            bad("The access token expired"),
        ),
        case(
            "C14",
            "an unknown key",
            optional().bearer(world.alice().header("kid", "x").sign()),
            bad("The access token was signed with an unknown key"),
        ),
    ]
}

fn public(world: &World) -> Vec<Case> {
    let public = || Request::get("/public");
    vec![
        case("C15", "nobody", public(), handler("public")),
        case(
            "C15",
            "a good token",
            public().bearer(world.alice().sign()),
            handler("public"),
        ),
        case(
            "C15",
            "a bad token",
            public().bearer("x"),
            handler("public"),
        ),
        case(
            "C15",
            "not UTF-8",
            public().header("Authorization", b"\xff"),
            handler("public"),
        ),
        case(
            "C15",
            "Basic",
            public().header("Authorization", "Basic YTpi"),
            handler("public"),
        ),
    ]
}

fn checks(world: &World) -> Vec<Case> {
    let to = |path: &str| Request::get(path).bearer(world.alice().sign());
    let forbidden = || {
        refused(403)
            .code("forbidden")
            .challenge(r#"Bearer realm="api""#)
    };
    vec![
        case("I8", "allowed", to("/check/allowed"), handler("allowed")),
        case(
            "I8",
            "what was loaded",
            to("/check/loaded"),
            handler("loaded: alice's order"),
        ),
        case(
            "I8",
            "what was loaded, for who needs it",
            to("/check/loaded-or-admin"),
            handler("loaded-or-admin: order"),
        ),
        case(
            "I8",
            "nothing was loaded, for who does not",
            Request::get("/check/loaded-or-admin").bearer(world.alice().role("admin").sign()),
            handler("loaded-or-admin: nothing"),
        ),
        case(
            "I15",
            "something else was loaded than the handler wants",
            to("/check/loaded-otherwise"),
            refused(500),
        ),
        case("I8", "false", to("/check/denied"), forbidden()),
        case("I8", "denied", to("/check/said-denied"), forbidden()),
        case("I8", "not found", to("/check/not-found"), refused(404)),
        case(
            "I8",
            "not found, but another check allows",
            to("/check/role-or-not-found"),
            handler("role-or-not-found"),
        ),
        case(
            "I8",
            "not found, and another check denies",
            Request::get("/check/role-or-not-found").bearer(world.issuer.token("bob").sign()),
            refused(404),
        ),
        case(
            "I8",
            "unavailable",
            to("/check/unavailable"),
            refused(503).retry_after("5"),
        ),
        case(
            "I8",
            "unavailable for two minutes",
            to("/check/unavailable-for-long"),
            refused(503).retry_after("120"),
        ),
        case("I8", "failed", to("/check/failed"), refused(500)),
        case("I8", "an error by ?", to("/check/error"), refused(500)),
        case("I8", "a panic", to("/check/panic"), refused(500)),
        case("I15", "a check panics", to("/check/panic"), refused(500)),
        case(
            "I15",
            "an extractor of a check panics",
            to("/check/extractor-panic"),
            refused(500),
        ),
    ]
}

fn extractors_of_checks(world: &World) -> Vec<Case> {
    let to = |path: &str| Request::get(path).bearer(world.reader().sign());
    vec![
        case(
            "I8",
            "the extractor is content",
            to("/check/number/7"),
            handler("number"),
        ),
        case(
            "I8",
            "the extractor says 400",
            to("/check/number/x"),
            Expected::Extractor(400, "Invalid URL: Cannot parse `x` to a `u32`"),
        ),
        case(
            "I8",
            "the extractor says 503",
            to("/check/extractor-503"),
            Expected::Extractor(503, "the extractor's own words"),
        ),
        case(
            "I8",
            "the extractor says 401: ours answers",
            to("/check/extractor-401"),
            refused(401).challenge(r#"Bearer realm="api", scope="read""#),
        ),
        case(
            "I8",
            "the extractor redirects",
            to("/check/extractor-redirect"),
            refused(500),
        ),
        case(
            "I8",
            "the extractor says 200",
            to("/check/extractor-200"),
            refused(500),
        ),
    ]
}

fn preflights() -> Vec<Case> {
    let preflight = |method: &str, path: &str| {
        Request::new(method, path)
            .header("Origin", "https://app.example")
            .header("Access-Control-Request-Method", "GET")
            .header("Access-Control-Request-Headers", "authorization")
    };
    let refusal = || refused(401).challenge(r#"Bearer realm="api", scope="read""#);
    vec![
        case("I9", "GET", preflight("GET", "/read"), refusal()),
        case(
            "I9",
            "OPTIONS on any",
            preflight("OPTIONS", "/everything"),
            refusal(),
        ),
        case(
            "I9",
            "OPTIONS on a fallback",
            preflight("OPTIONS", "/area/x/y"),
            refusal(),
        ),
        case(
            "I9",
            "OPTIONS without the headers",
            Request::new("OPTIONS", "/everything"),
            refusal(),
        ),
        case(
            "I9",
            "DELETE on any",
            preflight("DELETE", "/everything"),
            refusal(),
        ),
        case(
            "I9",
            "a method of one's own",
            preflight("PREFLIGHT", "/everything"),
            refusal(),
        ),
    ]
}

/// Only the bearer token is configured here.
fn schemes(world: &World) -> Vec<Case> {
    let to = |path: &str| Request::get(path).bearer(world.alice().sign());
    let basic = |path: &str| Request::get(path).header("Authorization", "Basic YTpi");
    vec![
        case(
            "A1",
            "bearer only",
            Request::get("/bearer-only"),
            anonymous(),
        ),
        case(
            "A4",
            "bearer only, and Basic came",
            basic("/bearer-only"),
            anonymous(),
        ),
        case(
            "A7",
            "bearer only",
            to("/bearer-only"),
            handler("bearer-only: alice"),
        ),
        case(
            "A1",
            "bearer or Basic",
            Request::get("/bearer-or-basic"),
            anonymous(),
        ),
        case(
            "A7",
            "bearer or Basic",
            to("/bearer-or-basic"),
            handler("bearer-or-basic: alice"),
        ),
    ]
}
