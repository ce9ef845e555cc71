//! What a row is called in a sentence.

use std::fmt;

use super::route::{AccessRoute, RouteKind};

/// `` `GET /orders` ``, or what comes nearest to it for rows that are not about one method.
pub(super) struct Name<'a>(pub(super) &'a AccessRoute);

impl fmt::Display for Name<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.path();
        match self.0.kind {
            RouteKind::Method(method) => write!(formatter, "`{} {path}`", method.as_str()),
            // True as well where the path has no other route.
            RouteKind::OtherMethods => {
                write!(
                    formatter,
                    "every method of `{path}` without a route of its own"
                )
            }
            RouteKind::MethodNotAllowed => write!(formatter, "every other method of `{path}`"),
            RouteKind::Fallback => write!(formatter, "the fallback of `{path}`"),
        }
    }
}
