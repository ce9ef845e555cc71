//! The map without rows that only repeat others.

use super::AccessMap;
use super::route::{AccessRoute, RouteKind};
use crate::auth::Auth;

impl AccessMap {
    /// The handler of `method_not_allowed_fallback` has a row for each path that it answers. A reader
    /// needs only one, at the path that contains them all.
    pub(super) fn simplified(&self) -> Self {
        let mut routes: Vec<AccessRoute> = Vec::with_capacity(self.routes.len());
        for route in &self.routes {
            let same = routes.iter_mut().find(|listed| {
                route.kind == RouteKind::MethodNotAllowed && answers_alike(listed, route)
            });
            match same {
                Some(listed) => listed.path = common_parent(&listed.path, &route.path),
                None => routes.push(route.clone()),
            }
        }
        routes.sort_by(AccessRoute::order);
        Self {
            routes,
            warnings: self.warnings.clone(),
        }
    }
}

fn answers_alike(one: &AccessRoute, other: &AccessRoute) -> bool {
    let auths = (one.auth.as_ref(), other.auth.as_ref());
    one.kind == other.kind
        && one.handler == other.handler
        && one.unguarded == other.unguarded
        && one.rules == other.rules
        && match auths {
            (Some(one), Some(other)) => Auth::is(one, other),
            (None, None) => true,
            _ => false,
        }
}

/// The longest path that contains both.
fn common_parent(one: &str, other: &str) -> String {
    let segments = one.split('/').zip(other.split('/'));
    let same: Vec<&str> = segments
        .take_while(|(one, other)| one == other)
        .map(|(segment, _)| segment)
        .collect();
    match same.as_slice() {
        [] | [""] => "/".to_owned(),
        same => same.join("/"),
    }
}
