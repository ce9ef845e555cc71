//! The router, and the methods that add routes, fallbacks, middleware and the state.

use std::convert::Infallible;

use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::Route;
use tower_layer::Layer;
use tower_service::Service;

use super::layer_cell::LayerCell;
use super::mounted_at;
use super::parts::{IntoRoute, IntoRoutes};
use super::route_entry::{self, RouteEntry};
use crate::access_map::RouteKind;
use crate::policy::Rule;
use crate::web::auth_cell::AuthCell;
use crate::web::declared::{AxumHandler, Declared, DeclaredHandler, DeclaredService};
use crate::web::guarded_handler::GuardedHandler;
use crate::web::mounted_service::MountedService;
use crate::web::routing::MethodRouter;

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
    pub(super) inner: axum::Router<S>,
    pub(super) entries: Vec<RouteEntry>,
    pub(super) layers: Vec<LayerCell>,
    /// The paths whose method router has no handlers, and so has no entry. It answers 405.
    pub(super) paths_without_entry: Vec<String>,
    /// Whether a fallback was set, which axum does not tell.
    pub(super) has_fallback: bool,
    /// The guards in layers around the default fallback, which has no entry.
    pub(super) fallback_guards: Vec<&'static Rule>,
}

impl<S> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// A router without routes. It answers every request with 404.
    ///
    /// If the compiler can't infer the type of the state, as in `Router::new().try_with_auth(auth)`, write
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

    /// Adds a route. See [`axum::Router::route`] for the syntax of paths.
    ///
    /// # Panics
    ///
    /// If the path is invalid or overlaps with another route.
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
    /// If the path is invalid or overlaps with another route.
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

    /// Adds the routes of another router below a path. See [`axum::Router::nest`].
    ///
    /// # Panics
    ///
    /// If the path is invalid, empty or `/`, or a route overlaps with another one.
    #[track_caller]
    pub fn nest<R: IntoRoutes<S>>(mut self, path: &str, router: R) -> Self {
        let router = router.into_routes();
        self.inner = self.inner.nest(path, router.inner);
        // If `router` has no fallback itself, axum drops the fallbacks of routers nested in it.
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

    /// Adds a service behind a [`guard`](crate::guard()) for all paths below a path.
    ///
    /// # Panics
    ///
    /// If the path is invalid, empty or `/`, or overlaps with another route.
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
            // It is not always known which of the two fallbacks axum keeps.
            self.fallback_guards
                .retain(|guard| other.fallback_guards.contains(guard));
        } else {
            // Of two default fallbacks axum keeps that of `other`.
            self.fallback_guards = other.fallback_guards;
        }
        self.has_fallback |= other.has_fallback;
        self
    }

    /// Sets the handler for requests that no route matches.
    #[track_caller]
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Declared<T> + AxumHandler<T, S>,
        T: 'static,
    {
        let handler = DeclaredHandler::new(handler);
        let cell = AuthCell::default();
        self.replace_fallback(RouteEntry::handler(RouteKind::Fallback, &handler, &cell));
        let handler = GuardedHandler::new(handler.handler, cell);
        self.inner = self.inner.fallback(handler);
        self
    }

    /// Sets the service, behind a [`guard`](crate::guard()), for requests that no route matches.
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

    /// Sets the handler for methods that the routes added so far don't have. Without it, they are answered with an
    /// empty 405.
    pub fn method_not_allowed_fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Declared<T> + AxumHandler<T, S>,
        T: 'static,
    {
        let handler = DeclaredHandler::new(handler);
        let cell = AuthCell::default();
        for path in self.paths_with_405() {
            let entry = RouteEntry::handler(RouteKind::MethodNotAllowed, &handler, &cell);
            self.entries.push(entry.at(path));
        }
        let handler = GuardedHandler::new(handler.handler, cell);
        self.inner = self.inner.method_not_allowed_fallback(handler);
        self
    }

    /// Resets the fallback to an empty 404.
    pub fn reset_fallback(mut self) -> Self {
        self.inner = self.inner.reset_fallback();
        self.entries.retain(|entry| !entry.is_fallback());
        self.has_fallback = false;
        self.fallback_guards.clear();
        self
    }

    /// Adds middleware around all routes added so far and the fallback. See [`axum::Router::layer`].
    ///
    /// [`Identity`](crate::Identity) and the other extractors work in the middleware. They use the
    /// [`Auth`](crate::Auth) of this router. A guard with the same `Auth` reuses their result. If the guard finds
    /// another caller in another credential of the same request, it answers 403.
    ///
    /// The extensions of the response contain the [`Denial`](crate::Denial) of a refused request, and with
    /// [`identity_in_responses`](crate::AuthBuilder::identity_in_responses) the `Identity` of the caller. If a handler
    /// returns the response of another application that also uses this crate, the extensions are those of that
    /// application; clear them if they should not be visible here.
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

    /// Adds middleware around all routes added so far, but not around the fallback. See [`layer`](Self::layer).
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

    /// Whether the router has any routes.
    #[must_use]
    pub fn has_routes(&self) -> bool {
        self.inner.has_routes()
    }

    /// Sets the state of the router.
    pub fn with_state<S2>(mut self, state: S) -> Router<S2> {
        self.entries.iter_mut().for_each(RouteEntry::supply_state);
        Router {
            inner: self.inner.with_state(state),
            entries: self.entries,
            layers: self.layers,
            paths_without_entry: self.paths_without_entry,
            has_fallback: self.has_fallback,
            fallback_guards: self.fallback_guards,
        }
    }

    /// Allows path segments that start with `:` or `*`. See [`axum::Router::without_v07_checks`].
    pub fn without_v07_checks(mut self) -> Self {
        self.inner = self.inner.without_v07_checks();
        self
    }
}
