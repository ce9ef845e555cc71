//! Rows A: requests with no credential, with several and with malformed ones.

use auth_runtime::testing::Token;
use auth_tests::application::World;
use auth_tests::client::Request;
use auth_tests::expected::{Expected, Refused, handler, invalid_token, refused};

use crate::case::{Case, case};

const MALFORMED: &str = "The access token is malformed";

/// Row A1 on a route that requires the scope `read`.
fn anonymous() -> Refused {
    refused(401).challenge(r#"Bearer realm="api", scope="read""#)
}

fn read() -> Request {
    Request::get("/read")
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let good = world.reader().sign();
    let mut cases = absent();
    cases.extend(other_schemes(&good));
    cases.extend(malformed(&good));
    cases.extend(accepted(&good));
    cases.extend(several(&good));
    cases.extend(other_transports(&good));
    cases.extend(limit(world));
    cases
}

fn absent() -> Vec<Case> {
    let plain = || refused(401).challenge(r#"Bearer realm="api""#);
    let first = || refused(401).challenge(r#"Bearer realm="api", scope="a""#);
    let both = || refused(401).challenge(r#"Bearer realm="api", scope="read write""#);
    vec![
        case(
            "a1_without_a_credential_the_challenge_names_the_required_scope",
            read(),
            anonymous(),
        ),
        case(
            "a1_without_a_credential_the_challenge_for_any_caller_names_no_scope",
            Request::get("/any"),
            plain(),
        ),
        case(
            "a1_without_a_credential_the_challenge_names_both_required_scopes",
            Request::get("/both"),
            both(),
        ),
        case(
            "a1_without_a_credential_the_challenge_names_the_scope_of_the_first_alternative",
            Request::get("/either"),
            first(),
        ),
        case(
            "a1_without_a_credential_the_challenge_names_a_scope_that_is_an_alternative_to_a_role",
            Request::get("/role-or-scope"),
            anonymous(),
        ),
        case(
            "a1_without_a_credential_the_challenge_ignores_a_role_inside_not",
            Request::get("/not-trial"),
            anonymous(),
        ),
        case(
            "a1_without_a_credential_the_challenge_does_not_name_a_scope_inside_not",
            Request::get("/not-sandbox"),
            anonymous(),
        ),
        case(
            "a1_without_a_credential_the_challenge_names_a_scope_required_beside_a_check",
            Request::get("/read-and-own/alice"),
            anonymous(),
        ),
        case(
            "a1_a_head_request_without_a_credential_is_401",
            read().method("HEAD"),
            Expected::Head(401),
        ),
        case(
            "a3_an_empty_authorization_is_no_credential",
            read().header("Authorization", ""),
            anonymous(),
        ),
        case(
            "a3_an_authorization_of_spaces_is_no_credential",
            read().header("Authorization", "    "),
            anonymous(),
        ),
        case(
            "a3_an_authorization_of_a_tab_is_no_credential",
            read().header("Authorization", "\t"),
            anonymous(),
        ),
        case(
            "a1_proxy_authorization_is_not_read",
            read().header("Proxy-Authorization", "Bearer x"),
            anonymous(),
        ),
        case(
            "a1_x_api_key_is_not_read_without_api_keys",
            read().header("X-Api-Key", "x"),
            anonymous(),
        ),
        case(
            "a1_a_cookie_is_not_read",
            read().header("Cookie", "token=x"),
            anonymous(),
        ),
    ]
}

fn other_schemes(good: &str) -> Vec<Case> {
    let credentials = [
        (
            "a4_basic_on_a_bearer_route_is_no_credential",
            "Basic YWxpY2U6c2VjcmV0".to_owned(),
        ),
        ("a4_an_unknown_scheme_is_no_credential", "Foo x".to_owned()),
        (
            "a4_an_unknown_scheme_without_a_value_is_no_credential",
            "Foo".to_owned(),
        ),
        (
            "a4_bearer_without_a_space_before_the_token_is_another_scheme",
            "Bearerabc".to_owned(),
        ),
        (
            "a4_a_valid_token_after_another_scheme_is_no_credential",
            format!("Token {good}"),
        ),
        (
            "a4_a_valid_token_without_a_scheme_is_no_credential",
            good.to_owned(),
        ),
        (
            "a4_a_scheme_that_begins_with_bearer_is_another_scheme",
            format!("Bearer2 {good}"),
        ),
        (
            "a4_a_scheme_that_ends_with_bearer_is_another_scheme",
            format!("XBearer {good}"),
        ),
        (
            "a4_dpop_on_a_bearer_route_is_no_credential",
            format!("DPoP {good}"),
        ),
        (
            "a4_bearer_in_quotes_is_another_scheme",
            format!("\"Bearer\" {good}"),
        ),
    ];
    credentials
        .into_iter()
        .map(|(name, value)| case(name, read().header("Authorization", value), anonymous()))
        .collect()
}

fn malformed(good: &str) -> Vec<Case> {
    let mut values: Vec<(&str, Vec<u8>)> = vec![
        ("a5_bearer_without_a_token_is_malformed", b"Bearer".to_vec()),
        (
            "a5_bearer_in_lower_case_without_a_token_is_malformed",
            b"bearer".to_vec(),
        ),
        (
            "a5_bearer_and_a_space_without_a_token_is_malformed",
            b"Bearer ".to_vec(),
        ),
        (
            "a5_bearer_in_upper_case_and_spaces_without_a_token_is_malformed",
            b"BEARER    ".to_vec(),
        ),
        (
            "a6_a_tab_instead_of_the_space_after_the_scheme_is_malformed",
            format!("Bearer\t{good}").into_bytes(),
        ),
        (
            "a6_a_comma_instead_of_the_space_after_the_scheme_is_malformed",
            format!("Bearer,{good}").into_bytes(),
        ),
        (
            "a6_an_equals_sign_instead_of_the_space_after_the_scheme_is_malformed",
            format!("Bearer={good}").into_bytes(),
        ),
        (
            "a6_a_colon_after_the_scheme_is_malformed",
            format!("Bearer: {good}").into_bytes(),
        ),
        (
            "a6_a_token_that_is_not_ascii_is_malformed",
            b"Bearer a\xc3\xa4b".to_vec(),
        ),
        (
            "a6_a_token_that_is_not_utf_8_is_malformed",
            b"Bearer \xff\xfe".to_vec(),
        ),
        (
            "a6_a_valid_token_with_an_octet_that_is_not_ascii_is_malformed",
            [b"Bearer ", good.as_bytes(), b"\xa0"].concat(),
        ),
    ];
    let tokens = [
        ("a6_a_token_with_a_space_is_malformed", "a b".to_owned()),
        ("a6_a_token_with_a_comma_is_malformed", "a,b".to_owned()),
        ("a6_a_token_with_a_tab_is_malformed", "a\tb".to_owned()),
        ("a6_a_token_with_quotes_is_malformed", "a\"b\"".to_owned()),
        (
            "a6_a_token_that_is_an_equals_sign_is_malformed",
            "=".to_owned(),
        ),
        (
            "a6_a_token_with_an_equals_sign_in_the_middle_is_malformed",
            "a=b".to_owned(),
        ),
        ("a6_a_token_with_a_semicolon_is_malformed", "a;b".to_owned()),
        ("a6_a_token_in_braces_is_malformed", "{a}".to_owned()),
        (
            "a6_a_token_with_a_percent_escape_is_malformed",
            "a%20b".to_owned(),
        ),
        ("a6_a_token_with_an_at_sign_is_malformed", "a@b".to_owned()),
        (
            "a6_a_token_with_a_backslash_is_malformed",
            "a\\b".to_owned(),
        ),
        (
            "a6_a_valid_token_and_another_word_is_malformed",
            format!("{good} x"),
        ),
        (
            "a6_a_valid_token_and_another_after_a_comma_is_malformed",
            format!("{good},x"),
        ),
        (
            "a6_a_valid_token_and_basic_after_a_comma_is_malformed",
            format!("{good}, Basic YQ"),
        ),
        (
            "a6_a_valid_token_as_a_parameter_is_malformed",
            format!("token=\"{good}\""),
        ),
        (
            "a6_a_valid_token_in_quotes_is_malformed",
            format!("\"{good}\""),
        ),
        (
            "a6_a_valid_token_in_angle_brackets_is_malformed",
            format!("<{good}>"),
        ),
        (
            "a6_a_valid_token_and_another_word_after_a_tab_is_malformed",
            format!("{good}\tx"),
        ),
    ];
    values.extend(tokens.map(|(name, token)| (name, format!("Bearer {token}").into_bytes())));
    values
        .into_iter()
        .map(|(name, value)| {
            let request = read().header("Authorization", value);
            case(name, request, invalid_token(MALFORMED))
        })
        .collect()
}

fn accepted(good: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, scheme) in [
        ("a7_the_scheme_bearer_is_accepted", "Bearer "),
        ("a7_bearer_in_mixed_case_is_accepted", "bEaReR "),
        ("a7_bearer_in_upper_case_is_accepted", "BEARER "),
        ("a7_bearer_in_lower_case_is_accepted", "bearer "),
        ("a7_two_spaces_after_the_scheme_are_accepted", "Bearer  "),
        (
            "a7_six_spaces_after_the_scheme_are_accepted",
            "Bearer      ",
        ),
    ] {
        let request = read().header("Authorization", format!("{scheme}{good}"));
        cases.push(case(name, request, handler("read: alice")));
    }
    for (name, header) in [
        (
            "a7_the_field_name_is_accepted_in_lower_case",
            "authorization",
        ),
        (
            "a7_the_field_name_is_accepted_in_upper_case",
            "AUTHORIZATION",
        ),
        (
            "a7_the_field_name_is_accepted_in_mixed_case",
            "aUTHORIZATION",
        ),
    ] {
        let request = read().header(header, format!("Bearer {good}"));
        cases.push(case(name, request, handler("read: alice")));
    }
    let padded = read().header("Authorization", format!("  Bearer {good} \t "));
    cases.push(case(
        "a7_white_space_around_the_value_is_accepted",
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
        (
            "a8_the_same_authorization_twice_is_400",
            [bearer.as_str(), bearer.as_str()],
        ),
        (
            "a8_a_valid_and_an_invalid_token_are_400",
            [bearer.as_str(), "Bearer x"],
        ),
        (
            "a8_an_invalid_and_a_valid_token_are_400",
            ["Bearer x", bearer.as_str()],
        ),
        (
            "a8_a_valid_token_and_an_empty_line_are_400",
            [bearer.as_str(), ""],
        ),
        (
            "a8_an_empty_line_and_a_valid_token_are_400",
            ["", bearer.as_str()],
        ),
        ("a8_two_empty_lines_are_400", ["", ""]),
        (
            "a8_basic_and_bearer_are_400",
            ["Basic YQ==", bearer.as_str()],
        ),
        (
            "a8_two_schemes_that_are_not_accepted_are_400",
            ["Basic YQ==", "Foo x"],
        ),
    ];
    let mut cases = Vec::new();
    for (name, [first, second]) in pairs {
        let request = |path| {
            Request::get(path)
                .header("Authorization", first)
                .header("authorization", second)
        };
        cases.push(case(name, request("/read"), multiple()));
        let name = format!("{name}_on_an_optional_route");
        cases.push(case(name, request("/optional"), multiple()));
    }
    let three = (0..3).fold(Request::get("/any"), |request, _| request.bearer(good));
    cases.push(case("a8_three_valid_tokens_are_400", three, multiple()));
    let public = Request::get("/public").bearer(good).bearer(good);
    cases.push(case(
        "c15_two_credentials_are_ignored_on_a_public_route",
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
            "a9_a_valid_header_counts_beside_an_invalid_query_token",
            Request::get("/read?access_token=x").bearer(good),
            handler("read: alice"),
        ),
        case(
            "a9_a_valid_header_counts_beside_the_same_token_in_the_query",
            with_query.clone().bearer(good),
            handler("read: alice"),
        ),
        case(
            "a9_an_invalid_header_counts_beside_a_valid_query_token",
            with_query.clone().bearer("x"),
            invalid_token(MALFORMED),
        ),
        case(
            "a11_a_valid_query_token_is_no_credential",
            with_query.clone(),
            anonymous(),
        ),
        case(
            "a11_a_query_token_sent_twice_is_no_credential",
            Request::get(&format!("/read?access_token={good}&access_token={good}")),
            anonymous(),
        ),
        case(
            "a11_a_query_token_is_anonymous_on_an_optional_route",
            Request::get(&format!("/optional?access_token={good}")),
            handler("optional: anonymous"),
        ),
        case(
            "a14_a_token_in_a_form_is_no_credential",
            Request::post("/write", form, &body),
            plain_write(),
        ),
        case(
            "a14_a_token_in_a_form_sent_as_text_is_no_credential",
            Request::post("/write", "text/plain", &body),
            plain_write(),
        ),
        case(
            "a14_a_token_in_a_multipart_form_is_no_credential",
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
            "a14_a_token_in_a_form_of_a_get_request_is_no_credential",
            Request::post("/read", form, &body).method("GET"),
            anonymous(),
        ),
        case(
            "a14_a_token_in_json_is_no_credential",
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
    let of_length = |length| read().bearer(of_length(&world.reader(), length));
    vec![
        case(
            "a16_a_token_of_8192_octets_is_accepted",
            of_length(8192),
            handler("read: alice"),
        ),
        case(
            "a16_a_token_of_8193_octets_is_malformed",
            of_length(8193),
            invalid_token(MALFORMED),
        ),
        case(
            "a16_a_token_of_20000_octets_is_malformed",
            of_length(20_000),
            invalid_token(MALFORMED),
        ),
        case(
            "a16_60000_letters_are_malformed",
            read().bearer("a".repeat(60_000)),
            invalid_token(MALFORMED),
        ),
    ]
}

/// The token with a signed form of exactly this length.
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
