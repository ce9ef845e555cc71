//! Rules that are probably mistakes cause a warning, and others do not.

use super::{ADMIN, GATEWAY, READ, bearer, row, rule, scope, unguarded};
use crate::access_map::AccessMap;
use crate::access_map::route::{AccessRoute, Method, RouteKind};
use crate::policy::{ClaimValue, Hide, Requirement, Rule};
use crate::{Auth, Scheme, Scope};

const ANY_CALLER: Requirement = Requirement::Authenticated;

fn warnings(routes: Vec<AccessRoute>) -> Vec<String> {
    let map = AccessMap::new(routes);
    map.warnings().iter().map(ToString::to_string).collect()
}

fn get(rule: Rule) -> AccessRoute {
    row(Method::Get, "/orders", rule)
}

fn post(rule: Rule) -> AccessRoute {
    row(Method::Post, "/orders", rule)
}

fn public() -> Rule {
    Rule::anonymous("app::public", "a demo")
}

fn optional() -> Rule {
    Rule::optional("app::optional")
}

#[test]
fn an_unsafe_method_open_to_more_callers_than_get_causes_a_warning() {
    assert_eq!(
        warnings(vec![post(public()), get(rule(READ))]),
        [
            "`POST /orders` lets everyone in, and `GET /orders` some callers only: make their \
             rules agree, unless this is intended"
        ]
    );
    // From the most open to the strictest.
    let ranked: [fn() -> Rule; 4] = [public, optional, || rule(ANY_CALLER), || rule(READ)];
    for (open, unsafe_rule) in ranked.iter().enumerate() {
        for (strict, safe_rule) in ranked.iter().enumerate() {
            let found = warnings(vec![get(safe_rule()), post(unsafe_rule())]);
            assert_eq!(found.len(), usize::from(open < strict), "{found:?}");
        }
    }
}

#[test]
fn an_explicit_head_and_other_methods_are_compared_with_the_safe_method() {
    let head = row(Method::Head, "/orders", rule(ANY_CALLER));
    let others = AccessRoute {
        kind: RouteKind::OtherMethods,
        ..get(public())
    };
    assert_eq!(
        warnings(vec![others, head, get(rule(READ))]),
        [
            "`HEAD /orders` lets any authenticated caller in, and `GET /orders` some callers only: \
             make their rules agree, unless this is intended",
            "every method of `/orders` without its own route lets everyone in, and `GET /orders` \
             some callers only: make their rules agree, unless this is intended",
        ]
    );
    let options = row(Method::Options, "/orders", public());
    assert!(warnings(vec![options, get(rule(READ))]).is_empty());
}

#[test]
fn an_unsafe_method_with_a_weaker_requirement_causes_a_warning() {
    let both = rule(Requirement::All { of: &[READ, ADMIN] });
    assert_eq!(
        warnings(vec![get(both), post(rule(READ))]),
        [
            "`POST /orders` lets in every caller that `GET /orders` lets in, and more: make their \
             rules agree, unless this is intended"
        ]
    );
}

#[test]
fn only_comparable_rules_cause_access_warnings() {
    const WRITE: Requirement = scope("orders:write");
    const TENANT: Requirement = Requirement::Claim {
        name: "tenant",
        value: ClaimValue::Text { value: "acme" },
    };
    const LEVEL: Requirement = Requirement::Claim {
        name: "tenant",
        value: ClaimValue::Integer { value: 1 },
    };
    const CHECK: Requirement = Requirement::Check {
        number: 0,
        description: None,
        id: None,
    };
    const NOT_ADMIN: Requirement = Requirement::Not {
        requirement: &ADMIN,
    };
    const NEITHER: Requirement = Requirement::Not {
        requirement: &Requirement::Any { of: &[ADMIN, READ] },
    };
    const READER: &Rule = &Rule {
        requirement: READ,
        ..Rule::required("app::Reader")
    };
    const BY_POLICY: Requirement = Requirement::Policy {
        rule: READER,
        first_check: 0,
    };
    let all = |of| rule(Requirement::All { of });
    let any = |of| rule(Requirement::Any { of });
    let settings = |schemes, acr, max_age| Rule {
        schemes,
        acr,
        max_age,
        ..rule(READ)
    };
    let auth = bearer().scopes(&["orders:read", "orders:write", "other"].map(Scope::new));
    let auth = auth.scope_implies(Scope::new("orders:write"), &[Scope::new("orders:read")]);
    let auth = auth.build().unwrap();
    let found = |safe: &'static Rule, unsafe_rule: &'static Rule| {
        let bound = |route: AccessRoute, rule| AccessRoute {
            rules: vec![rule],
            auth: Some(auth.clone()),
            ..route
        };
        let routes = vec![
            bound(get(public()), safe),
            bound(post(public()), unsafe_rule),
        ];
        warnings(routes).len()
    };
    let leak = |rule: Rule| &*Box::leak(Box::new(rule));
    // The stricter one first.
    for (strict, open) in [
        (all(&[READ, ADMIN]), rule(ADMIN)),
        (all(&[TENANT, ADMIN]), rule(TENANT)),
        (rule(READ), any(&[READ, ADMIN])),
        (any(&[READ, ADMIN]), any(&[READ, TENANT, ADMIN])),
        (rule(WRITE), rule(READ)),
        (all(&[BY_POLICY, ADMIN]), rule(READ)),
        (rule(NEITHER), rule(NOT_ADMIN)),
        (all(&[READ, CHECK]), rule(READ)),
        (settings(&[Scheme::BEARER], &[], None), rule(READ)),
        (
            settings(&[Scheme::BEARER], &[], None),
            settings(&[Scheme::BEARER, GATEWAY], &[], None),
        ),
        (settings(&[], &["gold"], None), rule(READ)),
        (settings(&[], &[], Some(60)), settings(&[], &[], Some(90))),
    ] {
        let (strict, open) = (leak(strict), leak(open));
        assert_eq!(found(strict, open), 1, "{strict:?} {open:?}");
        assert_eq!(found(open, strict), 0, "{open:?} {strict:?}");
    }
    for (one, other) in [
        (rule(READ), rule(READ)),
        (rule(READ), rule(ADMIN)),
        (rule(TENANT), rule(LEVEL)),
        (all(&[READ, ADMIN]), all(&[ADMIN, READ])),
        (all(&[READ, ADMIN]), all(&[READ, TENANT])),
        (all(&[READ, ADMIN]), all(&[READ, CHECK])),
        (rule(READ), rule(BY_POLICY)),
        (
            settings(&[], &["gold"], None),
            settings(&[], &["silver"], None),
        ),
        // Neither ever lets a caller in.
        (all(&[]), any(&[])),
    ] {
        let (one, other) = (leak(one), leak(other));
        assert_eq!(found(one, other), 0, "{one:?} {other:?}");
        assert_eq!(found(other, one), 0, "{other:?} {one:?}");
    }
}

#[test]
fn the_strictest_rule_of_a_route_counts_for_access_warnings() {
    let mut both = post(rule(ANY_CALLER));
    both.rules.push(Box::leak(Box::new(rule(ADMIN))));
    assert!(warnings(vec![both.clone(), get(rule(READ))]).is_empty());
    both.rules.pop();
    assert_eq!(warnings(vec![both, get(rule(READ))]).len(), 1);
}

#[test]
fn a_rule_that_denies_no_caller_counts_as_any_caller() {
    static ANYBODY: Rule = Rule::required("app::Anybody");
    let policy = || Requirement::Policy {
        rule: &ANYBODY,
        first_check: 0,
    };
    let any = Requirement::Any {
        of: &[READ, ANY_CALLER],
    };
    for open in [policy(), any] {
        assert!(warnings(vec![get(rule(open)), post(rule(ANY_CALLER))]).is_empty());
    }
    let step_up = Rule {
        max_age: Some(300),
        ..rule(ANY_CALLER)
    };
    assert_eq!(warnings(vec![get(step_up), post(rule(policy()))]).len(), 1);
}

#[test]
fn other_paths_and_fallbacks_cause_no_access_warning() {
    let elsewhere = row(Method::Post, "/log-in", public());
    let files = unguarded("/orders", "files that are public");
    assert!(warnings(vec![elsewhere, files, get(rule(READ))]).is_empty());
}

#[test]
fn a_path_hidden_for_one_method_and_visible_for_another_causes_a_warning() {
    let hidden = |hide| Rule { hide, ..rule(READ) };
    let expected = "`GET /orders` hides that the path exists, but `POST /orders` does not: give \
                    all methods of the path the same `hide`";
    for (of_get, of_post) in [
        (Hide::Forbidden, Hide::Never),
        (Hide::Always, Hide::Never),
        (Hide::Always, Hide::Forbidden),
    ] {
        assert_eq!(
            warnings(vec![get(hidden(of_get)), post(hidden(of_post))]),
            [expected]
        );
    }
    let both = vec![get(hidden(Hide::Always)), post(hidden(Hide::Always))];
    assert!(warnings(both).is_empty());
}

#[test]
fn access_warnings_compare_required_policies_and_handlers_with_checks() {
    const CHECK: Requirement = Requirement::Check {
        number: 0,
        description: None,
        id: None,
    };
    let checked = post(rule(CHECK));
    let mut narrowed = AccessRoute {
        kind: RouteKind::Method(Method::Get),
        ..checked.clone()
    };
    narrowed.rules.push(Box::leak(Box::new(rule(ADMIN))));
    assert_eq!(warnings(vec![narrowed, checked.clone()]).len(), 1);
    assert!(warnings(vec![get(rule(CHECK)), checked]).is_empty());
}

#[test]
fn two_auths_on_one_path_or_with_one_realm_cause_a_warning() {
    let bound = |mut route: AccessRoute, auth: &Auth| {
        route.auth = Some(auth.clone());
        route
    };
    let auth = bearer().build().unwrap();
    let other_realm = bearer().realm("partners").build().unwrap();
    let namesake = bearer().build().unwrap();
    let elsewhere = || row(Method::Get, "/partners", rule(READ));

    let routes = vec![
        bound(get(rule(READ)), &auth),
        bound(post(rule(READ)), &auth),
    ];
    assert!(warnings(routes).is_empty());
    let routes = vec![
        bound(get(rule(READ)), &auth),
        bound(elsewhere(), &other_realm),
    ];
    assert!(warnings(routes).is_empty());

    let routes = vec![
        bound(get(rule(READ)), &auth),
        bound(post(rule(READ)), &other_realm),
    ];
    assert_eq!(
        warnings(routes),
        [
            "`GET /orders` and `POST /orders` are bound to two different `Auth`s: bind one to all \
             methods of the path"
        ]
    );
    let routes = vec![bound(elsewhere(), &namesake), bound(get(rule(READ)), &auth)];
    let map = AccessMap::new(routes);
    let [warning] = map.warnings() else {
        panic!("{:?}", map.warnings())
    };
    assert_eq!(warning.path(), "/partners");
    assert_eq!(
        warning.to_string(),
        "`GET /orders` and `GET /partners` are bound to two different `Auth`s with the realm \
         \"api\", which clients can't tell apart: give each its own `.realm(..)`"
    );
}
