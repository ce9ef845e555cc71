//! Hidden routes (row C7) that a guard in a layer gives away: it answers 401 or 403 where a path
//! without a route is answered 404.

use super::route::{AccessRoute, Place};
use crate::policy::Rule;

/// The guards in layers around `route` that hide less than the route does. A guard that stands in
/// front of the missing paths as well gives nothing away: it answers there in the same way.
///
/// `of_missing_paths` are the guards in front of a path that no route and no fallback of `routes`
/// answers.
pub(super) fn giving_away<'a>(
    route: &'a AccessRoute,
    routes: &'a [AccessRoute],
    of_missing_paths: &'a [&'static Rule],
) -> impl Iterator<Item = &'static Rule> + 'a {
    let hide = route.hide();
    let everywhere =
        fallback(route, routes).map_or(of_missing_paths, |fallback| &fallback.guard_layers);
    let layers = route.guard_layers.iter().copied();
    layers.filter(move |layer| {
        route.place != Place::Fallback && layer.hide < hide && !everywhere.contains(layer)
    })
}

/// The fallback that answers missing paths beside `route`.
fn fallback<'a>(route: &AccessRoute, routes: &'a [AccessRoute]) -> Option<&'a AccessRoute> {
    let fallbacks = routes.iter().filter(|other| other.place == Place::Fallback);
    fallbacks
        .filter(|fallback| is_below(&route.path, &fallback.path))
        .max_by_key(|fallback| fallback.path.len())
}

fn is_below(path: &str, prefix: &str) -> bool {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
