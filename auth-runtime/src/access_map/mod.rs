//! Who may call what: the routes of a router with their rules.

mod auths;
mod display;
mod hidden;
mod html;
mod implication;
mod json;
mod markdown;
mod route;
mod route_label;
pub(crate) mod router_fault;
mod simplify;
#[cfg(test)]
mod tests;
mod text;
mod warnings;

pub(crate) use display::RuleWords;
pub use route::AccessRoute;
pub(crate) use route::{HandlerLayers, Method, RouteKind};
pub(crate) use router_fault::faults;
pub use warnings::AccessWarning;

/// Who may call what: every route of a router with its rule.
///
/// It is available as plain text by [`Display`](std::fmt::Display), for a snapshot test; as
/// [Markdown](Self::to_markdown); as [JSON](Self::to_json), for programs; and as an
/// [HTML page](Self::to_html) that can be searched. The output is the same in every run.
#[derive(Clone, Debug)]
pub struct AccessMap {
    routes: Vec<AccessRoute>,
    warnings: Vec<AccessWarning>,
}

impl AccessMap {
    pub(crate) fn new(mut routes: Vec<AccessRoute>) -> Self {
        routes.sort_by(AccessRoute::order);
        let warnings = warnings::warnings(&routes);
        Self { routes, warnings }
    }

    /// The routes, sorted by path.
    #[must_use]
    pub fn routes(&self) -> &[AccessRoute] {
        &self.routes
    }

    /// Rules that are probably mistakes: rules of one path that differ in an unusual way,
    /// alternatives of an `any(..)` that no caller can satisfy, and [`Auth`](crate::Auth)s that
    /// clients can't tell apart. Warnings do not keep a service from starting.
    #[must_use]
    pub fn warnings(&self) -> &[AccessWarning] {
        &self.warnings
    }
}
