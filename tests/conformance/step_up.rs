//! Rows C8 to C10: a login that is too weak or too old.

use std::time::Duration;

use auth_tests::application::World;
use auth_tests::expected::{handler, refused};

use super::authorization::{needs, to};
use crate::case::{Case, case};

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
        case(
            "c8_a_token_without_acr_gets_401_with_the_accepted_values",
            to("/gold", &alice()),
            level(),
        ),
        case(
            "c8_a_token_with_another_acr_gets_401",
            to("/gold", &alice().acr("bronze")),
            level(),
        ),
        case(
            "c8_acr_is_compared_with_its_case",
            to("/gold", &alice().acr("Gold")),
            level(),
        ),
        case(
            "c8_acr_is_not_split_at_spaces",
            to("/gold", &alice().acr("gold silver")),
            level(),
        ),
        case(
            "c8_a_token_with_an_empty_acr_gets_401",
            to("/gold", &alice().acr("")),
            level(),
        ),
        case(
            "c8_the_first_accepted_acr_is_accepted",
            to("/gold", &alice().acr("gold")),
            handler("gold: alice"),
        ),
        case(
            "c8_the_second_accepted_acr_is_accepted",
            to("/gold", &alice().acr("silver")),
            handler("gold: alice"),
        ),
        case(
            "c9_a_token_without_auth_time_gets_401_with_max_age",
            to("/fresh", &alice()),
            recent(),
        ),
        case(
            "c9_a_login_an_hour_ago_is_too_old",
            to("/fresh", &alice().authenticated_ago(ago(3600))),
            recent(),
        ),
        case(
            "c9_a_login_one_second_too_old_gets_401",
            to("/fresh", &alice().claim("auth_time", at(301))),
            recent(),
        ),
        case(
            "c9_a_login_of_exactly_max_age_is_accepted",
            to("/fresh", &alice().claim("auth_time", at(300))),
            handler("fresh: alice"),
        ),
        case(
            "c9_a_login_in_the_future_is_not_recent",
            to("/fresh", &alice().claim("auth_time", world.now + 3600)),
            recent(),
        ),
        case(
            "c9_a_login_of_this_second_is_accepted",
            to("/fresh", &alice().claim("auth_time", at(0))),
            handler("fresh: alice"),
        ),
        case(
            "c8_c9_a_challenge_for_level_and_age_has_both_parameters",
            to("/pay", &alice().scope("pay")),
            pay(&format!(
                r#"{level_text}, acr_values="gold", max_age="300""#
            )),
        ),
        case(
            "c10_a_step_up_challenge_for_level_and_age_names_the_missing_scope",
            to("/pay", &alice()),
            pay(&format!(
                r#"{level_text}, scope="pay", acr_values="gold", max_age="300""#
            )),
        ),
        case(
            "c10_a_step_up_challenge_for_level_names_the_missing_scope",
            to("/pay", &alice().claim("auth_time", at(0))),
            pay(&format!(r#"{level_text}, scope="pay", acr_values="gold""#)),
        ),
        case(
            "c10_a_step_up_challenge_for_age_names_the_missing_scope",
            to("/pay", &alice().acr("gold")),
            pay(&format!(r#"{recent_text}, scope="pay", max_age="300""#)),
        ),
        case(
            "c1_with_sufficient_level_and_age_only_the_missing_scope_is_named",
            to("/pay", &alice().acr("gold").claim("auth_time", at(0))),
            needs("pay"),
        ),
        case(
            "c10_a_token_with_level_age_and_scope_is_accepted",
            to(
                "/pay",
                &alice().acr("gold").claim("auth_time", at(0)).scope("pay"),
            ),
            handler("pay: alice"),
        ),
    ]
}
