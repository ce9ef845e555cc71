//! The JSON document.

use serde_json::{Value, json};

use super::api::{api, two_routes};
use super::*;
use crate::access_map::AccessMap;
use crate::policy::{ClaimValue, Hide};
use crate::scheme::Scheme;

fn document(map: &AccessMap) -> Value {
    serde_json::from_str(&map.to_json()).unwrap()
}

#[test]
fn the_documented_json_example_matches_the_output() {
    let text = two_routes().to_json();
    assert_eq!(
        text,
        include_str!("example.json").trim_end(),
        "the new text:\n{text}"
    );
}

#[test]
fn every_requirement_has_its_json_shape() {
    let claim = |value| Requirement::Claim { name: "c", value };
    let refund = required("shop::CanRefund", scope("refunds"));
    let rule = Rule {
        schemes: &[Scheme::API_KEY],
        acr: &["gold"],
        max_age: Some(300),
        hide: Hide::Forbidden,
        ..required(
            "shop::a",
            any(vec![
                Requirement::Authenticated,
                all(vec![scope("s"), role("r")]),
                not(claim(ClaimValue::Boolean { value: true })),
                claim(ClaimValue::Integer { value: 3 }),
                claim(ClaimValue::Text { value: "t" }),
                check(1, Some("d")),
                check(0, None),
                policy(refund),
            ]),
        )
    };
    let map = AccessMap::new(vec![route(Method::Post, "/a", rule)]);
    assert_eq!(
        document(&map)["routes"][0]["rules"],
        json!([{
            "name": "shop::a",
            "access": "required",
            "schemes": ["ApiKey"],
            "acr": ["gold"],
            "max_age": 300,
            "hide": "forbidden",
            "requirement": { "type": "any", "of": [
                { "type": "authenticated" },
                { "type": "all", "of": [
                    { "type": "scope", "name": "s" },
                    { "type": "role", "name": "r" },
                ] },
                { "type": "not", "requirement": { "type": "claim", "name": "c", "value": true } },
                { "type": "claim", "name": "c", "value": 3 },
                { "type": "claim", "name": "c", "value": "t" },
                { "type": "check", "number": 2, "description": "d" },
                { "type": "check", "number": 1, "description": null },
                { "type": "policy", "name": "shop::CanRefund",
                  "requirement": { "type": "scope", "name": "refunds" } },
            ] },
        }]),
    );
}

#[test]
fn a_route_has_the_access_level_of_its_strictest_rule() {
    let staff = || required("shop::Staff", role("staff"));
    let open = |path| unguarded(RouteKind::Fallback, path, "shop::files", Some("files"));
    let map = AccessMap::new(vec![
        route(Method::Get, "/1", Rule::anonymous("shop::a", "probe")),
        route(Method::Get, "/2", Rule::anonymous("shop::a", "probe")).and(staff()),
        route(Method::Get, "/3", Rule::optional("shop::a")),
        open("/4"),
        open("/5").and(staff()),
        unguarded(RouteKind::OtherMethods, "/6", "shop::files", None),
    ]);
    let document = document(&map);
    let seen: Vec<_> = document["routes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|route| [&route["access"], &route["place"], &route["reason"]])
        .collect();
    assert_eq!(
        json!(seen),
        json!([
            ["anonymous", "route", "probe"],
            ["required", "route", "probe"],
            ["optional", "route", null],
            ["unguarded", "fallback", "files"],
            ["required", "fallback", "files"],
            ["unguarded", "other_methods", null],
        ]),
    );
}

#[test]
fn a_json_route_refers_to_an_auth_of_the_document() {
    let document = document(&api());
    let names: Vec<_> = document["auths"]
        .as_array()
        .unwrap()
        .iter()
        .map(|auth| &auth["name"])
        .collect();
    assert_eq!(names, ["api", "partner"]);
    for route in document["routes"].as_array().unwrap() {
        assert!(names.contains(&&route["auth"]), "{route}");
    }
}
