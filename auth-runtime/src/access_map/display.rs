//! Displays a rule in the syntax of the attribute that declared it.

use std::fmt::{self, Display, Formatter, Write};

use super::route::{AccessRoute, RouteKind};
use crate::policy::{Access, ClaimValue, Hide, Requirement, Rule};
use crate::scheme::Scheme;

/// All rules of a route: `scope = "orders:read"; and policy = Staff: role = "staff"`. Always one
/// line, because line breaks in texts are escaped.
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
                write!(formatter, "policy = {}: ", last_segment(rule.name))?;
                rule_as_one(formatter, rule)?;
            } else {
                parts(formatter, rule)?;
            }
        }
        Ok(())
    }
}

/// Whether the attribute on the handler declared the rule. If not, the name of the rule is displayed.
/// The path of a function inside a function contains the outer one, the name of its rule does not.
fn is_own(rule: &Rule, handler: &str) -> bool {
    let handler = handler.split('<').next().unwrap_or(handler);
    match rule.name.rsplit_once("::") {
        Some((module, name)) => {
            last_segment(handler) == name
                && handler
                    .strip_prefix(module)
                    .is_some_and(|rest| rest.starts_with("::"))
        }
        None => handler == rule.name,
    }
}

/// What a rendering adds to the path of a row that answers more, or less, than this path.
pub(super) const fn place_note(route: &AccessRoute) -> &'static str {
    match route.kind {
        RouteKind::Fallback => " (fallback)",
        RouteKind::MethodNotAllowed => " (no such method)",
        RouteKind::Method(_) | RouteKind::OtherMethods => "",
    }
}

/// The last segment of a path.
pub(super) fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// Displays a rule as it is written between the parentheses of its attribute.
pub(crate) struct RuleWords<'a>(pub(crate) &'a Rule);

impl Display for RuleWords<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        parts(formatter, self.0)
    }
}

/// The text between the parentheses of the attribute.
fn parts(formatter: &mut Formatter<'_>, rule: &Rule) -> fmt::Result {
    let mut separate = Separator::new(", ");
    separate.before_next(formatter)?;
    match (&rule.access, &rule.requirement) {
        (Access::Anonymous { reason }, _) => {
            formatter.write_str("anonymous: ")?;
            return printable(formatter, reason);
        }
        (Access::Optional, _) => formatter.write_str("optional")?,
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

/// The same as one term: in `all(..)` if there are several parts.
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
        Requirement::Check { number, .. } => write!(formatter, "check({})", check_number(*number)),
        Requirement::Policy { rule, .. } => {
            write!(formatter, "policy = {}: ", last_segment(rule.name))?;
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

/// Readers count from one.
pub(super) const fn check_number(number: usize) -> usize {
    number.saturating_add(1)
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

/// In quotes if the kind is built in, as in the attribute.
fn scheme_name(formatter: &mut Formatter<'_>, scheme: Scheme) -> fmt::Result {
    match scheme.built_in_name() {
        Some(name) => write!(formatter, "{name:?}"),
        None => formatter.write_str(scheme.as_str()),
    }
}

/// Seconds in the largest unit that needs no fraction.
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

/// Text without quotes. Characters that break a line or change its direction are escaped as in Rust.
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

/// Writes the separator between the items of a list.
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
    /// The rule in the syntax of the attribute, as the text of the map shows it:
    /// `scope = "orders:read", role = "admin"`. Several rules are separated by `; and`. The rule of
    /// an unguarded route begins with `UNGUARDED: `, of one for anonymous callers with
    /// `anonymous: `, each with the reason; if credentials are optional it is `optional`.
    #[must_use]
    pub fn rule(&self) -> String {
        RouteWords(self).to_string()
    }
}
