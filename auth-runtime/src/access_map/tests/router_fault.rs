//! Each fault of a route is reported once, with the path of the route.

use super::{ADMIN, GATEWAY, Gateway, READ, bearer, row, rule, scope, unguarded};
use crate::access_map::route::{AccessRoute, Method, RouteKind};
use crate::access_map::router_fault::RouterError;
use crate::access_map::{AccessMap, faults};
use crate::auth::AuthBuilder;
use crate::identity::Provides;
use crate::policy::{ClaimValue, Requirement, Rule};
use crate::{Auth, Scheme, Scope};

const TRIAL: Requirement = scope("trial");
const CLAIM: Requirement = Requirement::Claim {
    name: "tenant",
    value: ClaimValue::Text { value: "acme" },
};

fn texts(routes: &[AccessRoute]) -> Vec<String> {
    faults(routes, &[])
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// The faults of `GET /orders` with this rule, bound to this `Auth`.
fn faults_of(rule: Rule, auth: AuthBuilder) -> Vec<String> {
    let mut route = row(Method::Get, "/orders", rule);
    route.auth = Some(auth.build().unwrap());
    texts(&[route])
}

#[test]
fn a_route_that_can_be_satisfied_has_no_fault() {
    let rule = rule(Requirement::All {
        of: &[READ, ADMIN, CLAIM],
    });
    assert!(faults_of(rule, bearer()).is_empty());
    let public = Rule::anonymous("app::health", "a probe");
    assert!(faults_of(public, bearer().scopes(&[])).is_empty());
    assert!(texts(&[unguarded("/", "files that are public")]).is_empty());
}

#[test]
fn an_unguarded_mount_without_a_reason_is_a_fault() {
    assert_eq!(
        texts(&[unguarded("/files", " \n")]),
        [
            "the fallback of `/files` (files::Files): it is unguarded without a reason: say why it \
             needs no rule"
        ]
    );
}

#[test]
fn a_scheme_missing_from_the_auth_is_a_fault_even_if_another_is_configured() {
    let rule = Rule {
        schemes: &[Scheme::BEARER, GATEWAY],
        ..rule(READ)
    };
    assert_eq!(
        faults_of(rule, bearer()),
        [
            "`GET /orders` (app::handler): it accepts the kind `Gateway`, which its `Auth` (realm \
             \"api\") does not have: add the kind to the `Auth`, or remove it from `scheme = ..`"
        ]
    );
}

#[test]
fn a_route_without_any_accepted_kind_has_no_fault_about_provided_data() {
    let rule = Rule {
        schemes: &[GATEWAY],
        ..rule(ADMIN)
    };
    assert_eq!(faults_of(rule, bearer()).len(), 1);
}

#[test]
fn a_scope_outside_the_vocabulary_is_a_fault_anywhere_in_a_rule() {
    const NESTED: &Rule = &Rule {
        requirement: Requirement::Any {
            of: &[scope("order:read"), READ],
        },
        ..Rule::required("app::CanRead")
    };
    let tree = || {
        rule(Requirement::All {
            of: &[
                Requirement::Policy {
                    rule: NESTED,
                    first_check: 0,
                },
                Requirement::Not {
                    requirement: &TRIAL,
                },
                Requirement::Any { of: &[TRIAL, READ] },
            ],
        })
    };
    assert_eq!(
        faults_of(tree(), bearer().scopes(&[Scope::new("orders:read")])),
        [
            "`GET /orders` (app::handler, by the policy app::CanRead): it requires the scope \
             `order:read`, which is not in the vocabulary of its `Auth` (realm \"api\"): did you \
             mean `orders:read`?",
            "`GET /orders` (app::handler): it requires the scope `trial`, which is not in the \
             vocabulary of its `Auth` (realm \"api\"): add it to `.scopes(..)`",
        ]
    );
    assert!(faults_of(tree(), bearer()).is_empty());
    // An API without scopes declares an empty vocabulary.
    assert_eq!(faults_of(tree(), bearer().scopes(&[])).len(), 3);
}

#[test]
fn data_that_no_accepted_kind_provides_is_a_fault_of_each_requirement() {
    let tree = || {
        rule(Requirement::All {
            of: &[
                READ,
                ADMIN,
                Requirement::Not {
                    requirement: &CLAIM,
                },
                Requirement::Any { of: &[ADMIN, READ] },
            ],
        })
    };
    let gateway = |provides| {
        Auth::builder()
            .authenticator(Gateway(provides))
            .realm("gate")
    };
    for (provides, parts) in [
        (Provides::ALL, &[][..]),
        (Provides::NONE.scopes().roles(), &["claim(\"tenant\" = ..)"]),
        (
            Provides::NONE.roles().claims(),
            &["scope = \"orders:read\""],
        ),
        (Provides::NONE.scopes().claims(), &["role = \"admin\""]),
        (
            Provides::NONE,
            &[
                "scope = \"orders:read\"",
                "role = \"admin\"",
                "claim(\"tenant\" = ..)",
            ],
        ),
    ] {
        let expected: Vec<String> = parts
            .iter()
            .map(|part| {
                format!(
                    "`GET /orders` (app::handler): it requires `{part}`, but no kind of credential \
                     that its `Auth` (realm \"gate\") accepts here provides that: accept another \
                     kind, declare what yours provides in `Authenticator::provides`, or remove it \
                     from the rule"
                )
            })
            .collect();
        assert_eq!(faults_of(tree(), gateway(provides)), expected);
    }
}

/// The faults and the warnings of these rules, if the only kind of credential provides only scopes.
fn found(rules: Vec<Requirement>) -> (Vec<String>, Vec<String>) {
    let auth = Auth::builder().authenticator(Gateway(Provides::NONE.scopes()));
    let mut route = row(Method::Get, "/orders", rule(READ));
    let rules = rules.into_iter().map(rule);
    route.rules = rules.map(|rule| &*Box::leak(Box::new(rule))).collect();
    route.auth = Some(auth.build().unwrap());
    let map = AccessMap::new(vec![route]);
    let warnings = map.warnings().iter().map(ToString::to_string).collect();
    (texts(map.routes()), warnings)
}

#[test]
fn an_unsatisfiable_alternative_is_a_warning_if_another_one_remains() {
    const NOT_BOTH: Requirement = Requirement::Not {
        requirement: &Requirement::All { of: &[ADMIN, READ] },
    };
    const NEITHER: Requirement = Requirement::Not {
        requirement: &Requirement::Any { of: &[ADMIN, READ] },
    };
    const EITHER: Requirement = Requirement::Any { of: &[ADMIN, READ] };
    const BOTH_OR_TRIAL: Requirement = Requirement::Any {
        of: &[Requirement::All { of: &[READ, ADMIN] }, TRIAL],
    };
    let (faults, warnings) = found(vec![EITHER]);
    assert!(faults.is_empty());
    assert_eq!(
        warnings,
        [
            "`GET /orders` (app::handler): it requires `role = \"admin\"`, but no kind of \
             credential that its `Auth` (realm \"api\") accepts here provides that: accept another \
             kind, declare what yours provides in `Authenticator::provides`, or remove it from the \
             rule; only the other alternatives can be satisfied"
        ]
    );
    for (rules, faults, warnings) in [
        (vec![NOT_BOTH], 0, 1),
        (vec![BOTH_OR_TRIAL], 0, 1),
        (vec![NEITHER], 1, 0),
        // One rule can't be satisfied without it.
        (vec![EITHER, ADMIN], 1, 0),
        (vec![ADMIN, EITHER], 1, 0),
        // No alternative remains.
        (
            vec![Requirement::Any {
                of: &[ADMIN, CLAIM],
            }],
            2,
            0,
        ),
    ] {
        let found = found(rules);
        assert_eq!(
            (found.0.len(), found.1.len()),
            (faults, warnings),
            "{found:?}"
        );
    }
}

#[test]
fn only_the_kinds_accepted_by_a_rule_count_for_its_faults() {
    let auth = || bearer().authenticator(Gateway(Provides::NONE));
    assert!(faults_of(rule(ADMIN), auth()).is_empty());
    let gateway = Rule {
        schemes: &[GATEWAY],
        ..rule(ADMIN)
    };
    assert_eq!(faults_of(gateway, auth()).len(), 1);
}

#[test]
fn an_issuer_that_may_grant_no_roles_provides_no_roles() {
    let none: [&str; 0] = [];
    let jwt = |grants_roles: bool| {
        crate::Jwt::issuer("https://partner.example")
            .audience("https://api.example")
            .secret("a secret of thirty-two bytes, ok")
            .grants(
                ["orders:read"],
                if grants_roles {
                    vec!["admin"]
                } else {
                    Vec::new()
                },
            )
    };
    let scopes_too = crate::Jwt::issuer("https://other.example")
        .audience("https://api.example")
        .secret("another secret of 32 bytes, yes!")
        .grants(none, none);
    let auth = Auth::builder().bearer(jwt(false)).bearer(scopes_too);
    assert_eq!(faults_of(rule(ADMIN), auth).len(), 1);
    assert!(faults_of(rule(ADMIN), Auth::builder().bearer(jwt(true))).is_empty());
    assert!(faults_of(rule(READ), Auth::builder().bearer(jwt(false))).is_empty());
}

#[test]
fn each_fault_is_named_once_per_route_for_every_route() {
    let mut route = row(Method::Get, "/orders", rule(ADMIN));
    route.rules.push(Box::leak(Box::new(Rule {
        requirement: ADMIN,
        ..Rule::required("app::Admins")
    })));
    route.auth = Some(
        Auth::builder()
            .authenticator(Gateway(Provides::NONE))
            .build()
            .unwrap(),
    );
    let other = AccessRoute {
        path: "/invoices".to_owned(),
        ..route.clone()
    };
    let found = faults(&[route, other], &[]);
    let paths: Vec<_> = found.iter().map(|fault| fault.route().path()).collect();
    assert_eq!(paths, ["/orders", "/invoices"]);
}

#[test]
fn a_router_error_lists_all_its_faults() {
    let route = || {
        let mut route = row(Method::Get, "/orders", rule(ADMIN));
        let nothing = Auth::builder().authenticator(Gateway(Provides::NONE));
        route.auth = Some(nothing.build().unwrap());
        route
    };
    let one = RouterError::new(faults(&[route()], &[]));
    assert!(one.to_string().starts_with("`GET /orders`"));
    let two = RouterError::new(faults(&[route(), unguarded("/files", "")], &[]));
    assert_eq!(two.faults().len(), 2);
    let text = two.to_string();
    assert!(text.starts_with("the routes have 2 faults:\n  - `GET /orders`"));
    assert!(text.contains("\n  - the fallback of `/files`"));
    assert_eq!(format!("{two:?}"), text);
}

#[test]
fn a_fault_of_a_required_policy_is_reported_once() {
    static ADMINS: Rule = Rule {
        requirement: ADMIN,
        ..Rule::required("app::Admins")
    };
    let auth = || {
        let nothing = Auth::builder().authenticator(Gateway(Provides::NONE));
        nothing.build().unwrap()
    };
    let (shared, another) = (auth(), auth());
    let at = |path, auth: &Auth| {
        let mut route = row(Method::Get, path, rule(Requirement::Authenticated));
        route.rules.insert(0, &ADMINS);
        route.auth = Some(auth.clone());
        route
    };
    let routes = [at("/a", &shared), at("/b", &shared), at("/c", &shared)];
    let start = "`GET /a` (app::handler, by the policy app::Admins) and 2 more routes: it requires";
    let error = RouterError::new(faults(&routes, &[]));
    assert_eq!(error.faults().len(), 3);
    assert!(error.to_string().starts_with(start), "{error}");

    let routes = [at("/a", &shared), at("/b", &shared), at("/c", &another)];
    let text = RouterError::new(faults(&routes, &[])).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "the routes have 2 faults:");
    assert!(lines[1].contains(") and 1 more route: "), "{text}");
    assert!(lines[2].starts_with("  - `GET /c` "), "{text}");

    // Two handlers with the same name have two faults.
    let own = |path| AccessRoute {
        rules: vec![Box::leak(Box::new(rule(ADMIN)))],
        ..at(path, &shared)
    };
    let text = RouterError::new(faults(&[own("/a"), own("/b")], &[])).to_string();
    assert_eq!(text.lines().count(), 3, "{text}");
}

#[test]
fn a_fault_of_a_route_for_all_methods_says_every_method() {
    let alone = AccessRoute {
        kind: RouteKind::OtherMethods,
        ..unguarded("/files", "")
    };
    assert!(texts(&[alone])[0].starts_with("every method of `/files` without its own route "));
}
