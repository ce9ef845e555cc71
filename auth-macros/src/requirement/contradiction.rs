//! Rules that can't mean what they say: `all(x, not(x))`, `any(x, not(x))`, `any(x, x)`.

use quote::ToTokens;

use super::{ClaimValue, Kind, Requirement};
use crate::errors::Errors;

/// Looks at the whole tree. `repetition_known`: that a key stands twice at the top level has been
/// said already.
pub(super) fn report(requirement: &Requirement, repetition_known: bool, errors: &Errors) {
    let mut parts = Vec::new();
    let opposite = match &requirement.kind {
        Kind::All(of) => {
            flatten(of, in_all, &mut parts);
            "this rule lets nobody in, because it asks for something and for its opposite: drop one of them, or write `any(..)`"
        }
        Kind::Any(of) => {
            flatten(of, in_any, &mut parts);
            "this rule is about nothing, because one of the two always holds: write `#[require_auth]` for any authenticated caller, or `all(..)`"
        }
        Kind::Not(of) => return report(of, false, errors),
        Kind::Authenticated
        | Kind::Scope(_)
        | Kind::Role(_)
        | Kind::Claim { .. }
        | Kind::Check { .. }
        | Kind::Policy(_) => return,
    };
    report_parts(&parts, opposite, repetition_known, errors);
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

fn report_parts(parts: &[&Requirement], opposite: &str, repetition_known: bool, errors: &Errors) {
    let sayings: Vec<Option<Saying>> = parts.iter().map(|part| Saying::of(part)).collect();
    for (position, (part, saying)) in parts.iter().zip(&sayings).enumerate() {
        let Some(saying) = saying else { continue };
        let twin = sayings
            .iter()
            .take(position)
            .flatten()
            .find(|earlier| earlier.what == saying.what);
        match twin {
            Some(twin) if twin.denied != saying.denied => errors.at(part.span, opposite),
            Some(_) if !repetition_known => {
                errors.at(part.span, "this stands here twice: remove one");
            }
            _ => {}
        }
    }
}

/// One part of an `any` or `all`, in a form that can be compared.
struct Saying {
    what: String,
    denied: bool,
}

impl Saying {
    /// `None` for what is never the same as something else, such as a check.
    fn of(requirement: &Requirement) -> Option<Self> {
        if let Kind::Not(of) = &requirement.kind {
            let inner = Self::of(of)?;
            return Some(Self {
                denied: !inner.denied,
                ..inner
            });
        }
        Some(Self {
            what: spelled(requirement)?,
            denied: false,
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
        Kind::Policy(policy) => format!("policy {}", policy.to_token_stream()),
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
