//! The data of a route that axum's router does not have: its entry in the access map, and the cell for its `Auth`.

use std::any::{Any, TypeId};

use axum::routing::MethodFilter;

use crate::access_map::{AccessRoute, HandlerLayers, Method, RouteKind};
use crate::policy::{Hide, Rule};
use crate::web::auth_cell::AuthCell;
use crate::web::declared::{DeclaredHandler, DeclaredService};
use crate::web::guard_layer::GuardLayer;
use crate::web::required_policy::RequiredPolicy;

/// An entry of the access map and the cell of its route.
pub(in crate::web) struct RouteEntry {
    pub(in crate::web) route: AccessRoute,
    /// The policies of [`Router::require`](crate::Router::require), without the rule of the route itself.
    pub(in crate::web) required: Vec<RequiredPolicy>,
    /// The type of the state that the handler has to get from its router. `()` for a service, which gets none, and
    /// [`Supplied`] after `with_state`.
    state: TypeId,
    pub(in crate::web) cell: AuthCell,
    /// Whether this is a router of axum, whose methods are unknown.
    pub(super) has_unknown_methods: bool,
}

impl RouteEntry {
    /// The entry of a handler, without the path, which is known when the handler is routed.
    pub(in crate::web) fn handler<S: 'static>(
        kind: RouteKind,
        handler: &DeclaredHandler<S>,
        cell: &AuthCell,
    ) -> Self {
        let mut entry = Self::declared(kind, handler.name, handler.rule, cell);
        entry.route.handler_layers = handler.layers;
        entry.state = TypeId::of::<S>();
        entry
    }

    /// The entry of a service.
    pub(in crate::web) fn service<V: DeclaredService>(
        kind: RouteKind,
        service: &V,
        cell: &AuthCell,
    ) -> Self {
        Self::declared(kind, V::name(), service.rule(), cell)
    }

    fn declared(
        kind: RouteKind,
        handler: &'static str,
        rule: &'static Rule,
        cell: &AuthCell,
    ) -> Self {
        Self::new(kind, handler, vec![rule], None, cell)
    }

    /// The entry of a handler or service without a policy.
    pub(in crate::web) fn unguarded(
        kind: RouteKind,
        handler: &'static str,
        reason: &'static str,
        cell: &AuthCell,
    ) -> Self {
        Self::new(kind, handler, Vec::new(), Some(reason), cell)
    }

    fn new(
        kind: RouteKind,
        handler: &'static str,
        rules: Vec<&'static Rule>,
        unguarded: Option<&'static str>,
        cell: &AuthCell,
    ) -> Self {
        Self {
            route: AccessRoute {
                kind,
                path: String::new(),
                handler,
                hide: rules
                    .iter()
                    .map(|rule| rule.hide)
                    .max()
                    .unwrap_or(Hide::Never),
                rules,
                guard_layers: Vec::new(),
                handler_layers: HandlerLayers::default(),
                unguarded,
                required_without_state: Vec::new(),
                refuses_all_logouts: false,
                auth: None,
            },
            required: Vec::new(),
            state: TypeId::of::<()>(),
            cell: cell.clone(),
            has_unknown_methods: false,
        }
    }

    pub(in crate::web) fn at(mut self, path: impl Into<String>) -> Self {
        self.route.path = path.into();
        self
    }

    /// Puts the path below `prefix`.
    pub(in crate::web) fn nested(self, prefix: &str) -> Self {
        let path = nested_path(prefix, &self.route.path);
        self.at(path)
    }

    pub(in crate::web) fn is_fallback(&self) -> bool {
        self.route.kind == RouteKind::Fallback
    }

    /// Marks the entry as a router of axum.
    pub(super) fn with_unknown_methods(mut self) -> Self {
        self.has_unknown_methods = true;
        self
    }

    /// Whether this entry answers every method that has no handler, so that axum never answers 405.
    pub(super) fn answers_all_methods(&self) -> bool {
        match self.route.kind {
            RouteKind::OtherMethods => !self.has_unknown_methods,
            RouteKind::MethodNotAllowed => true,
            RouteKind::Method(_) | RouteKind::Fallback => false,
        }
    }

    /// Called by `with_state`. A policy that is required later has the state of another router.
    pub(in crate::web) fn supply_state(&mut self) {
        self.state = TypeId::of::<Supplied>();
    }

    /// Adds `policy` before the rules so far.
    pub(in crate::web) fn require(&mut self, policy: RequiredPolicy) {
        let rule = policy.rule;
        if !policy.can_run_with(self.state) {
            self.route.required_without_state.push(rule);
        }
        self.required.insert(0, policy);
        self.route.rules.insert(0, rule);
        self.route.hide = self.route.hide.max(rule.hide);
    }
}

/// The state of a handler that has got it.
enum Supplied {}

/// Adds the rule of a layer around `entries` to the map and returns it, if the layer is a guard.
pub(in crate::web) fn note_guard<'a, L: 'static>(
    layer: &L,
    entries: impl Iterator<Item = &'a mut RouteEntry>,
) -> Option<&'static Rule> {
    let guard = (layer as &dyn Any).downcast_ref::<GuardLayer>()?;
    for entry in entries {
        entry.route.rules.insert(0, guard.rule);
        entry.route.guard_layers.push(guard.rule);
    }
    Some(guard.rule)
}

/// `path` below `prefix`, joined as axum does.
pub(super) fn nested_path(prefix: &str, path: &str) -> String {
    if prefix.ends_with('/') {
        format!("{prefix}{}", path.trim_start_matches('/'))
    } else if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

/// The methods of a filter, in the order of the access map.
pub(in crate::web) fn methods(filter: MethodFilter) -> impl Iterator<Item = Method> {
    [
        (MethodFilter::GET, Method::Get),
        (MethodFilter::HEAD, Method::Head),
        (MethodFilter::POST, Method::Post),
        (MethodFilter::PUT, Method::Put),
        (MethodFilter::PATCH, Method::Patch),
        (MethodFilter::DELETE, Method::Delete),
        (MethodFilter::OPTIONS, Method::Options),
        (MethodFilter::TRACE, Method::Trace),
        (MethodFilter::CONNECT, Method::Connect),
    ]
    .into_iter()
    .filter(move |(one, _)| filter.or(*one) == filter)
    .map(|(_, method)| method)
}
