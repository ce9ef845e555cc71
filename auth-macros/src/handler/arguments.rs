//! Checks the arguments of a handler against its rule.

use syn::{FnArg, PatType, Type};

use super::{Handler, last_segment};
use crate::{arguments::AuthAttribute, errors::Errors, requirement::Rule, tokens};

/// axum supports handlers with up to 16 arguments, and the guard is one of them.
pub(crate) const MAX_ARGUMENTS: usize = 15;

/// `clippy::too_many_arguments` warns about more arguments than this.
const MAX_ARGUMENTS_OF_CLIPPY: usize = 7;

/// A function with at most this many commas in its arguments stays within the limits of clippy and axum, also with
/// the guard.
pub(super) const COMMAS_WITHIN_LIMITS: usize = MAX_ARGUMENTS_OF_CLIPPY - 2;

/// The extractors that reject anonymous requests, which only `#[require_auth]` excludes.
pub(super) const CALLER_EXTRACTORS: [&str; 4] = ["Identity", "Claims", "BearerToken", CALLER];

/// Always has a type argument. Without one, it is a type of the application.
const CALLER: &str = "Caller";

impl Handler {
    /// The minimum and maximum number of arguments. A `#[cfg]` can remove some.
    fn argument_counts(&self) -> std::ops::RangeInclusive<usize> {
        let all = self.signature.inputs.len();
        let conditional = self
            .signature
            .inputs
            .iter()
            .filter(|argument| {
                let (FnArg::Typed(PatType { attrs, .. })
                | FnArg::Receiver(syn::Receiver { attrs, .. })) = argument;
                attrs
                    .iter()
                    .any(|attribute| attribute.path().is_ident("cfg"))
            })
            .count();
        all - conditional..=all
    }

    /// Whether clippy would warn because of the guard.
    pub(crate) fn crosses_clippys_limit(&self) -> bool {
        self.argument_counts().contains(&MAX_ARGUMENTS_OF_CLIPPY)
    }

    /// The type of an argument that requires the value of a check.
    pub(crate) fn checked_argument(&self) -> Option<&Type> {
        self.signature
            .inputs
            .iter()
            .find_map(|argument| match argument {
                FnArg::Typed(PatType { ty, .. }) => {
                    let is_checked = last_segment(ty).is_some_and(|name| name == "Checked");
                    is_checked.then_some(&**ty)
                }
                FnArg::Receiver(_) => None,
            })
    }

    pub(super) fn report_arguments(&self, rule: &Rule, errors: &Errors) {
        let attribute = rule.attribute.name();
        if *self.argument_counts().start() > MAX_ARGUMENTS
            && let Some(surplus) = self.signature.inputs.iter().nth(MAX_ARGUMENTS)
        {
            errors.over(
                surplus,
                format!(
                    "a handler with `#[{attribute}]` takes at most 15 arguments, because axum supports 16 and the guard is one of them: combine extractors with `#[derive(FromRequestParts)]`"
                ),
            );
        }
        for argument in &self.signature.inputs {
            let FnArg::Typed(PatType { ty, .. }) = argument else {
                continue;
            };
            let Some(extractor) = last_segment(ty) else {
                continue;
            };
            let written = || tokens::spelled(ty);
            let message = match extractor.to_string().as_str() {
                CALLER if !written().contains('<') => continue,
                name if CALLER_EXTRACTORS.contains(&name) => match rule.attribute {
                    AuthAttribute::AllowAnonymous => format!(
                        "callers are not authenticated under `#[allow_anonymous]`: write `#[optional_auth]` and take `Option<{}>`, or write `#[require_auth]`",
                        written()
                    ),
                    AuthAttribute::OptionalAuth => format!(
                        "the caller may be anonymous under `#[optional_auth]`: take `Option<{}>`",
                        written()
                    ),
                    AuthAttribute::RequireAuth | AuthAttribute::Policy | AuthAttribute::Check => {
                        continue;
                    }
                },
                // The check that returns the value may have an error.
                // A policy may have a check that returns the value. The compiler decides: see `assert_value_of_policy`.
                "Checked" if rule.always_checks() || rule.has_policy() || !rule.is_complete => {
                    continue;
                }
                "Checked" if rule.checks_and_policies.is_empty() => format!(
                    "`#[{attribute}]` has no check that returns this value: add `check = ..`, or take another extractor"
                ),
                "Checked" => format!(
                    "the rule can hold without its check: take `Option<{}>`",
                    written()
                ),
                _ => continue,
            };
            errors.over(ty, message);
        }
    }
}
