//! Who may call what: the routes of a router with their rules, in words.

mod route;

pub use route::AccessRoute;
pub(crate) use route::{Method, Place};

/// Who may call what: every route of a router with its rule.
#[derive(Clone, Debug)]
pub struct AccessMap {
    routes: Vec<AccessRoute>,
}

impl AccessMap {
    pub(crate) fn new(mut routes: Vec<AccessRoute>) -> Self {
        routes.sort_by(AccessRoute::order);
        Self { routes }
    }

    /// The routes, path by path.
    #[must_use]
    pub fn routes(&self) -> &[AccessRoute] {
        &self.routes
    }
}
