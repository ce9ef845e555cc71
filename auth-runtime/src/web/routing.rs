//! The functions of [`axum::routing`] for handlers and services that declare an access policy. Others do not compile.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use auth_runtime::routing::get; // instead of `axum::routing::get`
//! use auth_runtime::{Auth, Guard, Router, allow_anonymous, policy, require_auth};
//! # use auth_runtime::testing::Issuer;
//! # use axum::{body::Body, http::Request};
//! # use tower::ServiceExt;
//!
//! #[require_auth(scope = "orders:read")]
//! async fn list_orders() -> &'static str {
//!     "orders"
//! }
//!
//! #[require_auth(scope = "orders:write")]
//! async fn create_order() -> &'static str {
//!     "created"
//! }
//!
//! #[allow_anonymous(reason = "health probe")]
//! async fn health() -> &'static str {
//!     "up"
//! }
//!
//! #[policy(role = "operator")]
//! struct Operator;
//!
//! let routes = Router::new()
//!     .route("/orders", get(list_orders).post(create_order))
//!     .route("/health", get(health))
//!     .route("/load", get(|_: Guard<Operator>| async { "12 %" })); // a closure takes a guard
//! # let issuer = Issuer::new("https://issuer.example", "https://api.example");
//! # let auth = Auth::builder().bearer(issuer.jwt()).build()?;
//! # let app = routes.with_auth(auth);
//! # let request = |path: &str, token: &str| {
//! #     let value = format!("Bearer {token}");
//! #     Request::get(path).header("authorization", value).body(Body::empty()).unwrap()
//! # };
//! # let reader = issuer.token("alice").scope("orders:read").sign();
//! # assert_eq!(app.clone().oneshot(request("/orders", &reader)).await?.status(), 200);
//! # assert_eq!(app.clone().oneshot(request("/health", "")).await?.status(), 200);
//! # assert_eq!(app.clone().oneshot(request("/orders", "")).await?.status(), 401);
//! # assert_eq!(app.oneshot(request("/load", &reader)).await?.status(), 403);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! ```compile_fail,E0277
//! use auth_runtime::routing::get;
//!
//! async fn forgotten() {}
//!
//! let route = get::<_, _, ()>(forgotten); // this handler declares no access policy
//! ```

use std::convert::Infallible;
use std::fmt;

use axum::error_handling::{HandleError, HandleErrorLayer};
use axum::extract::Request;
use axum::response::IntoResponse;
pub use axum::routing::{MethodFilter, Route};

pub use super::router::Router;
use tower_layer::Layer;
use tower_service::Service;

use super::auth_cell::AuthCell;
use super::declared::{AxumHandler, Declared, DeclaredHandler, DeclaredService};
use super::guarded_handler::GuardedHandler;
use super::mounted_service::{MountedLayer, MountedService};
use super::router::route_entry::{RouteEntry, methods, note_guard};
use crate::access_map::RouteKind;

/// The handlers of one path, by method: an [`axum::routing::MethodRouter`] with their rules.
///
/// It is not `Clone`, because the copy would share the [`Auth`](crate::Auth) of its routes. To get two, write a function
/// that returns one and call it twice.
// If axum's type of this name is expected, the compiler prints the next line, with the comment in it.
#[rustfmt::skip]
#[must_use]
pub struct MethodRouter<S = (), E = Infallible> { // add it to an `auth_runtime::Router`, before `.with_auth(..)`
    pub(super) inner: axum::routing::MethodRouter<S, E>,
    pub(super) entries: Vec<RouteEntry>,
    /// The cells of the middleware.
    pub(super) layers: Vec<AuthCell>,
}

// The bounds are arguments, so that compiler errors about a handler show the bounds and not the whole macro.
macro_rules! by_method {
    (
        $handlers:tt $services:tt
        $($method:literal, $filter:ident, $handler:ident, $service:ident;)*
    ) => {
        $(
            by_method!(@handler $handlers $method, $filter, $handler);
            by_method!(@service $services $method, $filter, $service);
        )*

        impl<S> MethodRouter<S>
        where
            S: Clone + Send + Sync + 'static,
        {
            $(by_method!(@further_handler $handlers $method, $filter, $handler);)*
        }

        impl<S: Clone, E> MethodRouter<S, E> {
            $(by_method!(@further_service $services $method, $filter, $service);)*
        }
    };
    (@handler [$($bound:tt)*] $method:literal, $filter:ident, $handler:ident) => {
        #[doc = concat!("Routes `", $method, "` requests to a handler that declares its policy.")]
        ///
        #[doc = concat!("Like [`axum::routing::", stringify!($handler), "`].")]
        pub fn $handler<H, T, S>(handler: H) -> MethodRouter<S>
        where
            H: $($bound)*,
            T: 'static,
            S: Clone + Send + Sync + 'static,
        {
            MethodRouter::new().add(MethodFilter::$filter, DeclaredHandler::new(handler))
        }
    };
    (@service [$($bound:tt)*] $method:literal, $filter:ident, $service:ident) => {
        #[doc = concat!("Routes `", $method, "` requests to a service behind a [`guard`](crate::guard()).")]
        ///
        #[doc = concat!("Like [`axum::routing::", stringify!($service), "`].")]
        pub fn $service<V, S>(service: V) -> MethodRouter<S, V::Error>
        where
            V: $($bound)*
                + Service<Request, Response: IntoResponse + 'static, Future: Send + 'static>
                + Clone
                + Send
                + Sync
                + 'static,
            V::Error: 'static,
            S: Clone,
        {
            on_service(MethodFilter::$filter, service)
        }
    };
    (@further_handler [$($bound:tt)*] $method:literal, $filter:ident, $handler:ident) => {
        #[doc = concat!("Adds a handler for `", $method, "` requests. Panics if there already is one.")]
        #[track_caller]
        pub fn $handler<H, T>(self, handler: H) -> Self
        where
            H: $($bound)*,
            T: 'static,
        {
            self.add(MethodFilter::$filter, DeclaredHandler::new(handler))
        }
    };
    (@further_service [$($bound:tt)*] $method:literal, $filter:ident, $service:ident) => {
        #[doc = concat!("Adds a guarded service for `", $method, "` requests. Panics if there already is one.")]
        #[track_caller]
        pub fn $service<V>(self, service: V) -> Self
        where
            V: $($bound)*
                + Service<
                    Request,
                    Response: IntoResponse + 'static,
                    Error = E,
                    Future: Send + 'static,
                > + Clone
                + Send
                + Sync
                + 'static,
            E: 'static,
        {
            self.on_service(MethodFilter::$filter, service)
        }
    };
}

by_method! {
    [Declared<T> + AxumHandler<T, S>] [DeclaredService]
    "CONNECT", CONNECT, connect, connect_service;
    "DELETE", DELETE, delete, delete_service;
    "GET", GET, get, get_service;
    "HEAD", HEAD, head, head_service;
    "OPTIONS", OPTIONS, options, options_service;
    "PATCH", PATCH, patch, patch_service;
    "POST", POST, post, post_service;
    "PUT", PUT, put, put_service;
    "TRACE", TRACE, trace, trace_service;
}

/// Routes requests with the methods of a filter to a handler that declares its policy.
pub fn on<H, T, S>(filter: MethodFilter, handler: H) -> MethodRouter<S>
where
    H: Declared<T> + AxumHandler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().add(filter, DeclaredHandler::new(handler))
}

/// Routes all requests to a handler that declares its policy.
pub fn any<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Declared<T> + AxumHandler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::any(DeclaredHandler::new(handler))
}

/// Routes requests with the methods of a filter to a service behind a [`guard`](crate::guard()).
pub fn on_service<V, S>(filter: MethodFilter, service: V) -> MethodRouter<S, V::Error>
where
    V: DeclaredService
        + Service<Request, Response: IntoResponse + 'static, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static,
    V::Error: 'static,
    S: Clone,
{
    MethodRouter::new().on_service(filter, service)
}

/// Routes all requests to a service behind a [`guard`](crate::guard()).
pub fn any_service<V, S>(service: V) -> MethodRouter<S, V::Error>
where
    V: DeclaredService
        + Service<Request, Response: IntoResponse + 'static, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static,
    V::Error: 'static,
    S: Clone,
{
    let cell = AuthCell::default();
    MethodRouter {
        entries: vec![RouteEntry::service(
            RouteKind::OtherMethods,
            &service,
            &cell,
        )],
        inner: axum::routing::any_service(MountedService::new(service, cell)),
        layers: Vec::new(),
    }
}

impl<S> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Adds a handler for the methods of a filter. Panics if one of them already has a handler.
    #[track_caller]
    pub fn on<H, T>(self, filter: MethodFilter, handler: H) -> Self
    where
        H: Declared<T> + AxumHandler<T, S>,
        T: 'static,
    {
        self.add(filter, DeclaredHandler::new(handler))
    }

    /// Sets the handler for all methods that have no handler.
    pub fn fallback<H, T>(self, handler: H) -> Self
    where
        H: Declared<T> + AxumHandler<T, S>,
        T: 'static,
    {
        self.set_fallback(DeclaredHandler::new(handler))
    }

    // These are compiled once for each type of state. The public functions are compiled for each type of handler, so
    // they only create a `DeclaredHandler`.

    fn any(handler: DeclaredHandler<S>) -> Self {
        let cell = AuthCell::default();
        Self {
            entries: vec![RouteEntry::handler(
                RouteKind::OtherMethods,
                &handler,
                &cell,
            )],
            inner: axum::routing::any(GuardedHandler::new(handler.handler, cell)),
            layers: Vec::new(),
        }
    }

    #[track_caller]
    fn add(mut self, filter: MethodFilter, handler: DeclaredHandler<S>) -> Self {
        let cell = AuthCell::default();
        self.entries.extend(
            methods(filter)
                .map(|method| RouteEntry::handler(RouteKind::Method(method), &handler, &cell)),
        );
        self.inner = self
            .inner
            .on(filter, GuardedHandler::new(handler.handler, cell));
        self
    }

    fn set_fallback(mut self, handler: DeclaredHandler<S>) -> Self {
        let cell = AuthCell::default();
        self.replace_fallback(RouteEntry::handler(
            RouteKind::OtherMethods,
            &handler,
            &cell,
        ));
        self.inner = self
            .inner
            .fallback(GuardedHandler::new(handler.handler, cell));
        self
    }
}

impl<S: Clone, E> MethodRouter<S, E> {
    /// A method router without handlers. It answers every request with 405.
    pub fn new() -> Self {
        Self {
            inner: axum::routing::MethodRouter::new(),
            entries: Vec::new(),
            layers: Vec::new(),
        }
    }

    /// Adds a guarded service for the methods of a filter. Panics if one of them already has a handler.
    #[track_caller]
    pub fn on_service<V>(mut self, filter: MethodFilter, service: V) -> Self
    where
        V: DeclaredService
            + Service<Request, Response: IntoResponse + 'static, Error = E, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
        E: 'static,
    {
        let cell = AuthCell::default();
        self.entries.extend(
            methods(filter)
                .map(|method| RouteEntry::service(RouteKind::Method(method), &service, &cell)),
        );
        self.inner = self
            .inner
            .on_service(filter, MountedService::new(service, cell));
        self
    }

    /// Sets the guarded service for all methods that have no handler.
    pub fn fallback_service<V>(mut self, service: V) -> Self
    where
        V: DeclaredService
            + Service<Request, Response: IntoResponse + 'static, Error = E, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
        E: 'static,
    {
        let cell = AuthCell::default();
        self.replace_fallback(RouteEntry::service(
            RouteKind::OtherMethods,
            &service,
            &cell,
        ));
        self.inner = self
            .inner
            .fallback_service(MountedService::new(service, cell));
        self
    }

    /// Adds middleware around all handlers added so far and the fallback. Extractors of this crate work in it: see
    /// [`Router::layer`](crate::Router::layer).
    pub fn layer<L, NewError>(mut self, layer: L) -> MethodRouter<S, NewError>
    where
        L: Layer<Route<E>> + Clone + Send + Sync + 'static,
        L::Service: Service<
                Request,
                Response: IntoResponse + 'static,
                Error: Into<NewError> + 'static,
                Future: Send + 'static,
            > + Clone
            + Send
            + Sync
            + 'static,
        E: 'static,
        S: 'static,
        NewError: 'static,
    {
        let layer = self.mount(layer, true);
        MethodRouter {
            inner: self.inner.layer(layer),
            entries: self.entries,
            layers: self.layers,
        }
    }

    /// Adds middleware around all handlers added so far, but not around the fallback. Panics if there are no handlers.
    #[track_caller]
    pub fn route_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route<E>> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Response: IntoResponse + 'static, Error = E, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
        E: 'static,
        S: 'static,
    {
        let layer = self.mount(layer, false);
        self.inner = self.inner.route_layer(layer);
        self
    }

    /// Adds the handlers of another; panics if both have one for a method, or both a fallback.
    #[track_caller]
    pub fn merge(mut self, other: Self) -> Self {
        self.inner = self.inner.merge(other.inner);
        self.entries.extend(other.entries);
        self.layers.extend(other.layers);
        self
    }

    /// Turns the errors of fallible services into responses.
    pub fn handle_error<F, T>(self, handler: F) -> MethodRouter<S>
    where
        F: Clone + Send + Sync + 'static,
        HandleError<Route<E>, F, T>: Service<
                Request,
                Response: IntoResponse + Send + 'static,
                Error = Infallible,
                Future: Send + 'static,
            >,
        T: 'static,
        E: 'static,
        S: 'static,
    {
        self.layer(HandleErrorLayer::new(handler))
    }

    /// Sets the state.
    pub fn with_state<S2>(mut self, state: S) -> MethodRouter<S2, E> {
        self.entries.iter_mut().for_each(RouteEntry::supply_state);
        MethodRouter {
            inner: self.inner.with_state(state),
            entries: self.entries,
            layers: self.layers,
        }
    }

    fn mount<L: 'static>(&mut self, layer: L, fallback: bool) -> MountedLayer<L> {
        let entries = self.entries.iter_mut();
        note_guard(
            &layer,
            entries.filter(|entry| fallback || entry.route.kind != RouteKind::OtherMethods),
        );
        let cell = AuthCell::default();
        self.layers.push(cell.clone());
        MountedLayer::new(layer, cell)
    }

    fn replace_fallback(&mut self, entry: RouteEntry) {
        self.entries
            .retain(|entry| entry.route.kind != RouteKind::OtherMethods);
        self.entries.push(entry);
    }
}

impl<S: Clone, E> Default for MethodRouter<S, E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, E> fmt::Debug for MethodRouter<S, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries.iter().map(|entry| &entry.route);
        formatter
            .debug_struct("MethodRouter")
            .field("routes", &entries.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
