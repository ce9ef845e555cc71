//! How messages name a row.

use std::fmt;

use super::route::{AccessRoute, RouteKind};

/// `` `GET /orders` ``, or a description for rows that are not about one method.
pub(super) struct RouteLabel<'a>(pub(super) &'a AccessRoute);

impl fmt::Display for RouteLabel<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.path();
        match self.0.kind {
            RouteKind::Method(method) => write!(formatter, "`{} {path}`", method.as_str()),
            // Also right if the path has no other route.
            RouteKind::OtherMethods => {
                write!(formatter, "every method of `{path}` without its own route")
            }
            RouteKind::MethodNotAllowed => write!(formatter, "every other method of `{path}`"),
            RouteKind::Fallback => write!(formatter, "the fallback of `{path}`"),
        }
    }
}
