//! What can't work about routes and the `Auth` they are bound to, found when a service starts.

use std::error::Error;
use std::fmt;

use super::hidden::{exposing_guards, exposing_missing_paths};
use super::route::AccessRoute;
use super::route_label::Name;
use crate::auth::Auth;
use crate::identity::Provides;
use crate::policy::{Access, Group, Leaf, Requirement, Rule};
use crate::scheme::Scheme;
use crate::scope::Scope;

/// Everything about the routes of a router that can't work; never empty.
pub struct RouterError {
    faults: Vec<RouterFault>,
}

impl RouterError {
    pub(crate) fn new(faults: Vec<RouterFault>) -> Self {
        Self { faults }
    }

    /// What is wrong, route by route.
    #[must_use]
    pub fn faults(&self) -> &[RouterFault] {
        &self.faults
    }
}

impl fmt::Display for RouterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is wrong with a policy is one thing, wherever it is asked.
        let mut things: Vec<(&RouterFault, usize)> = Vec::new();
        for fault in &self.faults {
            match things.iter_mut().find(|(first, _)| first.is_like(fault)) {
                Some((_, more)) => *more = more.saturating_add(1),
                None => things.push((fault, 0)),
            }
        }
        if let [(only, more)] = things.as_slice() {
            return only.write(formatter, *more);
        }
        write!(
            formatter,
            "{} things about the routes can't work:",
            things.len()
        )?;
        things.iter().try_for_each(|(fault, more)| {
            formatter.write_str("\n  - ")?;
            fault.write(formatter, *more)
        })
    }
}

/// The same text: it is what `unwrap` and a `main` that returns the error print.
impl fmt::Debug for RouterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for RouterError {}

/// One thing about a route that can't work. Its text names the route and says what to do.
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
    /// A rule can never be met, because a part of it is about something that no kind of credential
    /// accepted there has. An alternative of an `any(..)` with others that can be met is a
    /// [warning](super::AccessWarning).
    #[non_exhaustive]
    NeverSupplied {
        /// The route.
        route: AccessRoute,
        /// The name of the rule, or of the policy inside it.
        policy: &'static str,
        /// The part of the rule: `role = "admin"`.
        part: String,
    },
    /// A layer around the handler itself brings an `Auth`, which would replace the one that the route
    /// is bound to.
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
    /// A rule hides the route from anonymous callers, too, and the missing paths beside it answer 401.
    #[non_exhaustive]
    MissingPathsGuarded {
        /// The route.
        route: AccessRoute,
        /// The name of the policy in front of the missing paths.
        policy: &'static str,
    },
    /// A route without a rule has no reason for it.
    #[non_exhaustive]
    BlankReason {
        /// The route.
        route: AccessRoute,
    },
    /// A route takes logout tokens ([`Auth::backchannel_logout`]), but its `Auth` has no issuer with
    /// [`Jwt::backchannel_logout`](crate::Jwt::backchannel_logout).
    #[non_exhaustive]
    NoLogoutTokens {
        /// The route.
        route: AccessRoute,
    },
}

impl RouterFault {
    /// The route that can't work.
    #[must_use]
    pub fn route(&self) -> &AccessRoute {
        match self {
            Self::NoSuchKind { route, .. }
            | Self::UnknownScope { route, .. }
            | Self::NeverSupplied { route, .. }
            | Self::AuthLayerOnHandler { route }
            | Self::HiddenRouteExposed { route, .. }
            | Self::MissingPathsGuarded { route, .. }
            | Self::BlankReason { route }
            | Self::NoLogoutTokens { route } => route,
        }
    }

    /// The rule, where another one than the handler's own is meant.
    fn policy(&self) -> Option<&'static str> {
        match self {
            // The texts of the last two name the policy.
            Self::BlankReason { .. }
            | Self::NoLogoutTokens { .. }
            | Self::AuthLayerOnHandler { .. }
            | Self::HiddenRouteExposed { .. }
            | Self::MissingPathsGuarded { .. } => None,
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
    /// The same is wrong with the same policy, at a route with the same `Auth`.
    fn is_like(&self, other: &Self) -> bool {
        let one_auth = match (&self.route().auth, &other.route().auth) {
            (Some(one), Some(other)) => one.is(other),
            _ => false,
        };
        let one_thing = match (self, other) {
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
        one_auth && one_thing && self.policy().is_some() && self.policy() == other.policy()
    }

    /// With the number of further routes that it is about.
    fn write(&self, formatter: &mut fmt::Formatter<'_>, more: usize) -> fmt::Result {
        let route = self.route();
        write!(formatter, "{} ({}", Name(route), route.handler())?;
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
                 `Authenticator::provides`, or take it out of the rule"
            ),
            Self::AuthLayerOnHandler { .. } => write!(
                formatter,
                "a layer around the handler brings an `Auth`, which would replace the one that the \
                 route is bound to (realm {realm:?}): remove `.layer(auth.layer())` from the handler, \
                 and `bind` a router with this route to the `Auth` of that layer"
            ),
            Self::HiddenRouteExposed { policy, .. } => write!(
                formatter,
                "its rule says `hide`, but the guard `{policy}` in a layer around it answers 401 or \
                 403, where a missing path gets 404: write `.require::<{}>()` in place of the \
                 layer, or give the policy the same `hide`",
                policy.rsplit("::").next().unwrap_or(policy)
            ),
            Self::MissingPathsGuarded { policy, .. } => write!(
                formatter,
                "its rule says `hide = \"always\"`, so it answers 404 to anonymous callers, but the \
                 missing paths beside it answer 401, by the policy `{policy}`: put that guard into a \
                 layer around both, take it off the missing paths, or give the policy the same `hide`"
            ),
            Self::NoLogoutTokens { .. } => formatter.write_str(
                "no issuer's logout tokens are accepted: name the client that they are for with \
                 `.backchannel_logout(client_id)` at the `Jwt` of the issuer",
            ),
            Self::BlankReason { .. } => formatter
                .write_str("nothing guards it and nobody says why: give it a reason that does"),
        }
    }
}

/// All faults of all routes, none twice.
///
/// `missing_path_guards` are the guards in front of a path that nothing in `routes` answers.
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
        let found = found(route).into_iter().filter(|found| !found.is_spare);
        faults.extend(found.map(|found| found.fault));
    }
    faults
}

/// The alternatives of a route's rules that nobody can ever meet, beside some that callers can.
pub(super) fn spare(route: &AccessRoute) -> impl Iterator<Item = RouterFault> {
    let found = found(route).into_iter().filter(|found| found.is_spare);
    found.map(|found| found.fault)
}

fn found(route: &AccessRoute) -> Vec<Found> {
    // A router that is finished has one for each.
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

/// Something wrong with a part of a rule.
struct Found {
    /// The part as it stands in a rule.
    part: String,
    /// Whether the rule can be met without it.
    is_spare: bool,
    fault: RouterFault,
}

/// The parts of one route's rules being looked through.
struct RouteFaults<'a> {
    route: &'a AccessRoute,
    auth: &'a Auth,
    found: Vec<Found>,
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
        // Without a kind that is accepted this says nothing: that is a fault by itself.
        let provides = self.auth.provides(rule.schemes);
        for part in Supply::of(&rule.requirement, provides).parts {
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
        if !part.is_supplied {
            let fault = RouterFault::NeverSupplied {
                route: self.route.clone(),
                policy,
                part: text.clone(),
            };
            self.add(text, part.is_spare, fault);
        }
    }

    /// No part twice, and where it is needed rather than where it is spare.
    fn add(&mut self, part: String, is_spare: bool, fault: RouterFault) {
        let found = Found {
            part,
            is_spare,
            fault,
        };
        match self.found.iter_mut().find(|known| known.part == found.part) {
            Some(known) if known.is_spare && !is_spare => *known = found,
            Some(_) => {}
            None => self.found.push(found),
        }
    }
}

/// What the accepted kinds of credential can supply of a requirement.
struct Supply<'a> {
    /// Whether it leaves a way to meet the requirement.
    can_be_met: bool,
    parts: Vec<Part<'a>>,
}

/// A leaf, and whether it matters that no kind provides it.
struct Part<'a> {
    leaf: Leaf<'a>,
    is_supplied: bool,
    /// In an alternative that can't be met, beside one that can.
    is_spare: bool,
}

impl<'a> Supply<'a> {
    fn of(requirement: &'a Requirement, provides: Option<Provides>) -> Self {
        requirement.fold(
            &|leaf| {
                // What is not supplied does not hold in a `not` either.
                let is_supplied = is_supplied(leaf.requirement, provides);
                let part = Part {
                    leaf,
                    is_supplied,
                    is_spare: false,
                };
                Self {
                    can_be_met: is_supplied,
                    parts: vec![part],
                }
            },
            &Self::combined,
        )
    }

    fn combined(group: Group, of: &mut dyn Iterator<Item = Self>) -> Self {
        let mut of: Vec<Self> = of.collect();
        let can_be_met = match group {
            Group::Any => of.iter().any(|part| part.can_be_met),
            Group::All => of.iter().all(|part| part.can_be_met),
        };
        if group == Group::Any && can_be_met {
            let not_met = of.iter_mut().filter(|part| !part.can_be_met);
            for part in not_met.flat_map(|part| &mut part.parts) {
                part.is_spare = true;
            }
        }
        Self {
            can_be_met,
            parts: of.into_iter().flat_map(|part| part.parts).collect(),
        }
    }
}

/// Whether there can be what a leaf is about.
fn is_supplied(leaf: &Requirement, provides: Option<Provides>) -> bool {
    provides.is_none_or(|provides| match leaf {
        Requirement::Scope { .. } => provides.scopes,
        Requirement::Role { .. } => provides.roles,
        Requirement::Claim { .. } => provides.claims,
        _ => true,
    })
}
