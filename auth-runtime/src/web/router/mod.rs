//! A router for handlers and services that declare an access policy.

// rustdoc lists the methods in the order of the modules. This one has `new` and `route`.
mod add_routes;
mod bind;
mod finished;
mod parts;
pub(super) mod route_entry;
mod unguarded;

use std::collections::BTreeSet;
use std::fmt;

use self::bind::LayerCell;
pub use self::parts::{IntoRoute, IntoRoutes};
use self::route_entry::{RouteEntry, note_guard};
use super::auth_cell::AuthCell;
use super::mounted_service::MountedLayer;
use crate::policy::Rule;

/// An [`axum::Router`] that accepts only handlers and services with an access policy.
///
/// Use it and [`routing`](crate::routing) instead of axum's, and call [`with_auth`](Self::with_auth) last:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Identity, Router, require_auth, routing::get};
/// # use auth_runtime::testing::Issuer;
/// # use axum::{body::Body, http::Request};
/// # use tower::ServiceExt;
///
/// #[require_auth(scope = "orders:read")]
/// async fn list_orders(caller: Identity) -> String {
///     format!("orders of {}", caller.subject())
/// }
///
/// # let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app: axum::Router = Router::new()
///     .route("/orders", get(list_orders)) // does not compile without the attribute
///     .with_auth(auth); // returns an `axum::Router`
/// # let request = |token: &str| {
/// #     let value = format!("Bearer {token}");
/// #     Request::get("/orders").header("authorization", value).body(Body::empty()).unwrap()
/// # };
/// # let reader = issuer.token("alice").scope("orders:read").sign();
/// # assert_eq!(app.clone().oneshot(request(&reader)).await?.status(), 200);
/// # assert_eq!(app.oneshot(request("")).await?.status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// - Every handler declares a policy, and every service is behind a [`guard`](crate::guard()). To add a route without
///   a policy, use [`route_unguarded`](Self::route_unguarded) or another of the `_unguarded` methods, with a reason.
/// - Each route uses the [`Auth`](crate::Auth) of [`bind`](Self::bind), or else of [`with_auth`](Self::with_auth). If
///   a request is forwarded to another application with its own [`Auth::layer`](crate::Auth::layer), the `Auth` of that
///   application authenticates the request again, and its guards and extractors use the result.
/// - Routing works as in axum, and panics on overlapping routes too.
/// - [`access_map`](Self::access_map) lists all routes with their rules, and
///   [`try_with_auth`](Self::try_with_auth) reports faults.
///
/// A router is not `Clone`, because the copy would share the `Auth` of its routes. To get two routers, write a function
/// that returns one and call it twice.
// If axum's type of this name is expected, the compiler prints the next line, with the comment in it.
#[rustfmt::skip]
#[must_use = "call `with_auth` to get an `axum::Router`"]
pub struct Router<S = ()> { // call `.with_auth(auth)` last: it returns an `axum::Router`
    inner: axum::Router<S>,
    entries: Vec<RouteEntry>,
    layers: Vec<LayerCell>,
    /// The paths whose method router has no handlers, and so has no entry. It answers 405.
    paths_without_entry: Vec<String>,
    /// Whether a fallback was set, which axum does not tell.
    has_fallback: bool,
    /// The guards in layers around the default fallback, which has no entry.
    fallback_guards: Vec<&'static Rule>,
}

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
