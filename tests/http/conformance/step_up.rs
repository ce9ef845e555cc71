//! Rows C8 to C10: a log-in that is too weak or too old.

use std::time::Duration;

use super::authorization::{needs, to};
use super::{Case, case, handler, refused};
use crate::app::World;

pub(super) fn cases(world: &World) -> Vec<Case> {
    let alice = || world.alice();
    let ago = |seconds| Duration::from_secs(seconds);
    let at = |seconds: u64| world.now - seconds;
    let line = |parameters: &str| {
        refused(401)
            .code("insufficient_user_authentication")
            .challenge(format!(
                r#"Bearer realm="api", error="insufficient_user_authentication", {parameters}"#
            ))
    };
    let level = || {
        line(
            r#"error_description="A different authentication level is required", acr_values="gold silver""#,
        )
    };
    let recent =
        || line(r#"error_description="More recent authentication is required", max_age="300""#);
    let pay = |parameters: &str| line(parameters);
    let level_text = r#"error_description="A different authentication level is required""#;
    let recent_text = r#"error_description="More recent authentication is required""#;
    vec![
        case("C8", "no acr", to("/gold", &alice()), level()),
        case(
            "C8",
            "another acr",
            to("/gold", &alice().acr("bronze")),
            level(),
        ),
        case(
            "C8",
            "acr of another case",
            to("/gold", &alice().acr("Gold")),
            level(),
        ),
        case(
            "C8",
            "acr is not a list",
            to("/gold", &alice().acr("gold silver")),
            level(),
        ),
        case("C8", "an empty acr", to("/gold", &alice().acr("")), level()),
        case(
            "C8",
            "gold",
            to("/gold", &alice().acr("gold")),
            handler("gold: alice"),
        ),
        case(
            "C8",
            "silver",
            to("/gold", &alice().acr("silver")),
            handler("gold: alice"),
        ),
        case("C9", "no auth_time", to("/fresh", &alice()), recent()),
        case(
            "C9",
            "an hour ago",
            to("/fresh", &alice().authenticated_ago(ago(3600))),
            recent(),
        ),
        case(
            "C9",
            "too long ago",
            to("/fresh", &alice().claim("auth_time", at(301))),
            recent(),
        ),
        case(
            "C9",
            "just in time",
            to("/fresh", &alice().claim("auth_time", at(300))),
            handler("fresh: alice"),
        ),
        case(
            "C9",
            "in the future",
            to("/fresh", &alice().claim("auth_time", world.now + 3600)),
            recent(),
        ),
        case(
            "C9",
            "now",
            to("/fresh", &alice().claim("auth_time", at(0))),
            handler("fresh: alice"),
        ),
        case(
            "C8",
            "level and age",
            to("/pay", &alice().scope("pay")),
            pay(&format!(
                r#"{level_text}, acr_values="gold", max_age="300""#
            )),
        ),
        case(
            "C10",
            "level, age and scope",
            to("/pay", &alice()),
            pay(&format!(
                r#"{level_text}, scope="pay", acr_values="gold", max_age="300""#
            )),
        ),
        case(
            "C10",
            "level and scope",
            to("/pay", &alice().claim("auth_time", at(0))),
            pay(&format!(r#"{level_text}, scope="pay", acr_values="gold""#)),
        ),
        case(
            "C10",
            "age and scope",
            to("/pay", &alice().acr("gold")),
            pay(&format!(r#"{recent_text}, scope="pay", max_age="300""#)),
        ),
        case(
            "C1",
            "the scope only",
            to("/pay", &alice().acr("gold").claim("auth_time", at(0))),
            needs("pay"),
        ),
        case(
            "C10",
            "all there",
            to(
                "/pay",
                &alice().acr("gold").claim("auth_time", at(0)).scope("pay"),
            ),
            handler("pay: alice"),
        ),
    ]
}
