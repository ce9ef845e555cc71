//! Reads the access map as documented, independently of axum's router.

use auth_runtime::access_map::{AccessMap, AccessRoute};
use axum::http::Method;

/// The rows of a map, and which of them had a request.
#[derive(Debug)]
pub(super) struct Map {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    method: &'static str,
    path: String,
    handler: String,
    is_fallback: bool,
    /// Whether a request reached it.
    asked: bool,
}

impl Map {
    pub(super) fn of(map: &AccessMap) -> Self {
        let row = |route: &AccessRoute| Row {
            method: route.method(),
            path: route.path().to_owned(),
            handler: short(route.handler()).to_owned(),
            is_fallback: route.is_fallback(),
            asked: false,
        };
        Self {
            rows: map.routes().iter().map(row).collect(),
        }
    }

    /// The handler that answers such a request.
    pub(super) fn look_up(&mut self, method: &Method, path: &str) -> Option<String> {
        let route = self.most_specific(path, false);
        let found = match &route {
            Some(pattern) => self.by_method(pattern, method),
            None => self
                .most_specific(path, true)
                .and_then(|pattern| self.row(&pattern, "*", true)),
        };
        let row = &mut self.rows[found?];
        row.asked = true;
        Some(row.handler.clone())
    }

    /// No row claims a handler that is never reached. A fallback may be hidden by routes.
    pub(super) fn nothing_is_left(&self, description: &str) {
        let is_hidden = |row: &&Row| row.is_fallback && self.is_below_routes(&row.path);
        let left: Vec<_> = self
            .rows
            .iter()
            .filter(|row| !row.asked && !is_hidden(row))
            .collect();
        assert!(
            left.is_empty(),
            "no request of this scenario goes to {left:#?} {description}"
        );
    }

    /// Whether there is a route for all that the fallback of this path could answer.
    fn is_below_routes(&self, path: &str) -> bool {
        let below = format!("{}/none/none/none", path.trim_end_matches('/'));
        [path, &below]
            .iter()
            .all(|path| self.most_specific(path, false).is_some())
    }

    fn by_method(&self, pattern: &str, method: &Method) -> Option<usize> {
        let own = self.row(pattern, method.as_str(), false);
        let get = || (method == Method::HEAD).then(|| self.row(pattern, "GET", false))?;
        let others = || self.row(pattern, "*", false);
        own.or_else(get).or_else(others)
    }

    fn row(&self, path: &str, method: &str, is_fallback: bool) -> Option<usize> {
        let mut rows = self.rows.iter().enumerate().filter(|(_, row)| {
            row.path == path && row.method == method && row.is_fallback == is_fallback
        });
        let (found, _) = rows.next()?;
        assert_eq!(
            rows.next().map(|(_, row)| row),
            None,
            "several rows for one request"
        );
        Some(found)
    }

    /// The path of the rows that fit best.
    fn most_specific(&self, path: &str, fallbacks: bool) -> Option<String> {
        let rows = self.rows.iter().filter(|row| row.is_fallback == fallbacks);
        let fitting = rows.filter_map(|row| {
            let patterns = if fallbacks {
                everything_below(&row.path)
            } else if let Some(mount) = row.path.strip_suffix("/{*}") {
                mounted_at(mount)
            } else {
                vec![row.path.clone()]
            };
            let ranks = patterns.iter().filter_map(|pattern| rank(pattern, path));
            // A target that is not a path, such as the `*` of `OPTIONS *`, goes to the outermost fallback.
            let catch_all = (fallbacks && row.path == "/").then(Vec::new);
            let best = ranks.chain(catch_all).max()?;
            Some((best, row.path.clone()))
        });
        fitting.max().map(|(_, path)| path)
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// A fallback: the path it is nested at, and all below it.
fn everything_below(path: &str) -> Vec<String> {
    let below = format!("{}/{{*rest}}", path.trim_end_matches('/'));
    vec![path.to_owned(), below]
}

/// A mounted service: also the path with nothing behind its slash.
fn mounted_at(mount: &str) -> Vec<String> {
    vec![
        mount.to_owned(),
        format!("{mount}/"),
        format!("{mount}/{{*rest}}"),
    ]
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Rest,
    Parameter,
    Literal,
}

/// How well a pattern fits a path, segment by segment from the left.
fn rank(pattern: &str, path: &str) -> Option<Vec<Segment>> {
    let mut wanted = pattern.split('/');
    let mut given = path.split('/');
    let mut rank = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(rank),
            (Some(rest), Some(first)) if rest.starts_with("{*") => {
                let is_empty = first.is_empty() && given.next().is_none();
                rank.push(Segment::Rest);
                return (!is_empty).then_some(rank);
            }
            (Some(parameter), Some(segment))
                if parameter.starts_with('{') && !parameter.starts_with("{{") =>
            {
                // Empty segments are captured too, except the last one.
                if segment.is_empty() && wanted.clone().next().is_none() {
                    return None;
                }
                rank.push(Segment::Parameter);
            }
            (Some(literal), Some(segment)) if unescaped(literal) == segment => {
                rank.push(Segment::Literal);
            }
            _ => return None,
        }
    }
}

fn unescaped(literal: &str) -> String {
    literal.replace("{{", "{").replace("}}", "}")
}

/// `shop::orders::list` is `list`, and so is `Named<names::list>`.
fn short(handler: &str) -> &str {
    let of_service = handler.split_once("names::").map(|(_, name)| name);
    let last = of_service.or_else(|| handler.rsplit("::").next());
    let last = last.unwrap_or(handler);
    last.split(['>', ',']).next().unwrap_or(last)
}
