//! The faults, warnings and renderings of hand-written routes.

mod rendering;
mod router_fault;
mod warnings;

use super::route::{AccessRoute, Method, RouteKind};
use crate::access_map::HandlerLayers;
use crate::auth::AuthBuilder;
use crate::authenticator::{AuthenticationOutcome, Authenticator, CredentialRequest, Source};
use crate::identity::Provides;
use crate::policy::{Hide, Requirement, Rule};
use crate::scope::{Role, Scope};
use crate::{Auth, Jwt, Scheme};

const READ: Requirement = scope("orders:read");
const ADMIN: Requirement = Requirement::Role {
    role: Role::new("admin"),
};

const fn scope(scope: &'static str) -> Requirement {
    Requirement::Scope {
        scope: Scope::new(scope),
    }
}

/// The row of a handler with this rule, without an `Auth`.
fn row(method: Method, path: &str, rule: Rule) -> AccessRoute {
    AccessRoute {
        kind: RouteKind::Method(method),
        path: path.to_owned(),
        handler: rule.name,
        hide: rule.hide,
        rules: vec![Box::leak(Box::new(rule))],
        guard_layers: Vec::new(),
        handler_layers: HandlerLayers::default(),
        unguarded: None,
        required_without_state: Vec::new(),
        refuses_all_logouts: false,
        auth: None,
    }
}

fn rule(requirement: Requirement) -> Rule {
    Rule {
        requirement,
        ..Rule::required("app::handler")
    }
}

fn unguarded(path: &str, reason: &'static str) -> AccessRoute {
    AccessRoute {
        kind: RouteKind::Fallback,
        path: path.to_owned(),
        handler: "files::Files",
        hide: Hide::Never,
        rules: Vec::new(),
        guard_layers: Vec::new(),
        handler_layers: HandlerLayers::default(),
        unguarded: Some(reason),
        required_without_state: Vec::new(),
        refuses_all_logouts: false,
        auth: None,
    }
}

fn bearer() -> AuthBuilder {
    Auth::builder().bearer(
        Jwt::issuer("https://issuer.example")
            .audience("https://api.example")
            .secret("a secret of thirty-two bytes, ok"),
    )
}

/// A kind of credential that is never presented.
struct Gateway(Provides);

const GATEWAY: Scheme = Scheme::new("Gateway");

impl Authenticator for Gateway {
    fn scheme(&self) -> Scheme {
        GATEWAY
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::header("x-gateway")]
    }

    fn provides(&self) -> Provides {
        self.0
    }

    fn authenticate<'a>(&'a self, _: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        AuthenticationOutcome::Absent
    }
}
