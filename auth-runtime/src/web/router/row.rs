//! What a router knows of a route besides what axum does: a row of the access map, and the slot.

use std::any::Any;

use axum::routing::MethodFilter;

use crate::access_map::{AccessRoute, HandlerLayers, Method, Place};
use crate::policy::{Hide, Rule};
use crate::web::declared::{Declared, DeclaredService};
use crate::web::guard_layer::GuardLayer;
use crate::web::slot::Slot;

/// A row of the access map and the slot of its route.
pub(in crate::web) struct Row {
    pub(in crate::web) route: AccessRoute,
    /// The rules of [`Router::require`](crate::Router::require): not the route's own.
    pub(in crate::web) required: Vec<&'static Rule>,
    pub(in crate::web) slot: Slot,
    /// Whether this is a router of axum's: which methods it answers nobody knows.
    pub(super) has_unknown_methods: bool,
}

impl Row {
    /// Of a handler; its path is known when it is routed.
    pub(in crate::web) fn handler<H: Declared<T>, T>(place: Place, slot: &Slot) -> Self {
        let mut row = Self::declared(place, H::name(), H::RULE, slot);
        row.route.handler_layers = H::layers();
        row
    }

    /// Of a service.
    pub(in crate::web) fn service<V: DeclaredService>(
        place: Place,
        service: &V,
        slot: &Slot,
    ) -> Self {
        Self::declared(place, V::name(), service.rule(), slot)
    }

    fn declared(place: Place, handler: &'static str, rule: &'static Rule, slot: &Slot) -> Self {
        Self::new(place, handler, vec![rule], None, slot)
    }

    /// Of something without.
    pub(in crate::web) fn unguarded(
        place: Place,
        handler: &'static str,
        reason: &'static str,
        slot: &Slot,
    ) -> Self {
        Self::new(place, handler, Vec::new(), Some(reason), slot)
    }

    fn new(
        place: Place,
        handler: &'static str,
        rules: Vec<&'static Rule>,
        unguarded: Option<&'static str>,
        slot: &Slot,
    ) -> Self {
        Self {
            route: AccessRoute {
                place,
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
                auth: None,
            },
            required: Vec::new(),
            slot: slot.clone(),
            has_unknown_methods: false,
        }
    }

    pub(in crate::web) fn at(mut self, path: impl Into<String>) -> Self {
        self.route.path = path.into();
        self
    }

    /// Below `prefix`.
    pub(in crate::web) fn nested(self, prefix: &str) -> Self {
        let path = nested_path(prefix, &self.route.path);
        self.at(path)
    }

    pub(in crate::web) fn is_fallback(&self) -> bool {
        self.route.place == Place::Fallback
    }

    /// It is a router of axum's.
    pub(super) fn with_unknown_methods(mut self) -> Self {
        self.has_unknown_methods = true;
        self
    }

    /// Whether no method is left for a 405.
    pub(super) fn answers_all_methods(&self) -> bool {
        match self.route.place {
            Place::OtherMethods => !self.has_unknown_methods,
            Place::MethodNotAllowed => true,
            Place::Method(_) | Place::Fallback => false,
        }
    }

    /// `rule` holds here as well as those so far, and before them.
    pub(in crate::web) fn require(&mut self, rule: &'static Rule) {
        self.required.insert(0, rule);
        self.route.rules.insert(0, rule);
        self.route.hide = self.route.hide.max(rule.hide);
    }
}

/// Adds the rule of a layer around `rows` to the map and returns it, if the layer is a guard.
pub(in crate::web) fn note_guard<'a, L: 'static>(
    layer: &L,
    rows: impl Iterator<Item = &'a mut Row>,
) -> Option<&'static Rule> {
    let guard = (layer as &dyn Any).downcast_ref::<GuardLayer>()?;
    for row in rows {
        row.route.rules.insert(0, guard.rule);
        row.route.guard_layers.push(guard.rule);
    }
    Some(guard.rule)
}

/// `path` below `prefix`, put together as axum does.
pub(super) fn nested_path(prefix: &str, path: &str) -> String {
    if prefix.ends_with('/') {
        format!("{prefix}{}", path.trim_start_matches('/'))
    } else if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

/// The methods of a filter, in the map's order.
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
