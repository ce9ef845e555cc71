//! The router that refuses: what does not say who may call it does not compile.

mod bind;
mod finished;
mod parts;
pub(super) mod route_entry;
mod unguarded;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;

use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::Route;
use tower_layer::Layer;
use tower_service::Service;

use self::bind::LayerCell;
pub use self::parts::{IntoRoute, IntoRoutes};
use self::route_entry::{RouteEntry, note_guard};
use super::auth_cell::AuthCell;
use super::declared::{AxumHandler, Declared, DeclaredService};
use super::guarded_handler::GuardedHandler;
use super::mounted_service::{Mount, MountedService};
use super::routing::MethodRouter;
use crate::access_map::RouteKind;
use crate::policy::Rule;

/// [`axum::Router`], for handlers that say who may call them, and for nothing else.
///
/// Take it and [`routing`](crate::routing) in place of axum's, and end with
/// [`with_auth`](Self::with_auth):
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
///     .route("/orders", get(list_orders)) // without its attribute this line does not compile
///     .with_auth(auth); // and without this one `app` can't be served
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
/// 1. Every handler has a policy, every service is behind one. What is to have none goes in by a
///    method that says so, with a reason: [`route_unguarded`](Self::route_unguarded) and the like.
/// 2. Each route has the [`Auth`](crate::Auth) of the router it was added to: of
///    [`bind`](Self::bind), or else of [`with_auth`](Self::with_auth). The `Auth` nearest to the handler
///    decides, for the guard, the extractors and the answer: a request that is forwarded to an
///    application with its own layer ([`Auth::layer`](crate::Auth::layer)) is judged by that
///    application's `Auth`, which checks the credentials again.
/// 3. Routing itself is axum's, panics on overlapping routes included.
/// 4. [`access_map`](Self::access_map) lists who may call what, and
///    [`try_with_auth`](Self::try_with_auth) reports what can't work.
///
/// Not `Clone`: a copy would share its routes' cells for an `Auth`. Make it in a function, and call
/// that twice.
// If axum's type of this name is expected, the compiler prints the next line, with the comment in it.
#[rustfmt::skip]
#[must_use = "end with `with_auth`: nothing is served before"]
pub struct Router<S = ()> { // call `.with_auth(auth)` last: it returns an `axum::Router`
    inner: axum::Router<S>,
    entries: Vec<RouteEntry>,
    layers: Vec<LayerCell>,
    /// The paths whose method router has nothing to answer but 405, and so no entry.
    paths_without_entry: Vec<String>,
    /// Whether there is a fallback of one's own, which axum does not tell.
    has_fallback: bool,
    /// The guards in layers around the answer to missing paths, if no entry describes that answer.
    fallback_guards: Vec<&'static Rule>,
}

impl<S> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Without routes: every request is answered 404.
    ///
    /// Where nothing else says what the state is, as in `Router::new().try_with_auth(auth)`, it is
    /// `Router::<()>::new()`.
    pub fn new() -> Self {
        Self {
            inner: axum::Router::new(),
            entries: Vec::new(),
            layers: Vec::new(),
            paths_without_entry: Vec::new(),
            has_fallback: false,
            fallback_guards: Vec::new(),
        }
    }

    /// Adds a route; see [`axum::Router::route`] for paths.
    ///
    /// # Panics
    ///
    /// If the path is none, or overlaps with another one.
    #[track_caller]
    pub fn route<M: IntoRoute<S>>(mut self, path: &str, method_router: M) -> Self {
        let MethodRouter {
            inner,
            entries,
            layers,
        } = method_router.into_route();
        self.inner = self.inner.route(path, inner);
        if entries.is_empty() {
            self.paths_without_entry.push(path.to_owned());
        }
        self.entries
            .extend(entries.into_iter().map(|entry| entry.at(path)));
        self.layers.extend(layers.into_iter().map(LayerCell::new));
        self
    }

    /// Adds a service behind a [`guard`](crate::guard()) for all methods of a path.
    ///
    /// # Panics
    ///
    /// If the path is none, or overlaps with another one.
    #[track_caller]
    pub fn route_service<V>(mut self, path: &str, service: V) -> Self
    where
        V: DeclaredService
            + Service<
                Request,
                Response: IntoResponse + 'static,
                Error = Infallible,
                Future: Send + 'static,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        let cell = AuthCell::default();
        self.entries
            .push(RouteEntry::service(RouteKind::OtherMethods, &service, &cell).at(path));
        self.inner = self
            .inner
            .route_service(path, MountedService::new(service, cell));
        self
    }

    /// Adds the routes of another router below a path; see [`axum::Router::nest`].
    ///
    /// # Panics
    ///
    /// If the path is none or the root, or the routes overlap with others.
    #[track_caller]
    pub fn nest<R: IntoRoutes<S>>(mut self, path: &str, router: R) -> Self {
        let router = router.into_routes();
        self.inner = self.inner.nest(path, router.inner);
        // Without a fallback of its own axum takes over none that is nested further in.
        let keeps_fallbacks = router.has_fallback;
        let entries = router.entries.into_iter();
        self.entries.extend(
            entries
                .filter(|entry| keeps_fallbacks || !entry.is_fallback())
                .map(|entry| entry.nested(path)),
        );
        self.layers.extend(router.layers);
        let paths_without_entry = router.paths_without_entry.iter();
        self.paths_without_entry
            .extend(paths_without_entry.map(|inner| route_entry::nested_path(path, inner)));
        self
    }

    /// Adds a service behind a [`guard`](crate::guard()) for everything below a path.
    ///
    /// # Panics
    ///
    /// If the path is none or the root, or overlaps with another one.
    #[track_caller]
    pub fn nest_service<V>(mut self, path: &str, service: V) -> Self
    where
        V: DeclaredService
            + Service<
                Request,
                Response: IntoResponse + 'static,
                Error = Infallible,
                Future: Send + 'static,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        let cell = AuthCell::default();
        let paths = mounted_at(path).into_iter();
        self.entries
            .extend(paths.map(|path| {
                RouteEntry::service(RouteKind::OtherMethods, &service, &cell).at(path)
            }));
        self.inner = self
            .inner
            .nest_service(path, MountedService::new(service, cell));
        self
    }

    /// Adds the routes of another router.
    ///
    /// # Panics
    ///
    /// If the routes overlap, or both have a fallback.
    #[track_caller]
    pub fn merge<R: IntoRoutes<S>>(mut self, other: R) -> Self {
        let other = other.into_routes();
        self.inner = self.inner.merge(other.inner);
        self.entries.extend(other.entries);
        self.layers.extend(other.layers);
        self.paths_without_entry.extend(other.paths_without_entry);
        if self.has_fallback || other.has_fallback {
            // It is not always known which of the two answers missing paths.
            self.fallback_guards
                .retain(|guard| other.fallback_guards.contains(guard));
        } else {
            // Of two empty 404s axum takes the other's.
            self.fallback_guards = other.fallback_guards;
        }
        self.has_fallback |= other.has_fallback;
        self
    }

    /// The handler for requests that no route matches.
    #[track_caller]
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Declared<T> + AxumHandler<T, S>,
        T: 'static,
    {
        let cell = AuthCell::default();
        self.replace_fallback(RouteEntry::handler::<H, T>(RouteKind::Fallback, &cell));
        self.inner = self.inner.fallback(GuardedHandler { handler, cell });
        self
    }

    /// The service, behind a [`guard`](crate::guard()), for requests that no route matches.
    pub fn fallback_service<V>(mut self, service: V) -> Self
    where
        V: DeclaredService
            + Service<
                Request,
                Response: IntoResponse + 'static,
                Error = Infallible,
                Future: Send + 'static,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        let cell = AuthCell::default();
        self.replace_fallback(RouteEntry::service(RouteKind::Fallback, &service, &cell));
        self.inner = self
            .inner
            .fallback_service(MountedService::new(service, cell));
        self
    }

    /// The handler for methods that the routes so far don't have, instead of an empty 405.
    pub fn method_not_allowed_fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Declared<T> + AxumHandler<T, S>,
        T: 'static,
    {
        let cell = AuthCell::default();
        for path in self.paths_with_405() {
            let entry = RouteEntry::handler::<H, T>(RouteKind::MethodNotAllowed, &cell);
            self.entries.push(entry.at(path));
        }
        self.inner = self
            .inner
            .method_not_allowed_fallback(GuardedHandler { handler, cell });
        self
    }

    /// Back to an empty 404 for requests that no route matches.
    pub fn reset_fallback(mut self) -> Self {
        self.inner = self.inner.reset_fallback();
        self.entries.retain(|entry| !entry.is_fallback());
        self.has_fallback = false;
        self.fallback_guards.clear();
        self
    }

    /// Middleware around all routes so far and the fallback; see [`axum::Router::layer`].
    ///
    /// It may ask who is calling: [`Identity`](crate::Identity) and the other extractors authenticate
    /// there, by the [`Auth`](crate::Auth) of the router it is added to, and a guard of the same
    /// `Auth` further in does not do it again. A guard answers 403 if it finds another caller than
    /// the middleware did, in another credential of the same request. On the way out the caller's `Identity` or the
    /// [`Denial`](crate::Denial) is in the extensions of the answer, of whichever `Auth`. An answer that
    /// a handler passes on from another application brings its own: clear them where that happens.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<
                Request,
                Response: IntoResponse + 'static,
                Error: Into<Infallible> + 'static,
                Future: Send + 'static,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        let layer = self.mount(layer, true);
        self.inner = self.inner.layer(layer);
        self
    }

    /// Middleware around all routes so far, without the fallback; see [`layer`](Self::layer).
    ///
    /// # Panics
    ///
    /// If there are no routes.
    #[track_caller]
    pub fn route_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<
                Request,
                Response: IntoResponse + 'static,
                Error: Into<Infallible> + 'static,
                Future: Send + 'static,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        let layer = self.mount(layer, false);
        self.inner = self.inner.route_layer(layer);
        self
    }

    /// Whether there is any route.
    #[must_use]
    pub fn has_routes(&self) -> bool {
        self.inner.has_routes()
    }

    /// Provides the state.
    pub fn with_state<S2>(self, state: S) -> Router<S2> {
        Router {
            inner: self.inner.with_state(state),
            entries: self.entries,
            layers: self.layers,
            paths_without_entry: self.paths_without_entry,
            has_fallback: self.has_fallback,
            fallback_guards: self.fallback_guards,
        }
    }

    /// Allows path segments that begin with `:` or `*`; see
    /// [`axum::Router::without_v07_checks`].
    pub fn without_v07_checks(mut self) -> Self {
        self.inner = self.inner.without_v07_checks();
        self
    }

    fn mount<L: 'static>(&mut self, layer: L, fallbacks: bool) -> Mount<L> {
        let entries = self.entries.iter_mut();
        let guard = note_guard(
            &layer,
            entries.filter(|entry| fallbacks || !entry.is_fallback()),
        );
        self.fallback_guards.extend(guard.filter(|_| fallbacks));
        let cell = AuthCell::default();
        self.layers.push(LayerCell::new(cell.clone()));
        Mount::new(layer, cell)
    }

    /// The fallback of this router itself; those of nested ones stay.
    fn replace_fallback(&mut self, entry: RouteEntry) {
        self.entries
            .retain(|entry| !entry.is_fallback() || entry.route.path != ROOT);
        self.entries.push(entry.at(ROOT));
        self.has_fallback = true;
        self.fallback_guards.clear();
    }

    /// The paths that answer 405 to methods without a handler, or may.
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
        // Several routers of axum's may stand at one path.
        let unknown = entries()
            .filter(|entry| entry.has_unknown_methods)
            .map(|entry| &entry.route.path);
        left.chain(unknown).cloned().collect()
    }
}

const ROOT: &str = "/";

/// How what is mounted at `path` stands in the map. `{*}` is no path of axum's, and so can be told
/// from a route with a wildcard, which does not answer to the path before it.
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
