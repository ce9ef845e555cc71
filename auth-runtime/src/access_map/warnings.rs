//! Warnings about rules that are probably mistakes, though they may be intended.

use std::fmt;

use super::implication::is_wider;
use super::route::{AccessRoute, Method, RouteKind};
use super::route_label::RouteLabel;
use super::router_fault::unsatisfiable_alternatives;
use crate::auth::Auth;
use crate::policy::{Access, Group, Requirement, Rule};

/// A rule that is probably a mistake. Its text names the routes and says what to do.
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

    /// The path of the route that the warning is about.
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

/// All warnings, sorted by path; `routes` are in the order of the map.
pub(super) fn warnings(routes: &[AccessRoute]) -> Vec<AccessWarning> {
    let mut warnings = Vec::new();
    for path in routes.chunk_by(|left, right| left.path == right.path) {
        // A fallback is about other paths, and a 405 gives access to nothing.
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
        warnings.extend(partly_hidden(&of_path));
        warnings.extend(two_auths(&of_path));
        warnings.extend(path.iter().filter_map(guard_around_handler));
        warnings.extend(path.iter().flat_map(|route| {
            unsatisfiable_alternatives(route).map(|fault| {
                let text = format!("{fault}; only the other alternatives can be satisfied");
                AccessWarning::new(route, text)
            })
        }));
    }
    warnings.extend(shared_realm(routes));
    warnings
}

/// Which callers a route lets in, from the most to the fewest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strictness {
    Everyone,
    /// Everyone except callers with an invalid credential.
    Optional,
    AnyCaller,
    SomeCallers,
}

impl Strictness {
    /// All rules of a row have to hold.
    fn of(route: &AccessRoute) -> Self {
        let rules = route.rules.iter().map(|rule| Self::of_rule(rule));
        rules.max().unwrap_or(Self::Everyone)
    }

    fn of_rule(rule: &Rule) -> Self {
        let step_up = !rule.acr.is_empty() || rule.max_age.is_some();
        match rule.access {
            Access::Anonymous { .. } => Self::Everyone,
            Access::Optional => Self::Optional,
            Access::Required if step_up || excludes_callers(&rule.requirement) => Self::SomeCallers,
            Access::Required => Self::AnyCaller,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Optional => "everyone without an invalid credential",
            Self::AnyCaller => "any authenticated caller",
            Self::SomeCallers => "some callers only",
        }
    }
}

/// Whether there are callers that do not satisfy this.
fn excludes_callers(requirement: &Requirement) -> bool {
    requirement.fold(
        &|leaf| !(leaf.expected && *leaf.requirement == Requirement::Authenticated),
        &|group, mut parts| match group {
            Group::Any => Iterator::all(&mut parts, |excludes| excludes),
            Group::All => Iterator::any(&mut parts, |excludes| excludes),
        },
    )
}

/// An unsafe method is open to more callers than a safe one, or `HEAD` to more than `GET`.
fn more_open(route: &AccessRoute, of_path: &[&AccessRoute]) -> Option<AccessWarning> {
    let is_like = |other: RouteKind| match (route.kind, other) {
        // `HEAD` exposes the header fields of `GET`, and nothing of other methods.
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
            "{} lets {} in, and {} {}: make their rules agree, unless this is intended",
            RouteLabel(route),
            open.describe(),
            RouteLabel(stricter),
            Strictness::of(stricter).describe(),
        )
    } else {
        let narrower = alike().find(|other| is_wider(route, other))?;
        format!(
            "{} lets in every caller that {} lets in, and more: make their rules agree, unless this \
             is intended",
            RouteLabel(route),
            RouteLabel(narrower),
        )
    };
    Some(AccessWarning::new(route, text))
}

/// One method of a path is hidden, but another one shows that the path exists.
fn partly_hidden(of_path: &[&AccessRoute]) -> Option<AccessWarning> {
    let deepest = of_path.iter().rev().max_by_key(|route| route.hide)?;
    let shown = of_path.iter().min_by_key(|route| route.hide)?;
    (shown.hide < deepest.hide).then(|| {
        AccessWarning::new(
            shown,
            format!(
                "{} hides that the path exists, but {} does not: give all methods of the path the \
                 same `hide`",
                RouteLabel(deepest),
                RouteLabel(shown),
            ),
        )
    })
}

/// A guard around a handler, whose policy the map can't show.
fn guard_around_handler(route: &AccessRoute) -> Option<AccessWarning> {
    route.handler_layers.guard.then(|| {
        AccessWarning::new(
            route,
            format!(
                "{} has a guard in a layer around its handler, which this map can't show and which \
                 answers 401 or 403 even if the route has `hide`: put the layer around the route, as \
                 in `get(handler).layer(guard::<P>())`",
                RouteLabel(route),
            ),
        )
    })
}

/// The methods of a path are bound to two `Auth`s, so that a caller of one is anonymous to the other.
fn two_auths(of_path: &[&AccessRoute]) -> Option<AccessWarning> {
    let mut bound = of_path.iter().filter_map(|route| guarded_by(route));
    let (first, auth) = bound.next()?;
    let (other, _) = bound.find(|(_, other)| !other.is(auth))?;
    Some(AccessWarning::new(
        other,
        format!(
            "{} and {} are bound to two different `Auth`s: bind one to all methods of the path",
            RouteLabel(first),
            RouteLabel(other),
        ),
    ))
}

/// Two `Auth`s with the same realm.
fn shared_realm(routes: &[AccessRoute]) -> Vec<AccessWarning> {
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
                     clients can't tell apart: give each its own `.realm(..)`",
                    RouteLabel(other),
                    RouteLabel(route),
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
