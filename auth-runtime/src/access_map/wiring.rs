//! What can't work about routes and the `Auth` they are bound to, found when a service starts.

use std::error::Error;
use std::fmt;

use super::name::Name;
use super::route::AccessRoute;
use crate::auth::Auth;
use crate::policy::{Access, Requirement, Rule};
use crate::scheme::Scheme;
use crate::scope::Scope;

/// Everything about the routes of a router that can't work; never empty.
pub struct WiringError {
    faults: Vec<WiringFault>,
}

impl WiringError {
    pub(crate) fn new(faults: Vec<WiringFault>) -> Self {
        Self { faults }
    }

    /// What is wrong, route by route.
    #[must_use]
    pub fn faults(&self) -> &[WiringFault] {
        &self.faults
    }
}

impl fmt::Display for WiringError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.as_slice() {
            [only] => only.fmt(formatter),
            several => {
                write!(
                    formatter,
                    "{} things about the routes can't work:",
                    several.len()
                )?;
                several
                    .iter()
                    .try_for_each(|one| write!(formatter, "\n  - {one}"))
            }
        }
    }
}

/// The same text: it is what `unwrap` and a `main` that returns the error print.
impl fmt::Debug for WiringError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for WiringError {}

/// One thing about a route that can't work. Its text names the route and says what to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WiringFault {
    /// A rule accepts a kind of credential that the route's `Auth` does not have.
    #[non_exhaustive]
    NoSuchKind {
        /// The route.
        route: AccessRoute,
        /// The name of the rule.
        policy: &'static str,
        /// The kind.
        scheme: Scheme,
    },
    /// A rule asks for a scope that is not in the vocabulary of the route's `Auth`.
    #[non_exhaustive]
    UnknownScope {
        /// The route.
        route: AccessRoute,
        /// The name of the rule, or of the policy inside it.
        policy: &'static str,
        /// The scope.
        scope: Scope,
        /// One in the vocabulary that is spelt almost like it.
        meant: Option<Scope>,
    },
    /// A part of a rule is about something that no kind of credential accepted there has.
    #[non_exhaustive]
    NeverSupplied {
        /// The route.
        route: AccessRoute,
        /// The name of the rule, or of the policy inside it.
        policy: &'static str,
        /// The part of the rule: `role = "admin"`.
        part: String,
    },
    /// A route without a rule has no reason for it.
    #[non_exhaustive]
    BlankReason {
        /// The route.
        route: AccessRoute,
    },
}

impl WiringFault {
    /// The route that can't work.
    #[must_use]
    pub fn route(&self) -> &AccessRoute {
        match self {
            Self::NoSuchKind { route, .. }
            | Self::UnknownScope { route, .. }
            | Self::NeverSupplied { route, .. }
            | Self::BlankReason { route } => route,
        }
    }

    /// The rule, where another one than the handler's own is meant.
    fn policy(&self) -> Option<&'static str> {
        match self {
            Self::BlankReason { .. } => None,
            Self::NoSuchKind { policy, .. }
            | Self::UnknownScope { policy, .. }
            | Self::NeverSupplied { policy, .. } => {
                Some(*policy).filter(|policy| *policy != self.route().handler())
            }
        }
    }
}

impl fmt::Display for WiringFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let route = self.route();
        write!(formatter, "{} ({}", Name(route), route.handler())?;
        if let Some(policy) = self.policy() {
            write!(formatter, ", by the policy {policy}")?;
        }
        formatter.write_str("): ")?;
        let realm = route.auth.as_ref().map_or("", Auth::realm);
        match self {
            Self::NoSuchKind { scheme, .. } => write!(
                formatter,
                "it accepts the kind `{scheme}`, which its `Auth` (realm {realm:?}) does not have: \
                 add the kind there, or take it out of `scheme = ..`"
            ),
            Self::UnknownScope { scope, meant, .. } => {
                write!(
                    formatter,
                    "it asks for the scope `{}`, which is not in the vocabulary of its `Auth` \
                     (realm {realm:?}): ",
                    scope.as_str()
                )?;
                match meant {
                    Some(meant) => write!(formatter, "did you mean `{}`?", meant.as_str()),
                    None => formatter.write_str("add it to `.scopes(..)`"),
                }
            }
            Self::NeverSupplied { part, .. } => write!(
                formatter,
                "it asks for `{part}`, but no kind of credential that its `Auth` (realm {realm:?}) \
                 accepts here can have any: accept another kind, say what yours has in \
                 `Authenticator::supplies`, or take it out of the rule"
            ),
            Self::BlankReason { .. } => formatter
                .write_str("nothing guards it and nobody says why: give it a reason that does"),
        }
    }
}

/// All faults of all routes, none twice.
pub(crate) fn faults(routes: &[AccessRoute]) -> Vec<WiringFault> {
    let mut faults = Vec::new();
    for route in routes {
        if route
            .unguarded
            .is_some_and(|reason| reason.trim().is_empty())
        {
            let route = route.clone();
            faults.push(WiringFault::BlankReason { route });
        }
        // A router that is finished has one for each.
        let Some(auth) = &route.auth else { continue };
        let mut leaves = Leaves {
            route,
            auth,
            seen: Vec::new(),
            faults: &mut faults,
        };
        for rule in &route.rules {
            leaves.rule(rule);
        }
    }
    faults
}

/// The parts of one route's rules being looked through.
struct Leaves<'a> {
    route: &'a AccessRoute,
    auth: &'a Auth,
    /// What was found wrong already, as it stands in a rule.
    seen: Vec<String>,
    faults: &'a mut Vec<WiringFault>,
}

impl Leaves<'_> {
    fn rule(&mut self, rule: &'static Rule) {
        if matches!(rule.access, Access::Anonymous { .. }) {
            return;
        }
        for scheme in rule.schemes {
            if !self.auth.schemes().any(|known| known == *scheme) {
                let fault = WiringFault::NoSuchKind {
                    route: self.route.clone(),
                    policy: rule.name,
                    scheme: *scheme,
                };
                self.add(format!("scheme {scheme}"), fault);
            }
        }
        self.requirement(&rule.requirement, rule.name, rule.schemes);
    }

    fn requirement(
        &mut self,
        requirement: &Requirement,
        policy: &'static str,
        schemes: &'static [Scheme],
    ) {
        // Without a kind that is accepted it says nothing: that is a fault of its own.
        let supplies = self.auth.supplies(schemes);
        match requirement {
            Requirement::Scope { scope } => {
                let vocabulary = self.auth.vocabulary();
                let part = format!("scope = {:?}", scope.as_str());
                if vocabulary.is_declared() && !vocabulary.contains(*scope) {
                    let fault = WiringFault::UnknownScope {
                        route: self.route.clone(),
                        policy,
                        scope: *scope,
                        meant: vocabulary.nearest(*scope),
                    };
                    self.add(part, fault);
                } else if supplies.is_some_and(|supplies| !supplies.scopes) {
                    self.never_supplied(part, policy);
                }
            }
            Requirement::Role { role } => {
                if supplies.is_some_and(|supplies| !supplies.roles) {
                    self.never_supplied(format!("role = {:?}", role.as_str()), policy);
                }
            }
            Requirement::Claim { name, .. } => {
                if supplies.is_some_and(|supplies| !supplies.claims) {
                    self.never_supplied(format!("claim({name:?} = ..)"), policy);
                }
            }
            Requirement::Any { of } | Requirement::All { of } => {
                for part in *of {
                    self.requirement(part, policy, schemes);
                }
            }
            Requirement::Not { requirement } => self.requirement(requirement, policy, schemes),
            Requirement::Policy { rule } => {
                self.requirement(&rule.requirement, rule.name, schemes);
            }
            Requirement::Authenticated | Requirement::Check { .. } => {}
        }
    }

    fn never_supplied(&mut self, part: String, policy: &'static str) {
        let fault = WiringFault::NeverSupplied {
            route: self.route.clone(),
            policy,
            part: part.clone(),
        };
        self.add(part, fault);
    }

    fn add(&mut self, part: String, fault: WiringFault) {
        if !self.seen.contains(&part) {
            self.seen.push(part);
            self.faults.push(fault);
        }
    }
}
