//! Who may call what: the routes of a router with their rules, in words.

mod auths;
mod html;
mod json;
mod markdown;
mod route;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use route::AccessRoute;
pub(crate) use route::{Method, Place};

/// Who may call what: every route of a router with its rule.
///
/// As text by [`Display`](std::fmt::Display), for a snapshot test; as
/// [Markdown](Self::to_markdown), as [JSON](Self::to_json) for programs, and as a
/// [page](Self::to_html) to search and to ask. None of them has anything in it that changes from
/// run to run.
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

    /// What looks wrong, a line each.
    fn warning_texts(&self) -> Vec<String> {
        Vec::new()
    }
}
