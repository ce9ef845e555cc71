//! Rows B11 to B17, D13 and E2: the claims of a token with a valid signature.

use auth_runtime::testing::Token;
use auth_tests::application::{AUDIENCE, ISSUER, World};
use auth_tests::client::Request;
use auth_tests::expected::{Expected, handler, invalid_token};
use serde_json::{Value, json};

use super::authorization::{forbidden, needs, to};
use crate::case::{Case, case};

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

/// The clock is stopped, so these are exact to the second.
fn times(world: &World) -> Vec<Case> {
    let now = i64::try_from(world.now).unwrap();
    let good = || handler("read: alice");
    let refused = |description| Expected::from(invalid_token(description));
    let with = |claim, value: Value| read(&world.reader().claim(claim, value));
    vec![
        case(
            "b11_exp_an_hour_ago_is_expired",
            with("exp", json!(now - 3600)),
            refused(EXPIRED),
        ),
        case(
            "b11_exp_exactly_the_leeway_ago_is_expired",
            with("exp", json!(now - 60)),
            refused(EXPIRED),
        ),
        case(
            "b11_exp_less_than_the_leeway_ago_is_accepted",
            with("exp", json!(now - 59)),
            good(),
        ),
        case(
            "b11_exp_zero_is_expired",
            with("exp", json!(0)),
            refused(EXPIRED),
        ),
        case(
            "b11_a_negative_exp_is_expired",
            with("exp", json!(-1)),
            refused(EXPIRED),
        ),
        case(
            "b11_a_fractional_exp_beyond_the_leeway_is_expired",
            with("exp", json!(now.to_f64() - 60.5)),
            refused(EXPIRED),
        ),
        case(
            "b11_a_fractional_exp_in_the_future_is_accepted",
            with("exp", json!(now.to_f64() + 1.5)),
            good(),
        ),
        case(
            "b11_exp_in_scientific_notation_is_accepted",
            with("exp", json!(4e9)),
            good(),
        ),
        case(
            "b12_a_token_without_exp_is_refused",
            read(&world.reader().without("exp")),
            refused(NO_EXPIRY),
        ),
        case(
            "b13_nbf_in_an_hour_is_not_yet_valid",
            with("nbf", json!(now + 3600)),
            refused(NOT_YET),
        ),
        case(
            "b13_nbf_a_second_beyond_the_leeway_is_not_yet_valid",
            with("nbf", json!(now + 61)),
            refused(NOT_YET),
        ),
        case(
            "b13_nbf_within_the_leeway_is_accepted",
            with("nbf", json!(now + 60)),
            good(),
        ),
        case(
            "b13_nbf_in_the_past_is_accepted",
            with("nbf", json!(now - 1)),
            good(),
        ),
        case(
            "b13_a_fractional_nbf_beyond_the_leeway_is_not_yet_valid",
            with("nbf", json!(now.to_f64() + 60.5)),
            refused(NOT_YET),
        ),
        case(
            "b13_iat_in_an_hour_is_not_yet_valid",
            with("iat", json!(now + 3600)),
            refused(NOT_YET),
        ),
        case(
            "b13_iat_a_second_beyond_the_leeway_is_not_yet_valid",
            with("iat", json!(now + 61)),
            refused(NOT_YET),
        ),
        case(
            "b13_iat_within_the_leeway_is_accepted",
            with("iat", json!(now + 60)),
            good(),
        ),
        case(
            "b13_a_token_without_iat_is_accepted",
            read(&world.reader().without("iat")),
            good(),
        ),
    ]
}

trait ToF64 {
    fn to_f64(self) -> f64;
}

impl ToF64 for i64 {
    /// Exact for the seconds of this century.
    fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap()
    }
}

fn issuers_and_audiences(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    let missing = read(&world.reader().without("iss"));
    cases.push(case(
        "b14_a_token_without_iss_is_not_trusted",
        missing,
        invalid_token(ISSUER_FAULT),
    ));
    for (name, issuer) in [
        (
            "b14_an_issuer_with_a_trailing_slash_is_not_trusted",
            "https://issuer.example/",
        ),
        (
            "b14_an_issuer_in_upper_case_is_not_trusted",
            "https://ISSUER.example",
        ),
        (
            "b14_an_issuer_with_a_trailing_space_is_not_trusted",
            "https://issuer.example ",
        ),
        (
            "b14_an_issuer_with_a_leading_space_is_not_trusted",
            " https://issuer.example",
        ),
        (
            "b14_an_issuer_with_another_scheme_is_not_trusted",
            "http://issuer.example",
        ),
        (
            "b14_an_issuer_that_begins_with_a_trusted_one_is_not_trusted",
            "https://issuer.example.evil.example",
        ),
        (
            "b14_a_truncated_issuer_is_not_trusted",
            "https://issuer.exampl",
        ),
        (
            "b14_an_issuer_with_the_default_port_is_not_trusted",
            "https://issuer.example:443",
        ),
        (
            "b14_an_issuer_with_a_fragment_is_not_trusted",
            "https://issuer.example#",
        ),
        (
            "b14_an_issuer_with_a_look_alike_letter_is_not_trusted",
            "https://issuer.ex\u{430}mple",
        ),
        ("b14_an_empty_issuer_is_not_trusted", ""),
    ] {
        let request = read(&world.reader().claim("iss", issuer));
        cases.push(case(name, request, invalid_token(ISSUER_FAULT)));
    }
    let missing = read(&world.reader().without("aud"));
    cases.push(case(
        "b15_a_token_without_aud_does_not_match",
        missing,
        invalid_token(AUDIENCE_FAULT),
    ));
    for (name, audience) in [
        (
            "b15_another_audience_does_not_match",
            json!("https://other.example"),
        ),
        (
            "b15_an_audience_with_a_trailing_slash_does_not_match",
            json!("https://api.example/"),
        ),
        (
            "b15_an_audience_in_upper_case_does_not_match",
            json!("https://API.example"),
        ),
        (
            "b15_an_audience_string_is_not_split_at_spaces",
            json!("https://api.example https://other.example"),
        ),
        (
            "b15_an_audience_that_begins_with_this_one_does_not_match",
            json!("https://api.example.evil.example"),
        ),
        ("b15_an_empty_audience_does_not_match", json!("")),
        ("b15_an_asterisk_as_audience_does_not_match", json!("*")),
        ("b15_an_empty_array_of_audiences_does_not_match", json!([])),
        (
            "b15_an_array_with_another_audience_does_not_match",
            json!(["https://other.example"]),
        ),
        (
            "b15_an_array_with_an_empty_audience_does_not_match",
            json!([""]),
        ),
    ] {
        let request = read(&world.reader().claim("aud", &audience));
        cases.push(case(name, request, invalid_token(AUDIENCE_FAULT)));
    }
    for (name, audience) in [
        (
            "b15_an_array_with_this_audience_alone_matches",
            json!([AUDIENCE]),
        ),
        (
            "b15_an_array_with_this_and_another_audience_matches",
            json!(["https://other.example", AUDIENCE]),
        ),
    ] {
        let request = read(&world.reader().claim("aud", &audience));
        cases.push(case(name, request, handler("read: alice")));
    }
    let request = read(&world.reader().claim("aud", ISSUER));
    cases.push(case(
        "b15_the_issuer_as_audience_does_not_match",
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
            "b16_a_token_without_sub_lacks_a_required_claim",
            read(&world.reader().without("sub")),
            lacks(),
        ),
        case(
            "b16_an_empty_sub_counts_as_missing",
            read(&world.reader().claim("sub", "")),
            lacks(),
        ),
        case(
            "b16_a_token_without_the_configured_claim_lacks_a_required_claim",
            tenant(&world.reader()),
            lacks(),
        ),
        case(
            "b16_a_null_required_claim_counts_as_missing",
            tenant(&world.reader().claim("tenant", json!(null))),
            lacks(),
        ),
        case(
            "b16_a_token_with_the_configured_claim_is_accepted",
            tenant(&world.reader().claim("tenant", "x")),
            handler("read: alice"),
        ),
        case(
            "b16_a_token_without_the_configured_subject_claim_lacks_a_required_claim",
            machine(&world.reader()),
            lacks(),
        ),
        case(
            "b16_the_configured_subject_claim_replaces_sub",
            machine(&world.reader().claim("client_id", "robot").without("sub")),
            handler("read: robot"),
        ),
    ]
}

/// Every claim that is read, with a value of each type that it can't have.
fn wrong_types(world: &World) -> Vec<Case> {
    let text = || ("a_string", json!("1"));
    let number = || ("a_number", json!(7));
    let truth = || ("a_boolean", json!(true));
    let object = || ("an_object", json!({}));
    let numbers = || ("an_array_of_numbers", json!([1]));
    let wrong = [
        ("exp", vec![text(), truth(), object(), numbers()]),
        ("nbf", vec![text(), truth(), object(), numbers()]),
        ("iat", vec![text(), truth(), object(), numbers()]),
        (
            "aud",
            vec![
                number(),
                truth(),
                object(),
                ("an_array_with_a_number", json!([AUDIENCE, 7])),
                ("an_array_in_an_array", json!([[AUDIENCE]])),
            ],
        ),
        (
            "iss",
            vec![number(), truth(), object(), ("an_array", json!([ISSUER]))],
        ),
        (
            "sub",
            vec![number(), truth(), object(), ("an_array", json!(["alice"]))],
        ),
        (
            "scope",
            vec![
                number(),
                truth(),
                object(),
                ("an_array_with_a_number", json!(["read", 7])),
                ("an_array_in_an_array", json!([["read"]])),
            ],
        ),
        (
            "scp",
            vec![
                number(),
                truth(),
                object(),
                ("an_array_of_numbers", json!([7])),
            ],
        ),
        (
            "acr",
            vec![number(), truth(), object(), ("an_array", json!(["gold"]))],
        ),
        ("auth_time", vec![text(), truth(), object(), numbers()]),
        (
            "cnf",
            vec![text(), number(), truth(), ("an_array", json!([]))],
        ),
    ];
    let mut cases = Vec::new();
    for (claim, values) in wrong {
        for (form, value) in values {
            let request = read(&world.reader().claim(claim, &value));
            let name = format!("b17_the_claim_{claim}_is_malformed_as_{form}");
            cases.push(case(name, request, invalid_token(MALFORMED)));
        }
    }
    cases
}

/// An optional claim that is `null` counts as absent, and a required one as missing.
fn nulls(world: &World) -> Vec<Case> {
    let null = |claim| read(&world.reader().claim(claim, json!(null)));
    let optional = [
        "nbf",
        "iat",
        "scp",
        "roles",
        "acr",
        "auth_time",
        "jti",
        "sid",
        "cnf",
    ];
    let mut cases = Vec::new();
    for claim in optional {
        let name = format!("b17_a_null_{claim}_counts_as_absent");
        cases.push(case(name, null(claim), handler("read: alice")));
    }
    for (name, claim, description) in [
        ("b12_a_null_exp_counts_as_missing", "exp", NO_EXPIRY),
        ("b14_a_null_iss_is_not_trusted", "iss", ISSUER_FAULT),
        ("b15_a_null_aud_does_not_match", "aud", AUDIENCE_FAULT),
        ("b16_a_null_sub_counts_as_missing", "sub", MISSING_CLAIM),
    ] {
        cases.push(case(name, null(claim), invalid_token(description)));
    }
    cases.push(case(
        "c2_a_null_scope_claim_counts_as_absent",
        null("scope"),
        needs("read"),
    ));
    cases
}

/// If the roles claim has an unsupported form, the roles of the caller are unknown.
fn unsupported_roles(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    for (form, roles) in [
        ("a_number", json!(7)),
        ("a_boolean", json!(true)),
        ("an_object", json!({ "admin": {} })),
        ("an_array_with_a_number", json!(["admin", 7])),
        ("an_array_in_an_array", json!([["admin"]])),
    ] {
        let token = world.reader().claim("roles", &roles);
        let name = format!("b17_roles_as_{form}_are_ignored_by_a_rule_without_roles");
        cases.push(case(name, read(&token), handler("read: alice")));
        let name = format!("c4_roles_as_{form}_satisfy_no_role_rule");
        cases.push(case(name, to("/admin", &token), forbidden()));
        let name = format!("c4_roles_as_{form}_satisfy_no_negated_role_rule");
        cases.push(case(name, to("/not-trial", &token), forbidden()));
    }
    cases
}

fn bound(world: &World) -> Vec<Case> {
    let dpop = || invalid_token("The access token is DPoP-bound");
    let certificate = || invalid_token("The access token is bound to another certificate");
    let token = |cnf: Value| world.reader().claim("cnf", cnf);
    let dpop_bound = || token(json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }));
    vec![
        case(
            "d13_a_dpop_bound_token_sent_as_bearer_is_refused",
            read(&dpop_bound()),
            dpop(),
        ),
        case(
            "d13_a_dpop_bound_token_sent_as_bearer_with_a_proof_is_refused",
            read(&dpop_bound()).header("DPoP", "e30.e30.e30"),
            dpop(),
        ),
        case(
            "e2_a_certificate_bound_token_without_a_certificate_is_refused",
            read(&token(
                json!({ "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" }),
            )),
            certificate(),
        ),
        case(
            "e2_a_certificate_bound_token_with_a_certificate_in_a_header_is_refused",
            read(&token(
                json!({ "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" }),
            ))
            .header("Client-Cert", ":MIIB:")
            .header("X-Forwarded-Client-Cert", "Hash=x"),
            certificate(),
        ),
        case(
            "e2_a_token_with_an_unknown_binding_is_refused",
            read(&token(json!({ "kid": "x" }))),
            invalid_token("The access token is invalid"),
        ),
        case(
            "e2_a_token_with_an_empty_cnf_is_refused",
            read(&token(json!({}))),
            invalid_token("The access token is invalid"),
        ),
    ]
}
