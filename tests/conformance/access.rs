//! Rows C11 to C15 and I: anonymous and optional callers, preflights, and checks that do not decide.

use auth_tests::application::World;
use auth_tests::client::Request;
use auth_tests::expected::{Expected, Refused, handler, refused};

use crate::case::{Case, case};

const MALFORMED: &str = "The access token is malformed";

/// Row A1 on a route that requires no scope.
fn anonymous() -> Refused {
    refused(401).challenge(r#"Bearer realm="api""#)
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let mut cases = anonymous_requests();
    cases.extend(optional(world));
    cases.extend(public(world));
    cases.extend(checks(world));
    cases.extend(extractors_of_checks(world));
    cases.extend(preflights());
    cases.extend(schemes(world));
    cases
}

fn anonymous_requests() -> Vec<Case> {
    [
        ("c11_an_anonymous_request_to_a_role_rule_is_401", "/admin"),
        (
            "c11_an_anonymous_request_to_a_claim_rule_is_401",
            "/verified",
        ),
        (
            "c11_an_anonymous_request_to_a_json_pointer_rule_is_401",
            "/acme",
        ),
        ("c11_an_anonymous_request_to_an_acr_rule_is_401", "/gold"),
        (
            "c11_an_anonymous_request_to_a_max_age_rule_is_401",
            "/fresh",
        ),
        (
            "c11_an_anonymous_request_to_an_owner_check_is_401",
            "/owned/alice",
        ),
        (
            "c11_an_anonymous_request_to_a_role_or_an_owner_check_is_401",
            "/admin-or-owner/alice",
        ),
        (
            "c11_an_anonymous_request_to_a_check_that_allows_is_401",
            "/check/allowed",
        ),
        (
            "c11_an_anonymous_request_to_a_check_that_denies_is_401",
            "/check/denied",
        ),
        (
            "c11_an_anonymous_request_to_a_check_that_finds_nothing_is_401",
            "/check/not-found",
        ),
        (
            "c11_an_anonymous_request_to_a_check_that_fails_is_401",
            "/check/failed",
        ),
        (
            "c11_an_anonymous_request_to_a_check_that_panics_is_401",
            "/check/panic",
        ),
        (
            "c11_an_anonymous_request_to_a_check_whose_extractor_fails_is_401",
            "/check/number/x",
        ),
    ]
    .into_iter()
    .map(|(name, path)| case(name, Request::get(path), anonymous()))
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
        case(
            "c13_a_request_without_a_credential_is_anonymous_on_an_optional_route",
            optional(),
            handler("optional: anonymous"),
        ),
        case(
            "c13_a_valid_token_is_a_caller_on_an_optional_route",
            optional().bearer(world.alice().sign()),
            handler("optional: alice"),
        ),
        case(
            "c13a_an_empty_authorization_is_anonymous_on_an_optional_route",
            optional().header("Authorization", ""),
            handler("optional: anonymous"),
        ),
        case(
            "c13a_an_authorization_of_spaces_is_anonymous_on_an_optional_route",
            optional().header("Authorization", "   "),
            handler("optional: anonymous"),
        ),
        case(
            "c13b_basic_on_an_optional_bearer_route_is_401",
            optional().header("Authorization", "Basic YTpi"),
            anonymous(),
        ),
        case(
            "c13b_an_unknown_scheme_on_an_optional_route_is_401",
            optional().header("Authorization", "Foo"),
            anonymous(),
        ),
        case(
            "c14_bearer_without_a_token_on_an_optional_route_is_401",
            optional().header("Authorization", "Bearer"),
            bad(MALFORMED),
        ),
        case(
            "c14_a_malformed_token_on_an_optional_route_is_401",
            optional().bearer("x"),
            bad(MALFORMED),
        ),
        case(
            "c14_an_expired_token_on_an_optional_route_is_401",
            optional().bearer(expired),
            bad("The access token expired"),
        ),
        case(
            "c14_a_token_of_an_unknown_key_on_an_optional_route_is_401",
            optional().bearer(world.alice().header("kid", "x").sign()),
            bad("The access token was signed with an unknown key"),
        ),
    ]
}

fn public(world: &World) -> Vec<Case> {
    let public = || Request::get("/public");
    vec![
        case(
            "c15_a_public_route_needs_no_credential",
            public(),
            handler("public"),
        ),
        case(
            "c15_a_public_route_ignores_a_valid_token",
            public().bearer(world.alice().sign()),
            handler("public"),
        ),
        case(
            "c15_a_public_route_ignores_an_invalid_token",
            public().bearer("x"),
            handler("public"),
        ),
        case(
            "c15_a_public_route_ignores_an_authorization_that_is_not_utf_8",
            public().header("Authorization", b"\xff"),
            handler("public"),
        ),
        case(
            "c15_a_public_route_ignores_basic",
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
        case(
            "i8_a_check_that_allows_lets_the_handler_run",
            to("/check/allowed"),
            handler("allowed"),
        ),
        case(
            "i8_the_handler_receives_the_value_that_the_check_loaded",
            to("/check/loaded"),
            handler("loaded: alice's order"),
        ),
        case(
            "i8_an_alternative_check_loads_its_value_for_a_caller_without_the_role",
            to("/check/loaded-or-admin"),
            handler("loaded-or-admin: order"),
        ),
        case(
            "i8_an_alternative_check_loads_nothing_for_a_caller_with_the_role",
            Request::get("/check/loaded-or-admin").bearer(world.alice().role("admin").sign()),
            handler("loaded-or-admin: nothing"),
        ),
        case(
            "i15_a_checked_value_of_another_type_than_the_handler_expects_is_500",
            to("/check/loaded-otherwise"),
            refused(500),
        ),
        case(
            "i8_a_check_that_returns_false_is_403",
            to("/check/denied"),
            forbidden(),
        ),
        case(
            "i8_a_check_that_returns_denied_is_403",
            to("/check/said-denied"),
            forbidden(),
        ),
        case(
            "i8_a_check_that_returns_not_found_is_404",
            to("/check/not-found"),
            refused(404),
        ),
        case(
            "i8_not_found_does_not_prevent_another_check_from_allowing",
            to("/check/role-or-not-found"),
            handler("role-or-not-found"),
        ),
        case(
            "i8_not_found_and_denied_by_another_check_is_404",
            Request::get("/check/role-or-not-found").bearer(world.issuer.token("bob").sign()),
            refused(404),
        ),
        case(
            "i8_an_unavailable_check_is_503_with_retry_after",
            to("/check/unavailable"),
            refused(503).retry_after("5"),
        ),
        case(
            "i8_an_unavailable_check_may_set_retry_after",
            to("/check/unavailable-for-long"),
            refused(503).retry_after("120"),
        ),
        case(
            "i8_a_failed_check_is_500",
            to("/check/failed"),
            refused(500),
        ),
        case(
            "i8_an_error_returned_by_the_question_mark_operator_is_500",
            to("/check/error"),
            refused(500),
        ),
        case(
            "i8_i15_a_panicking_check_is_500",
            to("/check/panic"),
            refused(500),
        ),
        case(
            "i15_a_panicking_extractor_of_a_check_is_500",
            to("/check/extractor-panic"),
            refused(500),
        ),
    ]
}

fn extractors_of_checks(world: &World) -> Vec<Case> {
    let to = |path: &str| Request::get(path).bearer(world.reader().sign());
    vec![
        case(
            "i8_a_check_runs_with_what_its_extractor_extracted",
            to("/check/number/7"),
            handler("number"),
        ),
        case(
            "i8_a_400_of_an_extractor_of_a_check_is_the_response",
            to("/check/number/x"),
            Expected::Extractor(400, "Invalid URL: Cannot parse `x` to a `u32`"),
        ),
        case(
            "i8_a_503_of_an_extractor_of_a_check_is_the_response",
            to("/check/extractor-503"),
            Expected::Extractor(503, "the extractor's own words"),
        ),
        case(
            "i8_a_401_of_an_extractor_of_a_check_becomes_that_of_the_guard",
            to("/check/extractor-401"),
            refused(401).challenge(r#"Bearer realm="api", scope="read""#),
        ),
        case(
            "i8_a_redirect_by_an_extractor_of_a_check_is_500",
            to("/check/extractor-redirect"),
            refused(500),
        ),
        case(
            "i8_a_200_of_an_extractor_of_a_check_is_500",
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
        case(
            "i9_a_get_with_preflight_headers_needs_a_credential",
            preflight("GET", "/read"),
            refusal(),
        ),
        case(
            "i9_a_preflight_needs_a_credential_on_a_route_for_any_method",
            preflight("OPTIONS", "/everything"),
            refusal(),
        ),
        case(
            "i9_a_preflight_needs_a_credential_on_a_fallback",
            preflight("OPTIONS", "/area/x/y"),
            refusal(),
        ),
        case(
            "i9_options_without_preflight_headers_needs_a_credential",
            Request::new("OPTIONS", "/everything"),
            refusal(),
        ),
        case(
            "i9_delete_with_preflight_headers_needs_a_credential",
            preflight("DELETE", "/everything"),
            refusal(),
        ),
        case(
            "i9_a_custom_method_with_preflight_headers_needs_a_credential",
            preflight("PREFLIGHT", "/everything"),
            refusal(),
        ),
    ]
}

/// Only bearer tokens are configured in the application.
fn schemes(world: &World) -> Vec<Case> {
    let to = |path: &str| Request::get(path).bearer(world.alice().sign());
    let basic = |path: &str| Request::get(path).header("Authorization", "Basic YTpi");
    vec![
        case(
            "a1_a_bearer_only_route_has_a_bearer_challenge",
            Request::get("/bearer-only"),
            anonymous(),
        ),
        case(
            "a4_basic_on_a_bearer_only_route_is_no_credential",
            basic("/bearer-only"),
            anonymous(),
        ),
        case(
            "a7_a_bearer_token_is_accepted_on_a_bearer_only_route",
            to("/bearer-only"),
            handler("bearer-only: alice"),
        ),
        case(
            "a1_a_route_for_bearer_or_basic_without_basic_has_a_bearer_challenge",
            Request::get("/bearer-or-basic"),
            anonymous(),
        ),
        case(
            "a7_a_bearer_token_is_accepted_on_a_route_for_bearer_or_basic",
            to("/bearer-or-basic"),
            handler("bearer-or-basic: alice"),
        ),
    ]
}
