//! What is surprising about the routes of a router, though it may be meant.

use std::fmt;

use super::implication::is_wider;
use super::route::{AccessRoute, Method, RouteKind};
use super::route_label::Name;
use super::router_fault::spare;
use crate::auth::Auth;
use crate::policy::{Access, Group, Requirement, Rule};

/// Something about the routes that is seldom meant. Its text names the routes and says what to do.
#[derive(Clone, Debug)]
pub struct AccessWarning {
    path: String,
    text: String,
}

impl AccessWarning {
    fn new(route: &AccessRoute, text: String) -> Self {
        Self {
            path: route.path.clone(),
            text,
        }
    }

    /// The path of the route that it is about.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for AccessWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// All warnings, path by path; `routes` are in the map's order.
pub(super) fn warnings(routes: &[AccessRoute]) -> Vec<AccessWarning> {
    let mut warnings = Vec::new();
    for path in routes.chunk_by(|left, right| left.path == right.path) {
        // A fallback is about other paths, and who is told that there is no such method gets nothing.
        let of_path: Vec<&AccessRoute> = path
            .iter()
            .filter(|route| {
                !matches!(
                    route.kind,
                    RouteKind::MethodNotAllowed | RouteKind::Fallback
                )
            })
            .collect();
        warnings.extend(of_path.iter().filter_map(|row| more_open(row, &of_path)));
        warnings.extend(half_hidden(&of_path));
        warnings.extend(two_auths(&of_path));
        warnings.extend(path.iter().filter_map(guard_around_handler));
        warnings.extend(path.iter().flat_map(|route| {
            spare(route).map(|fault| {
                let text = format!("{fault}; only the other alternatives let anybody in");
                AccessWarning::new(route, text)
            })
        }));
    }
    warnings.extend(one_realm(routes));
    warnings
}

/// Who gets in, the most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strictness {
    Anybody,
    /// Anybody, but for those with a bad credential.
    Optional,
    AnyCaller,
    SomeCallers,
}

impl Strictness {
    /// All rules of a row have to hold.
    fn of(route: &AccessRoute) -> Self {
        let rules = route.rules.iter().map(|rule| Self::of_rule(rule));
        rules.max().unwrap_or(Self::Anybody)
    }

    fn of_rule(rule: &Rule) -> Self {
        let step_up = !rule.acr.is_empty() || rule.max_age.is_some();
        match rule.access {
            Access::Anonymous { .. } => Self::Anybody,
            Access::Optional => Self::Optional,
            Access::Required if step_up || chooses(&rule.requirement) => Self::SomeCallers,
            Access::Required => Self::AnyCaller,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Optional => "anybody without a bad credential",
            Self::AnyCaller => "any authenticated caller",
            Self::SomeCallers => "some callers only",
        }
    }
}

/// Whether there are callers whom this keeps out.
fn chooses(requirement: &Requirement) -> bool {
    requirement.fold(
        &|leaf| !(leaf.expected && *leaf.requirement == Requirement::Authenticated),
        &|group, mut parts| match group {
            Group::Any => Iterator::all(&mut parts, |chooses| chooses),
            Group::All => Iterator::any(&mut parts, |chooses| chooses),
        },
    )
}

/// A method that changes something is open to more callers than one that only looks, or what was
/// meant to look like `GET` does not.
fn more_open(route: &AccessRoute, of_path: &[&AccessRoute]) -> Option<AccessWarning> {
    let is_like = |other: RouteKind| match (route.kind, other) {
        // It answers with the fields of `GET`; of other methods it shows nothing.
        (RouteKind::Method(Method::Head), RouteKind::Method(other)) => other == Method::Get,
        (RouteKind::Method(method), RouteKind::Method(other)) => {
            !method.is_safe() && other.is_safe()
        }
        (RouteKind::OtherMethods, RouteKind::Method(other)) => other.is_safe(),
        _ => false,
    };
    let open = Strictness::of(route);
    let alike = || of_path.iter().filter(|other| is_like(other.kind));
    let stricter = alike()
        .filter(|other| Strictness::of(other) > open)
        .min_by_key(|other| std::cmp::Reverse(Strictness::of(other)));
    let text = if let Some(stricter) = stricter {
        format!(
            "{} lets {} in, and {} {}: make their rules agree, unless it is meant",
            Name(route),
            open.words(),
            Name(stricter),
            Strictness::of(stricter).words(),
        )
    } else {
        let narrower = alike().find(|other| is_wider(route, other))?;
        format!(
            "{} lets everyone in whom {} lets in, and others: make their rules agree, unless it is \
             meant",
            Name(route),
            Name(narrower),
        )
    };
    Some(AccessWarning::new(route, text))
}

/// One method of a path is hidden and another shows that there is something.
fn half_hidden(of_path: &[&AccessRoute]) -> Option<AccessWarning> {
    let deepest = of_path.iter().rev().max_by_key(|route| route.hide)?;
    let shown = of_path.iter().min_by_key(|route| route.hide)?;
    (shown.hide < deepest.hide).then(|| {
        AccessWarning::new(
            shown,
            format!(
                "{} hides that it is there, and {} shows it: give all methods of the path the \
                 same `hide`",
                Name(deepest),
                Name(shown),
            ),
        )
    })
}

/// A guard whose policy the map can't show.
fn guard_around_handler(route: &AccessRoute) -> Option<AccessWarning> {
    route.handler_layers.guard.then(|| {
        AccessWarning::new(
            route,
            format!(
                "{} has a guard in a layer around its handler, which is not in this map and answers \
                 401 or 403 even where the route says `hide`: put the layer around the route, as in \
                 `get(handler).layer(guard::<P>())`",
                Name(route),
            ),
        )
    })
}

/// What one caller is to one method is nothing to another.
fn two_auths(of_path: &[&AccessRoute]) -> Option<AccessWarning> {
    let mut bound = of_path.iter().filter_map(|route| guarded_by(route));
    let (first, auth) = bound.next()?;
    let (other, _) = bound.find(|(_, other)| !other.is(auth))?;
    Some(AccessWarning::new(
        other,
        format!(
            "{} and {} are bound to two different `Auth`s: bind one to all methods of the path",
            Name(first),
            Name(other),
        ),
    ))
}

/// Two `Auth`s ask for credentials with one name.
fn one_realm(routes: &[AccessRoute]) -> Vec<AccessWarning> {
    let mut known: Vec<(&AccessRoute, &Auth)> = Vec::new();
    let mut warnings = Vec::new();
    for (route, auth) in routes.iter().filter_map(guarded_by) {
        if known.iter().any(|(_, known)| known.is(auth)) {
            continue;
        }
        let namesake = known
            .iter()
            .find(|(_, known)| known.realm() == auth.realm());
        warnings.extend(namesake.map(|(other, _)| {
            AccessWarning::new(
                route,
                format!(
                    "{} and {} are bound to two different `Auth`s with the realm {:?}, which \
                     clients take for one: give each a `.realm(..)` of its own",
                    Name(other),
                    Name(route),
                    auth.realm(),
                ),
            )
        }));
        known.push((route, auth));
    }
    warnings
}

fn guarded_by(route: &AccessRoute) -> Option<(&AccessRoute, &Auth)> {
    let auth = route.auth.as_ref()?;
    (!route.rules.is_empty()).then_some((route, auth))
}
