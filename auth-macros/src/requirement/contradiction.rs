//! Detects contradictions and repetitions in rules: `all(x, not(x))`, `any(x, not(x))`, `any(x, x)`.

use quote::ToTokens;

use super::{ClaimValue, Kind, Requirement};
use crate::errors::Errors;

/// Checks the whole tree. `repetition_known` is `true` if a repeated key at the top level has been reported already.
pub(super) fn report(requirement: &Requirement, repetition_known: bool, errors: &Errors) {
    let mut parts = Vec::new();
    let contradiction = match &requirement.kind {
        Kind::All(of) => {
            flatten(of, in_all, &mut parts);
            "this rule denies every caller, because it contains a rule and its negation: remove one of them, or write `any(..)`"
        }
        Kind::Any(of) => {
            flatten(of, in_any, &mut parts);
            "this rule has no effect, because it contains a rule and its negation: remove one of them, or write `#[require_auth]` to allow every authenticated caller"
        }
        Kind::Not(of) => return report(of, false, errors),
        Kind::Authenticated
        | Kind::Scope(_)
        | Kind::Role(_)
        | Kind::Claim { .. }
        | Kind::Check { .. }
        | Kind::NamedCheck { .. }
        | Kind::Policy { .. } => return,
    };
    report_parts(&parts, contradiction, repetition_known, errors);
    for part in parts {
        report(part, false, errors);
    }
}

fn in_all(kind: &Kind) -> Option<&[Requirement]> {
    match kind {
        Kind::All(of) => Some(of),
        _ => None,
    }
}

fn in_any(kind: &Kind) -> Option<&[Requirement]> {
    match kind {
        Kind::Any(of) => Some(of),
        _ => None,
    }
}

fn flatten<'rule>(
    of: &'rule [Requirement],
    nested: fn(&Kind) -> Option<&[Requirement]>,
    parts: &mut Vec<&'rule Requirement>,
) {
    for part in of {
        match nested(&part.kind) {
            Some(inner) => flatten(inner, nested, parts),
            None => parts.push(part),
        }
    }
}

fn report_parts(
    parts: &[&Requirement],
    contradiction: &str,
    repetition_known: bool,
    errors: &Errors,
) {
    let rules: Vec<Option<NormalizedRule>> =
        parts.iter().map(|part| NormalizedRule::of(part)).collect();
    for (position, (part, rule)) in parts.iter().zip(&rules).enumerate() {
        let Some(rule) = rule else { continue };
        let twin = rules
            .iter()
            .take(position)
            .flatten()
            .find(|earlier| earlier.rule == rule.rule);
        match twin {
            Some(twin) if twin.negated != rule.negated => {
                errors.at(part.span, contradiction);
            }
            Some(_) if !repetition_known => {
                errors.at(part.span, "this rule appears twice: remove one");
            }
            _ => {}
        }
    }
}

/// One part of an `any` or `all`: a rule, or the negation of a rule.
struct NormalizedRule {
    rule: String,
    negated: bool,
}

impl NormalizedRule {
    /// `None` for a rule that can't be compared: a closure.
    fn of(requirement: &Requirement) -> Option<Self> {
        if let Kind::Not(of) = &requirement.kind {
            let inner = Self::of(of)?;
            return Some(Self {
                negated: !inner.negated,
                ..inner
            });
        }
        Some(Self {
            rule: spelled(requirement)?,
            negated: false,
        })
    }
}

fn spelled(requirement: &Requirement) -> Option<String> {
    Some(match &requirement.kind {
        Kind::Scope(name) => format!("scope {}", name.spelled()),
        Kind::Role(name) => format!("role {}", name.spelled()),
        Kind::Claim { name, value } => {
            format!("claim {:?} {}", name.value(), value.spelled())
        }
        Kind::NamedCheck { name, .. } => format!("check {}", name.to_token_stream()),
        Kind::Policy { policy, .. } => format!("policy {}", policy.to_token_stream()),
        Kind::Any(of) => format!("any({})", all_spelled(of)?),
        Kind::All(of) => format!("all({})", all_spelled(of)?),
        Kind::Not(of) => format!("not({})", spelled(of)?),
        Kind::Authenticated | Kind::Check { .. } => return None,
    })
}

fn all_spelled(of: &[Requirement]) -> Option<String> {
    let spelled: Option<Vec<String>> = of.iter().map(spelled).collect();
    Some(spelled?.join(", "))
}

impl ClaimValue {
    fn spelled(&self) -> String {
        match self {
            Self::Boolean(literal) => literal.value.to_string(),
            Self::Integer { negative, literal } => {
                let sign = if *negative { "-" } else { "" };
                format!("{sign}{}", literal.base10_digits())
            }
            Self::Text(literal) => format!("{:?}", literal.value()),
        }
    }
}
