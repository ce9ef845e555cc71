//! `Display` of rules and routes.

use super::*;
use crate::access_map::display::RouteWords;
use crate::policy::{ClaimValue, Hide};
use crate::scheme::Scheme;

const HANDLER: &str = "shop::orders::list";
const GATEWAY: Scheme = Scheme::new("Gateway");

fn words(rule: Rule) -> String {
    RouteWords(&route(Method::Get, "/", rule)).to_string()
}

fn handlers(requirement: Requirement) -> String {
    words(required(HANDLER, requirement))
}

fn claim(name: &'static str, value: ClaimValue) -> Requirement {
    Requirement::Claim { name, value }
}

#[test]
fn each_requirement_is_displayed_as_in_the_attribute() {
    assert_eq!(words(Rule::required(HANDLER)), "any caller");
    assert_eq!(words(Rule::optional(HANDLER)), "optional");
    assert_eq!(
        words(Rule::anonymous(HANDLER, "health probe")),
        "anonymous: health probe"
    );
    assert_eq!(handlers(scope("orders:read")), r#"scope = "orders:read""#);
    assert_eq!(handlers(role("admin")), r#"role = "admin""#);
    assert_eq!(
        handlers(check(0, Some("is the owner"))),
        r#"check("is the owner")"#
    );
    assert_eq!(handlers(check(0, None)), "check(1)");
    assert_eq!(
        handlers(claim("email_verified", ClaimValue::Boolean { value: true })),
        r#"claim("email_verified" = true)"#,
    );
    assert_eq!(
        handlers(claim("/a/b", ClaimValue::Integer { value: -3 })),
        r#"claim("/a/b" = -3)"#,
    );
    assert_eq!(
        handlers(claim("tenant", ClaimValue::Text { value: "\"x\"\n" })),
        r#"claim("tenant" = "\"x\"\n")"#,
    );
}

#[test]
fn requirements_are_displayed_side_by_side_and_groups_keep_their_names() {
    let nested = any(vec![scope("a"), all(vec![scope("b"), role("c")])]);
    assert_eq!(
        handlers(all(vec![nested, not(role("trial"))])),
        r#"any(scope = "a", all(scope = "b", role = "c")), not(role = "trial")"#,
    );
    assert_eq!(handlers(any(Vec::new())), "any()");
    assert_eq!(handlers(all(Vec::new())), "all()");
}

#[test]
fn top_level_settings_are_displayed_after_the_requirement() {
    let rule = Rule {
        schemes: &[Scheme::BEARER, GATEWAY],
        acr: &["urn:example:gold"],
        max_age: Some(300),
        hide: Hide::Always,
        ..required(HANDLER, scope("pay"))
    };
    assert_eq!(
        words(rule),
        r#"scope = "pay", scheme = ["bearer", Gateway], acr = "urn:example:gold", max_age = "5m", hide = "always""#,
    );
    let rule = Rule {
        schemes: &[Scheme::API_KEY],
        hide: Hide::Forbidden,
        ..Rule::required(HANDLER)
    };
    assert_eq!(words(rule), r#"any caller, scheme = "api_key", hide"#);
    let basic = Rule {
        schemes: &[Scheme::BASIC],
        acr: &["1", "2"],
        ..Rule::required(HANDLER)
    };
    assert_eq!(
        words(basic),
        r#"any caller, scheme = "basic", acr = ["1", "2"]"#
    );
}

#[test]
fn a_max_age_is_displayed_in_the_greatest_unit_without_a_fraction() {
    for (seconds, text) in [
        (0, "0s"),
        (59, "59s"),
        (90, "90s"),
        (300, "5m"),
        (7_200, "2h"),
        (172_800, "2d"),
        (86_460, "1441m"),
    ] {
        let rule = Rule {
            max_age: Some(seconds),
            ..Rule::required(HANDLER)
        };
        assert_eq!(words(rule), format!("any caller, max_age = \"{text}\""));
    }
}

#[test]
fn a_named_policy_is_displayed_with_its_name_and_requirement() {
    let refund = || {
        required(
            "shop::CanRefund",
            any(vec![scope("refunds"), role("support")]),
        )
    };
    let text = r#"policy = CanRefund: any(scope = "refunds", role = "support")"#;
    assert_eq!(handlers(policy(refund())), text);
    assert_eq!(
        handlers(all(vec![policy(refund()), not(role("trial"))])),
        format!(r#"{text}, not(role = "trial")"#),
    );
    let several = required("shop::Both", all(vec![scope("a"), scope("b")]));
    assert_eq!(
        handlers(not(policy(several))),
        r#"not(policy = Both: all(scope = "a", scope = "b"))"#,
    );
}

#[test]
fn a_rule_from_outside_the_handler_is_displayed_with_its_name() {
    let staff = || required("shop::Staff", role("staff"));
    let list = || route(Method::Get, "/", required(HANDLER, scope("a")));
    assert_eq!(
        RouteWords(&list().and(staff())).to_string(),
        r#"scope = "a"; and policy = Staff: role = "staff""#,
    );
    let alone = route(Method::Get, "/", staff()).served_by("tower_http::services::ServeDir");
    assert_eq!(
        RouteWords(&alone).to_string(),
        r#"policy = Staff: role = "staff""#
    );
    let stepped = Rule {
        max_age: Some(60),
        ..staff()
    };
    assert_eq!(
        RouteWords(&list().and(stepped)).to_string(),
        r#"scope = "a"; and policy = Staff: all(role = "staff", max_age = "1m")"#,
    );
}

#[test]
fn a_handlers_own_rule_is_recognized_despite_generics_and_modules() {
    for handler in [
        "shop::orders::list",
        "shop::orders::list<shop::Postgres>",
        "shop::orders::router::list",
    ] {
        let row = route(Method::Get, "/", required(HANDLER, scope("a"))).served_by(handler);
        assert_eq!(RouteWords(&row).to_string(), r#"scope = "a""#, "{handler}");
    }
    for handler in [
        "shop::orders::show",
        "shop::list",
        "shop::orders_old::list",
        "shop::serve<shop::orders::list>",
    ] {
        let row = route(Method::Get, "/", required(HANDLER, scope("a"))).served_by(handler);
        let text = RouteWords(&row).to_string();
        assert_eq!(text, r#"policy = list: scope = "a""#, "{handler}");
    }
}

#[test]
fn a_route_without_a_rule_is_displayed_prominently() {
    let row = unguarded(
        RouteKind::Fallback,
        "/",
        "shop::spa",
        Some("the app's own \"files\""),
    );
    assert_eq!(
        RouteWords(&row).to_string(),
        "UNGUARDED: the app's own \"files\""
    );
    let forgotten = unguarded(RouteKind::Fallback, "/", "shop::spa", None);
    assert_eq!(
        RouteWords(&forgotten).to_string(),
        "UNGUARDED: no reason given"
    );
    let staff = row.and(required("shop::Staff", role("staff")));
    assert_eq!(
        staff.rule(),
        "UNGUARDED: the app's own \"files\"; and policy = Staff: role = \"staff\"",
    );
}

#[test]
fn an_access_map_row_names_the_realm_of_its_auth() {
    let row = route(Method::Get, "/", required(HANDLER, scope("a")));
    assert_eq!(row.realm(), None);
    assert_eq!(row.at(&auth()).realm(), Some("api"));
}

#[test]
fn displayed_text_cannot_break_a_line_or_change_its_direction() {
    let rule = Rule::anonymous(HANDLER, "a\nb\t\u{202e}c\u{0}é");
    assert_eq!(words(rule), r"anonymous: a\nb\t\u{202e}c\0é");
}
