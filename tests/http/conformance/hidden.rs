//! Row C7: routes whose refusals look as if there was no route.

use auth_tests::client::Request;

use super::authorization::to;
use super::{Case, Expected, case, handler, invalid_token, refused};
use crate::app::World;

pub(super) fn cases(world: &World) -> Vec<Case> {
    let anonymous = || refused(401).challenge(r#"Bearer realm="api", scope="read""#);
    let not_found = || Expected::NoSuchPath;
    vec![
        case("C7", "no scope", to("/hidden", &world.alice()), not_found()),
        case("C7", "nobody", Request::get("/hidden"), anonymous()),
        case(
            "C7",
            "a bad token",
            Request::get("/hidden").bearer("x"),
            invalid_token("The access token is malformed"),
        ),
        case(
            "C7",
            "let in",
            to("/hidden", &world.reader()),
            handler("hidden: alice"),
        ),
        case(
            "C7",
            "a check says not found",
            to("/check/hidden", &world.alice()),
            not_found(),
        ),
        case(
            "C7",
            "an extractor of a check says 403",
            to("/check/hidden/403", &world.alice()),
            not_found(),
        ),
        case(
            "C7",
            "an extractor of a check says 404",
            to("/check/hidden/404", &world.alice()),
            not_found(),
        ),
        case(
            "C7",
            "an extractor of a check says 400",
            to("/check/hidden/400", &world.alice()),
            not_found(),
        ),
        case(
            "C7",
            "always: no scope",
            to("/hidden-always", &world.alice()),
            not_found(),
        ),
        case(
            "C7",
            "always: nobody",
            Request::get("/hidden-always"),
            not_found(),
        ),
        case(
            "C7",
            "always: a bad token",
            Request::get("/hidden-always").bearer("x"),
            not_found(),
        ),
        case(
            "C7",
            "always: two credentials",
            Request::get("/hidden-always").bearer("x").bearer("x"),
            not_found(),
        ),
        case(
            "C7",
            "always: let in",
            to("/hidden-always", &world.reader()),
            handler("hidden-always: alice"),
        ),
    ]
}
