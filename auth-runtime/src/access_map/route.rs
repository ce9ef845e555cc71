//! One row of the map: some requests, their handler and their rules.

use std::cmp::Ordering;

use crate::auth::Auth;
use crate::policy::{Access, Hide, Rule};

/// A row of the [`AccessMap`](super::AccessMap): some of the requests that a router answers, and
/// who may send them.
///
/// A test can check a property of all rows:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Router, require_auth, routing::get};
///
/// #[require_auth(scope = "orders:read", role = "admin")]
/// async fn all_orders() {}
///
/// #[require_auth]
/// async fn whoami() {}
///
/// let routes: Router = Router::new()
///     .route("/admin/orders", get(all_orders))
///     .route("/whoami", get(whoami));
/// let map = routes.access_map();
/// for route in map.routes().iter().filter(|route| route.path().starts_with("/admin")) {
///     assert!(route.rule().contains("role = "), "{} requires no role", route.path());
/// }
/// # assert_eq!(map.routes().len(), 2);
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct AccessRoute {
    pub(crate) kind: RouteKind,
    pub(crate) path: String,
    pub(crate) handler: &'static str,
    /// All of them have to hold. Empty if the route is `unguarded`.
    pub(crate) rules: Vec<&'static Rule>,
    /// How the rules of the route itself hide it; guards in layers do not count.
    pub(crate) hide: Hide,
    /// Those of `rules` that are enforced by guards in layers around the route, the innermost first.
    /// Such a guard does not know which route is behind it.
    pub(crate) guard_layers: Vec<&'static Rule>,
    pub(crate) handler_layers: HandlerLayers,
    /// Why this route declares no rule.
    pub(crate) unguarded: Option<&'static str>,
    /// Those of `rules` that have a check for another state than that of the handler.
    pub(crate) required_without_state: Vec<&'static Rule>,
    /// It is a route for logout tokens, but logout tokens are not accepted from any issuer.
    pub(crate) refuses_all_logouts: bool,
    pub(crate) auth: Option<Auth>,
}

/// Layers around the handler itself (`handler.layer(..)`), as far as its type shows them.
#[derive(Clone, Copy, Debug, Default)]
pub struct HandlerLayers {
    /// There is a layer of [`Auth::layer`](crate::Auth::layer).
    pub auth: bool,
    /// There is a [`guard`](crate::guard()). The type does not show its policy.
    pub guard: bool,
}

/// Which requests to a path a row is about, in the order of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RouteKind {
    /// Requests with this method. `GET` includes `HEAD`, unless the path has a row for `HEAD`.
    Method(Method),
    /// Requests with a method that no other row of the path has.
    OtherMethods,
    /// The same, answered by `method_not_allowed_fallback` instead of axum's empty 405.
    MethodNotAllowed,
    /// Requests to all paths below this one that have no row.
    Fallback,
}

/// A method that routers distinguish, in the order of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Trace,
    Connect,
}

impl Method {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Connect => "CONNECT",
        }
    }

    /// RFC 9110 section 9.2.1: essentially read-only.
    pub(crate) const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Trace)
    }
}

impl AccessRoute {
    /// The method, or `*` for all methods that no other row of the path has. A fallback has `*` as
    /// well.
    ///
    /// `GET` includes `HEAD`, unless the path has a row for `HEAD` or an unguarded router of axum
    /// handles it.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self.kind {
            RouteKind::Method(method) => method.as_str(),
            RouteKind::OtherMethods | RouteKind::MethodNotAllowed | RouteKind::Fallback => "*",
        }
    }

    /// The path as it was written, with the prefixes it is nested in: `/orders/{id}`. A fallback has
    /// the path it is nested at. `/files/{*}` is a service mounted at `/files`: it answers requests
    /// to that path and to all paths below it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether this row is about requests that no route matches.
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.kind == RouteKind::Fallback
    }

    /// The path of the handler function, or the type of the service.
    #[must_use]
    pub fn handler(&self) -> &'static str {
        self.handler
    }

    /// The realm of the [`Auth`](crate::Auth) that the route is bound to; `None` if it is not bound
    /// yet.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.auth.as_ref().map(Auth::realm)
    }

    /// Why the route is public or has no rule, as given in the code.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        self.unguarded
            .or_else(|| self.rules.iter().find_map(|rule| rule.reason()))
    }

    /// Whether anonymous requests are let in: no rule of the route requires a caller.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.rules
            .iter()
            .all(|rule| rule.access != Access::Required)
    }

    /// By path; within a path the methods first and the fallback last.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.path
            .cmp(&other.path)
            .then(self.kind.cmp(&other.kind))
            .then(self.handler.cmp(other.handler))
    }
}
