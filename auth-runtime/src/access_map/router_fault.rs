//! Faults of routes and the `Auth` they are bound to, found when the router is finished.

use std::error::Error;
use std::fmt;

use super::hidden::{exposing_guards, exposing_missing_paths};
use super::route::AccessRoute;
use super::route_label::RouteLabel;
use crate::auth::Auth;
use crate::identity::Provides;
use crate::policy::{Access, Group, Leaf, Requirement, Rule};
use crate::scheme::Scheme;
use crate::scope::Scope;

/// All faults of the routes of a router: rules that can never be satisfied, and the like. Never empty.
pub struct RouterError {
    faults: Vec<RouterFault>,
}

impl RouterError {
    pub(crate) fn new(faults: Vec<RouterFault>) -> Self {
        Self { faults }
    }

    /// The faults, in the order of the routes.
    #[must_use]
    pub fn faults(&self) -> &[RouterFault] {
        &self.faults
    }
}

impl fmt::Display for RouterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The fault of a policy is listed once, even if many routes have the policy.
        let mut distinct: Vec<(&RouterFault, usize)> = Vec::new();
        for fault in &self.faults {
            match distinct.iter_mut().find(|(first, _)| first.is_like(fault)) {
                Some((_, more)) => *more = more.saturating_add(1),
                None => distinct.push((fault, 0)),
            }
        }
        if let [(only, more)] = distinct.as_slice() {
            return only.write(formatter, *more);
        }
        write!(formatter, "the routes have {} faults:", distinct.len())?;
        distinct.iter().try_for_each(|(fault, more)| {
            formatter.write_str("\n  - ")?;
            fault.write(formatter, *more)
        })
    }
}

/// Same as `Display`, because `unwrap` and a `main` that returns the error print this.
impl fmt::Debug for RouterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for RouterError {}

/// A fault of a route. Its text names the route and says what to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RouterFault {
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
    /// A rule requires a scope that is not in the vocabulary of the route's `Auth`.
    #[non_exhaustive]
    UnknownScope {
        /// The route.
        route: AccessRoute,
        /// The name of the rule, or of the policy inside it.
        policy: &'static str,
        /// The scope.
        scope: Scope,
        /// A scope of the vocabulary with a similar spelling.
        meant: Option<Scope>,
    },
    /// A rule can never be satisfied, because no kind of credential that it accepts provides the data
    /// that a part of it is about. If the part is in an alternative of an `any(..)` with others that
    /// can be satisfied, it is only a [warning](super::AccessWarning).
    #[non_exhaustive]
    NeverSupplied {
        /// The route.
        route: AccessRoute,
        /// The name of the rule, or of the policy inside it.
        policy: &'static str,
        /// The part of the rule: `role = "admin"`.
        part: String,
    },
    /// A layer around the handler itself sets an `Auth`, which would replace the one that the route is
    /// bound to.
    #[non_exhaustive]
    AuthLayerOnHandler {
        /// The route.
        route: AccessRoute,
    },
    /// A rule hides the route, but a guard in a layer around it answers 401 or 403 and so exposes it.
    #[non_exhaustive]
    HiddenRouteExposed {
        /// The route.
        route: AccessRoute,
        /// The name of the guard's policy.
        policy: &'static str,
    },
    /// A rule hides the route from anonymous callers as well, but missing paths next to it answer 401.
    #[non_exhaustive]
    MissingPathsGuarded {
        /// The route.
        route: AccessRoute,
        /// The name of the policy in front of the missing paths.
        policy: &'static str,
    },
    /// The router requires a policy with a check for a route that does not get the state of this router: its handler has
    /// got its state before, or it is a service.
    #[non_exhaustive]
    CheckWithoutState {
        /// The route.
        route: AccessRoute,
        /// The name of the policy.
        policy: &'static str,
    },
    /// A route without a rule gives no reason.
    #[non_exhaustive]
    BlankReason {
        /// The route.
        route: AccessRoute,
    },
    /// Another route has an `Auth` with other [sessions](crate::AuthBuilder::sessions) and a cookie of the same name.
    /// Browsers keep one cookie of a name for a host, so a login at one would be a logout at the other.
    #[non_exhaustive]
    SessionCookieTwice {
        /// The route.
        route: AccessRoute,
    },
    /// A route accepts logout tokens ([`Auth::backchannel_logout`]), but its `Auth` has no issuer with
    /// [`Jwt::backchannel_logout`](crate::Jwt::backchannel_logout).
    #[non_exhaustive]
    NoLogoutTokens {
        /// The route.
        route: AccessRoute,
    },
}

impl RouterFault {
    /// The route with the fault.
    #[must_use]
    pub fn route(&self) -> &AccessRoute {
        match self {
            Self::NoSuchKind { route, .. }
            | Self::UnknownScope { route, .. }
            | Self::NeverSupplied { route, .. }
            | Self::AuthLayerOnHandler { route }
            | Self::HiddenRouteExposed { route, .. }
            | Self::MissingPathsGuarded { route, .. }
            | Self::CheckWithoutState { route, .. }
            | Self::BlankReason { route }
            | Self::SessionCookieTwice { route }
            | Self::NoLogoutTokens { route } => route,
        }
    }

    /// The name of the rule, if it is not the handler's own.
    fn policy(&self) -> Option<&'static str> {
        match self {
            // The texts of the last three name the policy themselves.
            Self::BlankReason { .. }
            | Self::SessionCookieTwice { .. }
            | Self::NoLogoutTokens { .. }
            | Self::AuthLayerOnHandler { .. }
            | Self::HiddenRouteExposed { .. }
            | Self::MissingPathsGuarded { .. }
            | Self::CheckWithoutState { .. } => None,
            Self::NoSuchKind { policy, .. }
            | Self::UnknownScope { policy, .. }
            | Self::NeverSupplied { policy, .. } => {
                Some(*policy).filter(|policy| *policy != self.route().handler())
            }
        }
    }
}

impl fmt::Display for RouterFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(formatter, 0)
    }
}

impl RouterFault {
    /// Whether this is the same fault of the same policy, at a route with the same `Auth`.
    fn is_like(&self, other: &Self) -> bool {
        let same_auth = match (&self.route().auth, &other.route().auth) {
            (Some(one), Some(other)) => one.is(other),
            _ => false,
        };
        let same_fault = match (self, other) {
            (Self::NoSuchKind { scheme: one, .. }, Self::NoSuchKind { scheme: other, .. }) => {
                one == other
            }
            (Self::UnknownScope { scope: one, .. }, Self::UnknownScope { scope: other, .. }) => {
                one == other
            }
            (Self::NeverSupplied { part: one, .. }, Self::NeverSupplied { part: other, .. }) => {
                one == other
            }
            _ => false,
        };
        same_auth && same_fault && self.policy().is_some() && self.policy() == other.policy()
    }

    /// `more` is the number of further routes with the fault.
    fn write(&self, formatter: &mut fmt::Formatter<'_>, more: usize) -> fmt::Result {
        let route = self.route();
        write!(formatter, "{} ({}", RouteLabel(route), route.handler())?;
        if let Some(policy) = self.policy() {
            write!(formatter, ", by the policy {policy}")?;
        }
        formatter.write_str(")")?;
        match more {
            0 => {}
            1 => formatter.write_str(" and 1 more route")?,
            more => write!(formatter, " and {more} more routes")?,
        }
        formatter.write_str(": ")?;
        let realm = route.auth.as_ref().map_or("", Auth::realm);
        match self {
            Self::NoSuchKind { scheme, .. } => write!(
                formatter,
                "it accepts the kind `{scheme}`, which its `Auth` (realm {realm:?}) does not have: \
                 add the kind to the `Auth`, or remove it from `scheme = ..`"
            ),
            Self::UnknownScope { scope, meant, .. } => {
                write!(
                    formatter,
                    "it requires the scope `{}`, which is not in the vocabulary of its `Auth` \
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
                "it requires `{part}`, but no kind of credential that its `Auth` (realm {realm:?}) \
                 accepts here provides that: accept another kind, declare what yours provides in \
                 `Authenticator::provides`, or remove it from the rule"
            ),
            Self::AuthLayerOnHandler { .. } => write!(
                formatter,
                "a layer around the handler sets an `Auth`, which would replace the one that the \
                 route is bound to (realm {realm:?}): remove `.layer(auth.layer())` from the handler, \
                 and `bind` a router with this route to the `Auth` of that layer"
            ),
            Self::HiddenRouteExposed { policy, .. } => write!(
                formatter,
                "its rule has `hide`, but the guard `{policy}` in a layer around it answers 401 or \
                 403, where a missing path gets 404: write `.require::<{}>()` instead of the \
                 layer, or give the policy the same `hide`",
                policy.rsplit("::").next().unwrap_or(policy)
            ),
            Self::MissingPathsGuarded { policy, .. } => write!(
                formatter,
                "its rule has `hide = \"always\"`, so it answers 404 to anonymous callers, but the \
                 missing paths next to it answer 401, by the policy `{policy}`: put that guard into \
                 a layer around both, remove it from the missing paths, or give the policy the same \
                 `hide`"
            ),
            Self::CheckWithoutState { policy, .. } => write!(
                formatter,
                "its router requires the policy `{policy}`, which has a check, but this route does not \
                 get the state of that router: for handlers, call `.require::<{}>()` before \
                 `with_state`; for services, call it after `with_state`, with checks that take no \
                 `State`",
                policy.rsplit("::").next().unwrap_or(policy)
            ),
            Self::NoLogoutTokens { .. } => formatter.write_str(
                "its `Auth` accepts no logout tokens: call `.backchannel_logout(client_id)` on the \
                 `Jwt` of an issuer",
            ),
            Self::SessionCookieTwice { .. } => formatter.write_str(
                "another route has an `Auth` with other sessions and the same cookie: give both the same \
                 `Sessions`, or one of them another `.cookie_name(..)`",
            ),
            Self::BlankReason { .. } => {
                formatter.write_str("it is unguarded without a reason: say why it needs no rule")
            }
        }
    }
}

/// All faults of all routes, without duplicates.
///
/// `missing_path_guards` are the guards of paths that nothing in `routes` answers.
pub(crate) fn faults(
    routes: &[AccessRoute],
    missing_path_guards: &[&'static Rule],
) -> Vec<RouterFault> {
    let mut faults = Vec::new();
    for route in routes {
        if route.handler_layers.auth {
            let route = route.clone();
            faults.push(RouterFault::AuthLayerOnHandler { route });
        }
        for guard in exposing_guards(route, routes, missing_path_guards) {
            faults.push(RouterFault::HiddenRouteExposed {
                route: route.clone(),
                policy: guard.name,
            });
        }
        for guard in exposing_missing_paths(route, routes, missing_path_guards) {
            faults.push(RouterFault::MissingPathsGuarded {
                route: route.clone(),
                policy: guard.name,
            });
        }
        for rule in &route.required_without_state {
            faults.push(RouterFault::CheckWithoutState {
                route: route.clone(),
                policy: rule.name,
            });
        }
        if route
            .unguarded
            .is_some_and(|reason| !reason.contains(char::is_alphanumeric))
        {
            let route = route.clone();
            faults.push(RouterFault::BlankReason { route });
        }
        if route.refuses_all_logouts {
            let route = route.clone();
            faults.push(RouterFault::NoLogoutTokens { route });
        }
        let of_rules = rule_faults(route).into_iter();
        let of_rules = of_rules.filter(|found| !found.is_alternative);
        faults.extend(of_rules.map(|found| found.fault));
    }
    #[cfg(feature = "sessions")]
    faults.extend(shared_session_cookies(routes));
    faults
}

/// The first route of each `Auth` whose session cookie another `Auth` has too.
#[cfg(feature = "sessions")]
fn shared_session_cookies(routes: &[AccessRoute]) -> Vec<RouterFault> {
    let mut faults = Vec::new();
    let mut auths: Vec<&Auth> = Vec::new();
    for route in routes {
        let Some(auth) = &route.auth else {
            continue;
        };
        if auths.iter().any(|known| known.is(auth)) {
            continue;
        }
        if auths.iter().any(|known| auth.shares_session_cookie(known)) {
            let route = route.clone();
            faults.push(RouterFault::SessionCookieTwice { route });
        }
        auths.push(auth);
    }
    faults
}

/// Faults in alternatives of a route's rules that no caller can satisfy, while other alternatives can
/// be satisfied.
pub(super) fn unsatisfiable_alternatives(route: &AccessRoute) -> impl Iterator<Item = RouterFault> {
    let found = rule_faults(route).into_iter();
    let found = found.filter(|found| found.is_alternative);
    found.map(|found| found.fault)
}

fn rule_faults(route: &AccessRoute) -> Vec<RuleFault> {
    // In a finished router each route has an `Auth`.
    let Some(auth) = &route.auth else {
        return Vec::new();
    };
    let mut faults = RouteFaults {
        route,
        auth,
        found: Vec::new(),
    };
    for rule in &route.rules {
        faults.rule(rule);
    }
    faults.found
}

/// A fault of a part of a rule.
struct RuleFault {
    /// The part as it is written in a rule.
    part: String,
    /// Whether another alternative of the rule can be satisfied.
    is_alternative: bool,
    fault: RouterFault,
}

/// Collects the faults in the rules of one route.
struct RouteFaults<'a> {
    route: &'a AccessRoute,
    auth: &'a Auth,
    found: Vec<RuleFault>,
}

impl RouteFaults<'_> {
    fn rule(&mut self, rule: &'static Rule) {
        if matches!(rule.access, Access::Anonymous { .. }) {
            return;
        }
        for scheme in rule.schemes {
            if !self.auth.schemes().any(|known| known == *scheme) {
                let fault = RouterFault::NoSuchKind {
                    route: self.route.clone(),
                    policy: rule.name,
                    scheme: *scheme,
                };
                self.add(format!("scheme {scheme}"), false, fault);
            }
        }
        // `None` if no kind is accepted, which is already a fault.
        let provides = self.auth.provides(rule.schemes);
        for part in Provision::of(&rule.requirement, provides).parts {
            self.part(rule, &part);
        }
    }

    fn part(&mut self, rule: &'static Rule, part: &Part<'_>) {
        let policy = part.leaf.policy.unwrap_or(rule).name;
        let text = match part.leaf.requirement {
            Requirement::Scope { scope } => {
                let text = format!("scope = {:?}", scope.as_str());
                let vocabulary = self.auth.vocabulary();
                if vocabulary.is_declared() && !vocabulary.contains(*scope) {
                    let fault = RouterFault::UnknownScope {
                        route: self.route.clone(),
                        policy,
                        scope: *scope,
                        meant: vocabulary.nearest(*scope),
                    };
                    return self.add(text, false, fault);
                }
                text
            }
            Requirement::Role { role } => format!("role = {:?}", role.as_str()),
            Requirement::Claim { name, .. } => format!("claim({name:?} = ..)"),
            _ => return,
        };
        if !part.is_provided {
            let fault = RouterFault::NeverSupplied {
                route: self.route.clone(),
                policy,
                part: text.clone(),
            };
            self.add(text, part.is_alternative, fault);
        }
    }

    /// Adds each part once. A fault that makes the rule unsatisfiable replaces one in an alternative.
    fn add(&mut self, part: String, is_alternative: bool, fault: RouterFault) {
        let found = RuleFault {
            part,
            is_alternative,
            fault,
        };
        match self.found.iter_mut().find(|known| known.part == found.part) {
            Some(known) if known.is_alternative && !is_alternative => *known = found,
            Some(_) => {}
            None => self.found.push(found),
        }
    }
}

/// Whether the accepted kinds of credential provide the data that a requirement is about.
struct Provision<'a> {
    can_be_satisfied: bool,
    parts: Vec<Part<'a>>,
}

/// A leaf of a requirement.
struct Part<'a> {
    leaf: Leaf<'a>,
    is_provided: bool,
    /// In an alternative that can't be satisfied, while another one can.
    is_alternative: bool,
}

impl<'a> Provision<'a> {
    fn of(requirement: &'a Requirement, provides: Option<Provides>) -> Self {
        requirement.fold(
            &|leaf| {
                // Without the data the leaf does not hold inside a `not` either.
                let is_provided = is_provided(leaf.requirement, provides);
                let part = Part {
                    leaf,
                    is_provided,
                    is_alternative: false,
                };
                Self {
                    can_be_satisfied: is_provided,
                    parts: vec![part],
                }
            },
            &Self::combined,
        )
    }

    fn combined(group: Group, of: &mut dyn Iterator<Item = Self>) -> Self {
        let mut of: Vec<Self> = of.collect();
        let can_be_satisfied = match group {
            Group::Any => of.iter().any(|part| part.can_be_satisfied),
            Group::All => of.iter().all(|part| part.can_be_satisfied),
        };
        if group == Group::Any && can_be_satisfied {
            let unsatisfiable = of.iter_mut().filter(|part| !part.can_be_satisfied);
            for part in unsatisfiable.flat_map(|part| &mut part.parts) {
                part.is_alternative = true;
            }
        }
        Self {
            can_be_satisfied,
            parts: of.into_iter().flat_map(|part| part.parts).collect(),
        }
    }
}

/// Whether the data that a leaf is about can be there.
fn is_provided(leaf: &Requirement, provides: Option<Provides>) -> bool {
    provides.is_none_or(|provides| match leaf {
        Requirement::Scope { .. } => provides.scopes,
        Requirement::Role { .. } => provides.roles,
        Requirement::Claim { .. } => provides.claims,
        _ => true,
    })
}
