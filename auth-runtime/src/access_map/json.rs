//! The map as a JSON document, for programs and for the script of the HTML page.

use serde::Serialize;

use super::AccessMap;
use super::auths::{Auths, ScopeEntry};
use super::display::check_number;
use super::route::{AccessRoute, RouteKind};
use crate::policy::{Access, ClaimValue, Hide, Requirement, Rule};

impl AccessMap {
    /// The map as a JSON document.
    ///
    /// | member | |
    /// |---|---|
    /// | `version` | 1. It changes with the structure of the document, but not if members are added |
    /// | `auths` | each `Auth` of the routes: `name` (its realm, with a number if there are several), `kinds` (names of credential kinds), `report_only`, `scopes` (the vocabulary: `name`, and all scopes that it `implies`, directly or through others) |
    /// | `routes` | the rows in the map's order, see below |
    /// | `warnings` | texts |
    ///
    /// | member of a route | |
    /// |---|---|
    /// | `method`, `path`, `handler` | as in [`AccessRoute`] |
    /// | `place` | `"route"`, `"other_methods"` (those that no other row of the path has), `"method_not_allowed"` (the same, by `method_not_allowed_fallback`) or `"fallback"` |
    /// | `auth` | the name of its `Auth`, or null |
    /// | `access` | `"required"`, `"optional"`, `"anonymous"` or `"unguarded"` |
    /// | `unguarded` | whether the handler or service declares no rule. It may still check requests itself, which the map can't show. `rules` are then those added by `.require` or layers |
    /// | `reason` | why it is public or unguarded, or null |
    /// | `rules` | all of them have to hold |
    /// | `text` | the rules as text, as [`AccessRoute::rule`] has them |
    ///
    /// A rule has a `name` (the path of a policy or a handler), its own `access`, `schemes` (empty:
    /// every kind), `acr` (one of them; empty: any), `max_age` (seconds or null), `hide` (`"never"`,
    /// `"forbidden"` or `"always"`) and a `requirement`, which is an object with a `type`:
    ///
    /// | `type` | further members |
    /// |---|---|
    /// | `authenticated` | |
    /// | `scope`, `role` | `name` |
    /// | `claim` | `name`, `value` (boolean, integer or text) |
    /// | `any`, `all` | `of`: requirements. An empty list never holds, not even inside a `not` |
    /// | `not` | `requirement`. It holds only if the credential carries the data: a token without roles does not satisfy `not(role = ..)` |
    /// | `check` | `number` from 1, `description` or null |
    /// | `policy` | `name`, `requirement` |
    ///
    /// For a router with one route:
    ///
    /// ```json
    #[doc = include_str!("tests/rendering/example.json")]
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, numbers and lists of them always serialize.
        serde_json::to_string_pretty(&MapDocument::of(self)).unwrap_or_default()
    }
}

/// The whole document. These are structs so that the order of members does not depend on the
/// features of `serde_json` that a program enables.
#[derive(Serialize)]
pub(super) struct MapDocument<'a> {
    version: u32,
    auths: Vec<AuthEntry>,
    routes: Vec<JsonRoute<'a>>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct AuthEntry {
    name: String,
    kinds: Vec<&'static str>,
    report_only: bool,
    scopes: Vec<ScopeEntry>,
}

#[derive(Serialize)]
struct JsonRoute<'a> {
    method: &'static str,
    path: &'a str,
    place: &'static str,
    handler: &'static str,
    auth: Option<String>,
    access: &'static str,
    unguarded: bool,
    reason: Option<&'static str>,
    rules: Vec<RuleEntry>,
    text: String,
}

#[derive(Serialize)]
pub(super) struct RuleEntry {
    name: &'static str,
    access: &'static str,
    schemes: Vec<&'static str>,
    acr: &'static [&'static str],
    max_age: Option<u64>,
    hide: &'static str,
    requirement: Node,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Node {
    Authenticated,
    Scope {
        name: &'static str,
    },
    Role {
        name: &'static str,
    },
    Claim {
        name: &'static str,
        value: Value,
    },
    Any {
        of: Vec<Node>,
    },
    All {
        of: Vec<Node>,
    },
    Not {
        requirement: Box<Node>,
    },
    Check {
        number: usize,
        description: Option<&'static str>,
    },
    Policy {
        name: &'static str,
        requirement: Box<Node>,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Boolean(bool),
    Integer(i64),
    Text(&'static str),
}

impl<'a> MapDocument<'a> {
    pub(super) fn of(map: &'a AccessMap) -> Self {
        let auths = Auths::of(map);
        let entry = |route: &'a AccessRoute| JsonRoute {
            method: route.method(),
            path: route.path(),
            place: match route.kind {
                RouteKind::Method(_) => "route",
                RouteKind::OtherMethods => "other_methods",
                RouteKind::MethodNotAllowed => "method_not_allowed",
                RouteKind::Fallback => "fallback",
            },
            handler: route.handler(),
            auth: auths.name_of(route).map(str::to_owned),
            access: access_of(route),
            unguarded: route.unguarded.is_some() || route.rules.is_empty(),
            reason: route.reason(),
            rules: route.rules.iter().copied().map(RuleEntry::of).collect(),
            text: route.rule(),
        };
        Self {
            version: 1,
            routes: map.routes().iter().map(entry).collect(),
            auths: auths
                .iter()
                .map(|auth| AuthEntry {
                    name: auth.name.clone(),
                    kinds: auth.kinds(),
                    report_only: auth.is_report_only(),
                    scopes: auth.scopes(),
                })
                .collect(),
            warnings: map.warnings().iter().map(ToString::to_string).collect(),
        }
    }
}

/// The access of the strictest rule of a route, because all of them have to hold.
pub(super) fn access_of(route: &AccessRoute) -> &'static str {
    let any = |wanted: fn(Access) -> bool| route.rules.iter().any(|rule| wanted(rule.access));
    if any(|access| access == Access::Required) {
        "required"
    } else if route.unguarded.is_some() || route.rules.is_empty() {
        "unguarded"
    } else if any(|access| access == Access::Optional) {
        "optional"
    } else {
        "anonymous"
    }
}

impl RuleEntry {
    pub(super) fn of(rule: &Rule) -> Self {
        Self {
            name: rule.name,
            access: match rule.access {
                Access::Required => "required",
                Access::Optional => "optional",
                Access::Anonymous { .. } => "anonymous",
            },
            schemes: rule.schemes.iter().map(|scheme| scheme.as_str()).collect(),
            acr: rule.acr,
            max_age: rule.max_age,
            hide: match rule.hide {
                Hide::Never => "never",
                Hide::Forbidden => "forbidden",
                Hide::Always => "always",
            },
            requirement: Node::of(&rule.requirement, 0),
        }
    }
}

impl Node {
    /// `first_check` is the number of the first check of the policy that `requirement` is a part of.
    fn of(requirement: &Requirement, first_check: usize) -> Self {
        let one = |of: &Requirement| Self::of(of, first_check);
        let all = |of: &[Requirement]| of.iter().map(one).collect();
        match requirement {
            Requirement::Authenticated => Self::Authenticated,
            Requirement::Scope { scope } => Self::Scope {
                name: scope.as_str(),
            },
            Requirement::Role { role } => Self::Role {
                name: role.as_str(),
            },
            Requirement::Claim { name, value } => Self::Claim {
                name,
                value: match value {
                    ClaimValue::Boolean { value } => Value::Boolean(*value),
                    ClaimValue::Integer { value } => Value::Integer(*value),
                    ClaimValue::Text { value } => Value::Text(value),
                },
            },
            Requirement::Any { of } => Self::Any { of: all(of) },
            Requirement::All { of } => Self::All { of: all(of) },
            Requirement::Not { requirement } => Self::Not {
                requirement: Box::new(one(requirement)),
            },
            Requirement::Check {
                number,
                description,
                ..
            } => Self::Check {
                number: check_number(first_check.saturating_add(*number)),
                description: *description,
            },
            Requirement::Policy {
                rule,
                first_check: first,
            } => Self::Policy {
                name: rule.name,
                requirement: Box::new(Self::of(
                    &rule.requirement,
                    first_check.saturating_add(*first),
                )),
            },
        }
    }
}
