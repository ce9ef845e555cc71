//! One row of the map: which requests, whose handler, which rules.

use std::cmp::Ordering;

use crate::auth::Auth;
use crate::policy::{Access, Hide, Rule};

/// Some of the requests that a router answers, and who may send them.
///
/// A test may ask more of the rows than that they stay as they are:
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
///     assert!(route.rule().contains("role = "), "{} asks for no role", route.path());
/// }
/// # assert_eq!(map.routes().len(), 2);
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct AccessRoute {
    pub(crate) kind: RouteKind,
    pub(crate) path: String,
    pub(crate) handler: &'static str,
    /// All of them have to hold; none where `unguarded`.
    pub(crate) rules: Vec<&'static Rule>,
    /// How far the rules of the route itself hide it, without those of guards in layers.
    pub(crate) hide: Hide,
    /// Those of `rules` that guards in layers around the route enforce, the innermost first. Such a
    /// guard does not know which route is behind it.
    pub(crate) guard_layers: Vec<&'static Rule>,
    pub(crate) handler_layers: HandlerLayers,
    /// Why this route has no rule of its own.
    pub(crate) unguarded: Option<&'static str>,
    /// It is a route for logout tokens, and no issuer's are accepted.
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

/// Which requests to a path a row is about. The order is the map's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RouteKind {
    /// Requests with this method. `GET` answers `HEAD` as well, unless that has a row of its own.
    Method(Method),
    /// Requests with a method that no other row of the path has.
    OtherMethods,
    /// The same, by `method_not_allowed_fallback`: what would be an empty 405 of axum's.
    MethodNotAllowed,
    /// Requests to every path below this one that has no row.
    Fallback,
}

/// A method that routers tell apart; declared in the map's order.
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

    /// RFC 9110 section 9.2.1: it is not meant to change anything.
    pub(crate) const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Trace)
    }
}

impl AccessRoute {
    /// The method; `GET` also answers `HEAD` if that has no row of its own, and no router of axum's that
    /// went in unguarded has one. `*` for all methods that no other row of the path has, and for all requests to
    /// paths that have no row.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self.kind {
            RouteKind::Method(method) => method.as_str(),
            RouteKind::OtherMethods | RouteKind::MethodNotAllowed | RouteKind::Fallback => "*",
        }
    }

    /// The path with everything it is nested in, as it was written: `/orders/{id}`. A fallback has
    /// the path it is nested at. `/files/{*}` is what is mounted at `/files`: it answers to that path
    /// and to all below it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is about the requests that no route matches.
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.kind == RouteKind::Fallback
    }

    /// The path of the function that answers, or the type of the service.
    #[must_use]
    pub fn handler(&self) -> &'static str {
        self.handler
    }

    /// The realm of the [`Auth`](crate::Auth) that the route is bound to; none before it is.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.auth.as_ref().map(Auth::realm)
    }

    /// Why anybody may, where the rule says so; why there is no rule, where there is none.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        self.unguarded
            .or_else(|| self.rules.iter().find_map(|rule| rule.reason()))
    }

    /// Whether a request is let in although nobody has authenticated: no rule here asks for a
    /// caller.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.rules
            .iter()
            .all(|rule| rule.access != Access::Required)
    }

    /// Path by path; within one the methods first, and the fallback below all of them.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.path
            .cmp(&other.path)
            .then(self.kind.cmp(&other.kind))
            .then(self.handler.cmp(other.handler))
    }
}
