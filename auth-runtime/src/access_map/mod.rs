//! Who may call what: the routes of a router with their rules, in words.

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
/// As text by [`Display`](std::fmt::Display), for a snapshot test; as
/// [Markdown](Self::to_markdown), as [JSON](Self::to_json) for programs, and as a
/// [page](Self::to_html) to search and to ask. None of them has anything in it that changes from
/// run to run.
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

    /// The routes, path by path.
    #[must_use]
    pub fn routes(&self) -> &[AccessRoute] {
        &self.routes
    }

    /// What is surprising in it: rules of one path that differ in a way that is seldom meant,
    /// alternatives of an `any(..)` that nobody can meet, and [`Auth`](crate::Auth)s that clients
    /// can't tell apart. None of it stops a service.
    #[must_use]
    pub fn warnings(&self) -> &[AccessWarning] {
        &self.warnings
    }
}
