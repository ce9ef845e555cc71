//! A router for handlers and services that declare an access policy.

// rustdoc lists the methods in the order of the modules. This one has the struct, `new` and `route`.
mod add_routes;
mod bind;
mod finished;
mod layer_cell;
mod parts;
pub(super) mod route_entry;
mod unguarded;

use std::collections::BTreeSet;
use std::fmt;

pub use self::add_routes::Router;
use self::layer_cell::LayerCell;
pub use self::parts::{IntoRoute, IntoRoutes};
use self::route_entry::{RouteEntry, note_guard};
use super::auth_cell::AuthCell;
use super::mounted_service::MountedLayer;

impl<S> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    fn mount<L: 'static>(&mut self, layer: L, fallbacks: bool) -> MountedLayer<L> {
        let entries = self.entries.iter_mut();
        let guard = note_guard(
            &layer,
            entries.filter(|entry| fallbacks || !entry.is_fallback()),
        );
        self.fallback_guards.extend(guard.filter(|_| fallbacks));
        let cell = AuthCell::default();
        self.layers.push(LayerCell::new(cell.clone()));
        MountedLayer::new(layer, cell)
    }

    /// Replaces the fallback of this router. Fallbacks of nested routers are kept.
    fn replace_fallback(&mut self, entry: RouteEntry) {
        self.entries
            .retain(|entry| !entry.is_fallback() || entry.route.path != ROOT);
        self.entries.push(entry.at(ROOT));
        self.has_fallback = true;
        self.fallback_guards.clear();
    }

    /// The paths that answer 405, or may do so, to methods without a handler.
    fn paths_with_405(&self) -> BTreeSet<String> {
        let entries = || self.entries.iter().filter(|entry| !entry.is_fallback());
        let answered: BTreeSet<_> = entries()
            .filter(|entry| entry.answers_all_methods())
            .map(|entry| &entry.route.path)
            .collect();
        let left = entries()
            .map(|entry| &entry.route.path)
            .chain(&self.paths_without_entry)
            .filter(|path| !answered.contains(path));
        // Several routers of axum can be at the same path.
        let unknown = entries()
            .filter(|entry| entry.has_unknown_methods)
            .map(|entry| &entry.route.path);
        left.chain(unknown).cloned().collect()
    }
}

const ROOT: &str = "/";

/// The paths in the access map for a router or service mounted at `path`. `{*}` is not a valid path in axum, so it
/// can't be confused with a route with a wildcard, which does not match the path before the wildcard.
fn mounted_at(path: &str) -> Vec<String> {
    if path.ends_with('/') {
        vec![path.to_owned(), format!("{path}{{*path}}")]
    } else {
        vec![format!("{path}/{{*}}")]
    }
}

impl<S> Default for Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Router<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries.iter().map(|entry| &entry.route);
        formatter
            .debug_struct("Router")
            .field("routes", &entries.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
