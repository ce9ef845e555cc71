//! Hidden routes (row C7 of the conformance table) that a caller can tell from missing paths, because
//! only one of the two has a guard, which answers 401 or 403 instead of 404.

use super::route::{AccessRoute, RouteKind};
use crate::policy::{Access, Hide, Rule};

/// The guards in layers around `route` that hide less than the rules inside. A guard that also covers
/// the missing paths does not expose the route: it answers both in the same way.
///
/// `missing_path_guards` are the guards of paths that no route and no fallback of `routes` answers.
pub(super) fn exposing_guards<'a>(
    route: &'a AccessRoute,
    routes: &'a [AccessRoute],
    missing_path_guards: &'a [&'static Rule],
) -> impl Iterator<Item = &'static Rule> + 'a {
    let of_missing_paths =
        fallback(route, routes).map_or(missing_path_guards, |fallback| &fallback.guard_layers);
    let mut hide_inside = route.hide;
    route.guard_layers.iter().copied().filter(move |layer| {
        let exposes = layer.hide < hide_inside && !of_missing_paths.contains(layer);
        hide_inside = hide_inside.max(layer.hide);
        exposes && route.kind != RouteKind::Fallback
    })
}

/// The rules that answer 401 to an anonymous caller at a missing path, although `route` is hidden from
/// anonymous callers and answers 404.
pub(super) fn exposing_missing_paths<'a>(
    route: &'a AccessRoute,
    routes: &'a [AccessRoute],
    missing_path_guards: &'a [&'static Rule],
) -> impl Iterator<Item = &'static Rule> + 'a {
    let rules = fallback(route, routes).map_or(missing_path_guards, |fallback| &fallback.rules);
    rules.iter().copied().filter(|rule| {
        route.kind != RouteKind::Fallback
            && route.hide == Hide::Always
            && rule.access == Access::Required
            && rule.hide < Hide::Always
            && !route.guard_layers.contains(rule)
    })
}

/// The fallback that answers missing paths next to `route`.
fn fallback<'a>(route: &AccessRoute, routes: &'a [AccessRoute]) -> Option<&'a AccessRoute> {
    let fallbacks = routes
        .iter()
        .filter(|other| other.kind == RouteKind::Fallback);
    fallbacks
        .filter(|fallback| is_below(&route.path, &fallback.path))
        .max_by_key(|fallback| fallback.path.len())
}

fn is_below(path: &str, prefix: &str) -> bool {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
