//! Row C7: hidden routes are answered like missing paths.

use auth_tests::application::World;
use auth_tests::client::Request;
use auth_tests::expected::{Expected, handler, invalid_token, refused};

use super::authorization::to;
use crate::case::{Case, case};

pub(super) fn cases(world: &World) -> Vec<Case> {
    let anonymous = || refused(401).challenge(r#"Bearer realm="api", scope="read""#);
    let not_found = || Expected::NoSuchPath;
    vec![
        case(
            "c7_a_hidden_route_is_404_without_the_scope",
            to("/hidden", &world.alice()),
            not_found(),
        ),
        case(
            "c7_a_hidden_route_is_401_without_a_credential",
            Request::get("/hidden"),
            anonymous(),
        ),
        case(
            "c7_a_hidden_route_is_401_with_an_invalid_token",
            Request::get("/hidden").bearer("x"),
            invalid_token("The access token is malformed"),
        ),
        case(
            "c7_a_hidden_route_is_visible_with_the_scope",
            to("/hidden", &world.reader()),
            handler("hidden: alice"),
        ),
        case(
            "c7_a_hidden_route_is_404_if_a_check_finds_nothing",
            to("/check/hidden", &world.alice()),
            not_found(),
        ),
        case(
            "c7_a_hidden_route_is_404_if_an_extractor_of_a_check_answers_403",
            to("/check/hidden/403", &world.alice()),
            not_found(),
        ),
        case(
            "c7_a_hidden_route_is_404_if_an_extractor_of_a_check_answers_404",
            to("/check/hidden/404", &world.alice()),
            not_found(),
        ),
        case(
            "c7_a_hidden_route_is_404_if_an_extractor_of_a_check_answers_400",
            to("/check/hidden/400", &world.alice()),
            not_found(),
        ),
        case(
            "c7_an_always_hidden_route_is_404_without_the_scope",
            to("/hidden-always", &world.alice()),
            not_found(),
        ),
        case(
            "c7_an_always_hidden_route_is_404_without_a_credential",
            Request::get("/hidden-always"),
            not_found(),
        ),
        case(
            "c7_an_always_hidden_route_is_404_with_an_invalid_token",
            Request::get("/hidden-always").bearer("x"),
            not_found(),
        ),
        case(
            "c7_an_always_hidden_route_is_404_with_two_credentials",
            Request::get("/hidden-always").bearer("x").bearer("x"),
            not_found(),
        ),
        case(
            "c7_an_always_hidden_route_is_visible_with_the_scope",
            to("/hidden-always", &world.reader()),
            handler("hidden-always: alice"),
        ),
    ]
}

/// Requests to a hidden route and to a missing path, which get the same bytes.
pub(super) fn pairs(world: &World) -> Vec<(&'static str, [Request; 2])> {
    let token = world.alice().sign();
    let mut pairs = Vec::new();
    for (names, hidden, bearer) in [
        (
            [
                "c7_get_of_a_hidden_route_has_the_bytes_of_a_missing_path",
                "c7_head_of_a_hidden_route_has_the_bytes_of_a_missing_path",
            ],
            "/hidden",
            Some(&token),
        ),
        (
            [
                "c7_get_of_an_always_hidden_route_has_the_bytes_of_a_missing_path",
                "c7_head_of_an_always_hidden_route_has_the_bytes_of_a_missing_path",
            ],
            "/hidden-always",
            Some(&token),
        ),
        (
            [
                "c7_anonymous_get_of_an_always_hidden_route_has_the_bytes_of_a_missing_path",
                "c7_anonymous_head_of_an_always_hidden_route_has_the_bytes_of_a_missing_path",
            ],
            "/hidden-always",
            None,
        ),
    ] {
        for (name, method) in names.into_iter().zip(["GET", "HEAD"]) {
            let pair = [hidden, "/no-such-path"].map(|path| {
                let request = Request::new(method, path);
                bearer.map_or(request.clone(), |token| request.bearer(token))
            });
            pairs.push((name, pair));
        }
    }
    pairs
}
