//! The renderings of a map, and the evaluation of its page compared with the runtime's.

mod api;
mod display;
mod evaluation;
mod html;
mod json;
mod markdown;
mod text;

use crate::access_map::route::{AccessRoute, HandlerLayers, Method, RouteKind};
use crate::auth::Auth;
use crate::bearer::Jwt;
use crate::policy::{Hide, Requirement, Rule};
use crate::scope::{Role, Scope};

fn jwt() -> Jwt {
    Jwt::issuer("https://issuer.example")
        .audience("https://api.example")
        .secret("a secret of thirty-two bytes or more")
}

fn auth() -> Auth {
    Auth::builder().bearer(jwt()).build().unwrap()
}

const fn scope(name: &'static str) -> Requirement {
    Requirement::Scope {
        scope: Scope::new(name),
    }
}

const fn role(name: &'static str) -> Requirement {
    Requirement::Role {
        role: Role::new(name),
    }
}

fn any(of: Vec<Requirement>) -> Requirement {
    Requirement::Any { of: of.leak() }
}

fn all(of: Vec<Requirement>) -> Requirement {
    Requirement::All { of: of.leak() }
}

fn not(requirement: Requirement) -> Requirement {
    Requirement::Not {
        requirement: Box::leak(Box::new(requirement)),
    }
}

const fn check(number: usize, description: Option<&'static str>) -> Requirement {
    Requirement::Check {
        number,
        description,
        id: None,
    }
}

fn policy(rule: Rule) -> Requirement {
    Requirement::Policy {
        rule: Box::leak(Box::new(rule)),
        first_check: 0,
    }
}

fn required(name: &'static str, requirement: Requirement) -> Rule {
    Rule {
        requirement,
        ..Rule::required(name)
    }
}

/// A row with the rule that the handler's attribute declares.
fn route(method: Method, path: &str, rule: Rule) -> AccessRoute {
    AccessRoute {
        handler: rule.name,
        hide: rule.hide,
        rules: vec![Box::leak(Box::new(rule))],
        ..unguarded(RouteKind::Method(method), path, "nowhere", None)
    }
}

fn unguarded(
    kind: RouteKind,
    path: &str,
    handler: &'static str,
    reason: Option<&'static str>,
) -> AccessRoute {
    AccessRoute {
        kind,
        path: path.to_owned(),
        handler,
        hide: Hide::Never,
        rules: Vec::new(),
        guard_layers: Vec::new(),
        handler_layers: HandlerLayers::default(),
        unguarded: reason,
        required_without_state: Vec::new(),
        refuses_all_logouts: false,
        auth: None,
    }
}

impl AccessRoute {
    fn at(mut self, auth: &Auth) -> Self {
        self.auth = Some(auth.clone());
        self
    }

    fn and(mut self, rule: Rule) -> Self {
        self.rules.push(Box::leak(Box::new(rule)));
        self
    }

    fn served_by(mut self, handler: &'static str) -> Self {
        self.handler = handler;
        self
    }
}
