//! The methods that add routes without a policy. Each takes a reason.
//!
//! The routes are axum's own. Their requests have an [`Auth`](crate::Auth) too, so that guards and extractors work in
//! their handlers.

use std::any::{TypeId, type_name};
use std::convert::Infallible;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use tower_layer::Identity as Unlayered;
use tower_service::Service;

use super::route_entry::RouteEntry;
use super::{Router, mounted_at};
use crate::access_map::RouteKind;
use crate::web::auth_cell::AuthCell;
use crate::web::guarded_handler::{ErasedHandler, GuardedHandler};
use crate::web::mounted_service::{MountedLayer, MountedService};

impl<S> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Adds a route of axum without a guard. The access map shows the reason.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, Identity, Router};
    /// # use auth_runtime::testing::Issuer;
    /// # use axum::{body::Body, http::Request};
    /// # use tower::ServiceExt;
    ///
    /// let routes = Router::new()
    ///     .route_unguarded(
    ///         "/robots.txt",
    ///         axum::routing::get("User-agent: *\nDisallow: /\n"),
    ///         "for crawlers",
    ///     )
    ///     // The route has no guard, but its handler requires an `Identity`.
    ///     .route_unguarded(
    ///         "/whoami",
    ///         axum::routing::get(|caller: Identity| async move { caller.subject().to_owned() }),
    ///         "the handler itself answers 401",
    ///     );
    /// # let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// # let auth = Auth::builder().bearer(issuer.jwt()).build()?;
    /// # let app = routes.with_auth(auth);
    /// # let request = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    /// # assert_eq!(app.clone().oneshot(request("/robots.txt")).await?.status(), 200);
    /// # assert_eq!(app.oneshot(request("/whoami")).await?.status(), 401);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Panics
    ///
    /// Panics like [`route`](Self::route).
    #[track_caller]
    pub fn route_unguarded(
        mut self,
        path: &str,
        method_router: axum::routing::MethodRouter<S>,
        reason: &'static str,
    ) -> Self {
        let cell = AuthCell::default();
        let entry = RouteEntry::unguarded(
            RouteKind::OtherMethods,
            "axum::routing::MethodRouter",
            reason,
            &cell,
        );
        self.entries.push(entry.at(path).with_unknown_methods());
        let guarded = method_router.layer(MountedLayer::new(Unlayered::new(), cell));
        self.inner = self.inner.route(path, guarded);
        self
    }

    /// Adds a service without a guard for all methods of a path.
    ///
    /// # Panics
    ///
    /// Panics like [`route_service`](Self::route_service).
    #[track_caller]
    pub fn route_service_unguarded<V>(
        mut self,
        path: &str,
        service: V,
        reason: &'static str,
    ) -> Self
    where
        V: Service<
                Request,
                Response: IntoResponse + 'static,
                Error = Infallible,
                Future: Send + 'static,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        if TypeId::of::<V>() == TypeId::of::<axum::Router<S>>() {
            // axum panics if the service is a router, which it can't detect inside of `MountedService`.
            self.inner = self.inner.route_service(path, service);
            return self;
        }
        let cell = AuthCell::default();
        self.entries
            .push(unguarded_service::<V>(reason, &cell).at(path));
        self.inner = self
            .inner
            .route_service(path, MountedService::new(service, cell));
        self
    }

    /// Adds the routes of a router of axum below a path. Guards of its handlers work, but the access map does not list
    /// them.
    ///
    /// # Panics
    ///
    /// Panics like [`nest`](Self::nest).
    #[track_caller]
    pub fn nest_unguarded(
        mut self,
        path: &str,
        router: axum::Router<S>,
        reason: &'static str,
    ) -> Self {
        let cell = AuthCell::default();
        let paths = mounted_at(path).into_iter();
        self.entries
            .extend(paths.map(|path| unguarded_router(reason, &cell).at(path)));
        let router = router.layer(MountedLayer::new(Unlayered::new(), cell));
        self.inner = self.inner.nest(path, router);
        self
    }

    /// Adds a service without a guard for all paths below a path.
    ///
    /// # Panics
    ///
    /// Panics like [`nest_service`](Self::nest_service).
    #[track_caller]
    pub fn nest_service_unguarded<V>(mut self, path: &str, service: V, reason: &'static str) -> Self
    where
        V: Service<
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
            .extend(paths.map(|path| unguarded_service::<V>(reason, &cell).at(path)));
        self.inner = self
            .inner
            .nest_service(path, MountedService::new(service, cell));
        self
    }

    /// Adds the routes of a router of axum, and its fallback if it has one. Guards of its handlers work, but the access
    /// map does not list them.
    ///
    /// # Panics
    ///
    /// Panics like [`merge`](Self::merge).
    #[track_caller]
    pub fn merge_unguarded(mut self, router: axum::Router<S>, reason: &'static str) -> Self {
        let cell = AuthCell::default();
        let everywhere = mounted_at("").into_iter();
        self.entries
            .extend(everywhere.map(|path| unguarded_router(reason, &cell).at(path)));
        let router = router.layer(MountedLayer::new(Unlayered::new(), cell));
        self.inner = self.inner.merge(router);
        // axum does not tell whether the router has a fallback.
        self.has_fallback = true;
        self.fallback_guards.clear();
        self
    }

    /// Sets a handler without a guard for requests that no route matches.
    #[track_caller]
    pub fn fallback_unguarded<H, T>(mut self, handler: H, reason: &'static str) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let cell = AuthCell::default();
        let entry = RouteEntry::unguarded(RouteKind::Fallback, type_name::<H>(), reason, &cell);
        self.replace_fallback(entry);
        self.inner = self
            .inner
            .fallback(GuardedHandler::new(ErasedHandler::new(handler), cell));
        self
    }

    /// Sets a service without a guard for requests that no route matches.
    pub fn fallback_service_unguarded<V>(mut self, service: V, reason: &'static str) -> Self
    where
        V: Service<
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
        let entry = RouteEntry::unguarded(RouteKind::Fallback, type_name::<V>(), reason, &cell);
        self.replace_fallback(entry);
        self.inner = self
            .inner
            .fallback_service(MountedService::new(service, cell));
        self
    }

    /// Sets a handler without a guard for the methods that the routes added so far don't have.
    pub fn method_not_allowed_fallback_unguarded<H, T>(
        mut self,
        handler: H,
        reason: &'static str,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let cell = AuthCell::default();
        for path in self.paths_with_405() {
            let entry =
                RouteEntry::unguarded(RouteKind::MethodNotAllowed, type_name::<H>(), reason, &cell);
            self.entries.push(entry.at(path));
        }
        self.inner = self
            .inner
            .method_not_allowed_fallback(GuardedHandler::new(ErasedHandler::new(handler), cell));
        self
    }
}

fn unguarded_service<V>(reason: &'static str, cell: &AuthCell) -> RouteEntry {
    RouteEntry::unguarded(RouteKind::OtherMethods, type_name::<V>(), reason, cell)
}

fn unguarded_router(reason: &'static str, cell: &AuthCell) -> RouteEntry {
    RouteEntry::unguarded(RouteKind::OtherMethods, "axum::Router", reason, cell)
        .with_unknown_methods()
}
