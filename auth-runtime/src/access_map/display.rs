//! A rule in the words of the attribute that declared it.

use std::fmt::{self, Display, Formatter, Write};

use super::route::{AccessRoute, RouteKind};
use crate::policy::{Access, ClaimValue, Hide, Requirement, Rule};
use crate::scheme::Scheme;

/// All rules of a route: `scope = "orders:read"; and policy = Staff: role = "staff"`. One line,
/// whatever the texts in it hold.
pub(super) struct RouteWords<'a>(pub(super) &'a AccessRoute);

impl Display for RouteWords<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let route = self.0;
        let mut separate = Separator::new("; and ");
        if route.rules.is_empty() || route.unguarded.is_some() {
            separate.before_next(formatter)?;
            formatter.write_str("UNGUARDED: ")?;
            printable(formatter, route.unguarded.unwrap_or("no reason given"))?;
        }
        for rule in &route.rules {
            separate.before_next(formatter)?;
            if rule.access == Access::Required && !is_own(rule, route.handler) {
                write!(formatter, "policy = {}: ", short(rule.name))?;
                rule_as_one(formatter, rule)?;
            } else {
                parts(formatter, rule)?;
            }
        }
        Ok(())
    }
}

/// Whether the attribute on the handler declared the rule; otherwise the rule has a name that
/// says something. A function in a function has the outer one in its path, but not in its rule's.
fn is_own(rule: &Rule, handler: &str) -> bool {
    let handler = handler.split('<').next().unwrap_or(handler);
    match rule.name.rsplit_once("::") {
        Some((module, name)) => {
            short(handler) == name
                && handler
                    .strip_prefix(module)
                    .is_some_and(|rest| rest.starts_with("::"))
        }
        None => handler == rule.name,
    }
}

/// What a row says of its path beyond it: a fallback has one that it does not answer alone.
pub(super) const fn place_note(route: &AccessRoute) -> &'static str {
    match route.kind {
        RouteKind::Fallback => " (fallback)",
        RouteKind::MethodNotAllowed => " (no such method)",
        RouteKind::Method(_) | RouteKind::OtherMethods => "",
    }
}

/// The last segment of a path.
pub(super) fn short(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// Displays a rule as it is written between the parentheses of its attribute.
pub(crate) struct RuleWords<'a>(pub(crate) &'a Rule);

impl Display for RuleWords<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        parts(formatter, self.0)
    }
}

/// What the attribute says, between its parentheses.
fn parts(formatter: &mut Formatter<'_>, rule: &Rule) -> fmt::Result {
    let mut separate = Separator::new(", ");
    separate.before_next(formatter)?;
    match (&rule.access, &rule.requirement) {
        (Access::Anonymous { reason }, _) => {
            formatter.write_str("anybody: ")?;
            return printable(formatter, reason);
        }
        (Access::Optional, _) => formatter.write_str("a caller or nobody")?,
        (Access::Required, Requirement::All { of }) if !of.is_empty() => list(formatter, of)?,
        (Access::Required, requirement) => term(formatter, requirement)?,
    }
    if !rule.schemes.is_empty() {
        separate.before_next(formatter)?;
        formatter.write_str("scheme = ")?;
        one_or_several(formatter, rule.schemes, |formatter, scheme| {
            scheme_name(formatter, *scheme)
        })?;
    }
    if !rule.acr.is_empty() {
        separate.before_next(formatter)?;
        formatter.write_str("acr = ")?;
        one_or_several(formatter, rule.acr, |formatter, class| {
            write!(formatter, "{class:?}")
        })?;
    }
    if let Some(seconds) = rule.max_age {
        separate.before_next(formatter)?;
        write!(formatter, "max_age = \"{}\"", Age(seconds))?;
    }
    match rule.hide {
        Hide::Never => Ok(()),
        Hide::Forbidden => {
            separate.before_next(formatter)?;
            formatter.write_str("hide")
        }
        Hide::Always => {
            separate.before_next(formatter)?;
            formatter.write_str("hide = \"always\"")
        }
    }
}

/// The same as one term, so that what follows a policy's name ends where it seems to.
fn rule_as_one(formatter: &mut Formatter<'_>, rule: &Rule) -> fmt::Result {
    let settings = !rule.schemes.is_empty()
        || !rule.acr.is_empty()
        || rule.max_age.is_some()
        || rule.hide != Hide::Never;
    let several = settings
        || matches!(
            (&rule.access, &rule.requirement),
            (Access::Required, Requirement::All { .. })
        );
    if several {
        formatter.write_str("all(")?;
    }
    parts(formatter, rule)?;
    if several {
        formatter.write_char(')')?;
    }
    Ok(())
}

fn term(formatter: &mut Formatter<'_>, requirement: &Requirement) -> fmt::Result {
    match requirement {
        Requirement::Authenticated => formatter.write_str("any caller"),
        Requirement::Scope { scope } => write!(formatter, "scope = {:?}", scope.as_str()),
        Requirement::Role { role } => write!(formatter, "role = {:?}", role.as_str()),
        Requirement::Claim { name, value } => {
            write!(formatter, "claim({name:?} = ")?;
            match value {
                ClaimValue::Boolean { value } => write!(formatter, "{value})"),
                ClaimValue::Integer { value } => write!(formatter, "{value})"),
                ClaimValue::Text { value } => write!(formatter, "{value:?})"),
            }
        }
        Requirement::Any { of } => {
            formatter.write_str("any(")?;
            list(formatter, of)?;
            formatter.write_char(')')
        }
        Requirement::All { of } => {
            formatter.write_str("all(")?;
            list(formatter, of)?;
            formatter.write_char(')')
        }
        Requirement::Not { requirement } => {
            formatter.write_str("not(")?;
            term(formatter, requirement)?;
            formatter.write_char(')')
        }
        Requirement::Check {
            description: Some(description),
            ..
        } => write!(formatter, "check({description:?})"),
        Requirement::Check { index, .. } => write!(formatter, "check({})", check_number(*index)),
        Requirement::Policy { rule } => {
            write!(formatter, "policy = {}: ", short(rule.name))?;
            rule_as_one(formatter, rule)
        }
    }
}

fn list(formatter: &mut Formatter<'_>, of: &[Requirement]) -> fmt::Result {
    let mut separate = Separator::new(", ");
    of.iter().try_for_each(|requirement| {
        separate.before_next(formatter)?;
        term(formatter, requirement)
    })
}

/// People count from one.
pub(super) const fn check_number(index: usize) -> usize {
    index.saturating_add(1)
}

fn one_or_several<T>(
    formatter: &mut Formatter<'_>,
    items: &[T],
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    if let [only] = items {
        return write(formatter, only);
    }
    formatter.write_char('[')?;
    let mut separate = Separator::new(", ");
    for item in items {
        separate.before_next(formatter)?;
        write(formatter, item)?;
    }
    formatter.write_char(']')
}

/// A text for the kinds that have one, and a constant's for one's own.
fn scheme_name(formatter: &mut Formatter<'_>, scheme: Scheme) -> fmt::Result {
    match scheme.built_in_name() {
        Some(name) => write!(formatter, "{name:?}"),
        None => formatter.write_str(scheme.as_str()),
    }
}

/// Seconds in the greatest unit that needs no fraction.
struct Age(u64);

impl Display for Age {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let seconds = self.0;
        let (unit, name) = [(86_400, 'd'), (3_600, 'h'), (60, 'm')]
            .into_iter()
            .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit))
            .unwrap_or((1, 's'));
        write!(formatter, "{}{name}", seconds / unit)
    }
}

/// Text that is not quoted: what would break the line, or turn it around, is escaped as in Rust.
pub(super) fn printable(out: &mut impl Write, text: &str) -> fmt::Result {
    text.chars().try_for_each(|character| match character {
        '"' | '\'' | '\\' => out.write_char(character),
        other => write!(out, "{}", other.escape_debug()),
    })
}

/// The same as a value.
pub(super) struct Printable<'a>(pub(super) &'a str);

impl Display for Printable<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        printable(formatter, self.0)
    }
}

/// Writes what stands between the items of a list.
pub(super) struct Separator {
    between: &'static str,
    first: bool,
}

impl Separator {
    pub(super) const fn new(between: &'static str) -> Self {
        Self {
            between,
            first: true,
        }
    }

    pub(super) fn before_next(&mut self, out: &mut impl Write) -> fmt::Result {
        if !std::mem::take(&mut self.first) {
            out.write_str(self.between)?;
        }
        Ok(())
    }
}

impl AccessRoute {
    /// What a request has to meet, in the words of the attribute, as the map has it as text:
    /// `scope = "orders:read", role = "admin"`. Several rules are separated by `; and`, and where
    /// nothing guards the route it begins with `UNGUARDED: `.
    #[must_use]
    pub fn rule(&self) -> String {
        RouteWords(self).to_string()
    }
}
