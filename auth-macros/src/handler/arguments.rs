//! What the handler takes, held against what its rule can give.

use quote::ToTokens;
use syn::{FnArg, PatType};

use super::{Handler, last_segment};
use crate::{arguments::AuthAttribute, errors::Errors, requirement::Rule};

/// axum implements its handler trait for up to 16 arguments, and one of them is ours.
pub(crate) const ARGUMENTS_LEFT: usize = 15;

/// `clippy::too_many_arguments` starts to complain above this many.
const ARGUMENTS_CLIPPY_LIKES: usize = 7;

impl Handler {
    /// How many arguments there are at least and at most: a `#[cfg]` can remove some.
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

    /// Whether ours is the argument that brings clippy up.
    pub(crate) fn crosses_clippys_limit(&self) -> bool {
        self.argument_counts().contains(&ARGUMENTS_CLIPPY_LIKES)
    }

    pub(super) fn report_arguments(&self, rule: &Rule, errors: &Errors) {
        let attribute = rule.attribute.name();
        if *self.argument_counts().start() > ARGUMENTS_LEFT
            && let Some(surplus) = self.signature.inputs.iter().nth(ARGUMENTS_LEFT)
        {
            errors.over(
                surplus,
                format!(
                    "`#[{attribute}]` uses one of axum's 16 arguments: put some of the other extractors into one with `#[derive(FromRequestParts)]`"
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
            let written = || ty.to_token_stream().to_string().replace(' ', "");
            let message = match extractor.to_string().as_str() {
                "Identity" | "Claims" | "BearerToken" => match rule.attribute {
                    AuthAttribute::AllowAnonymous => format!(
                        "nobody is identified under `#[allow_anonymous]`: write `#[optional_auth]` and take `Option<{}>`, or `#[require_auth]`",
                        written()
                    ),
                    AuthAttribute::OptionalAuth => format!(
                        "the caller may be anonymous under `#[optional_auth]`: take `Option<{}>`",
                        written()
                    ),
                    AuthAttribute::RequireAuth | AuthAttribute::Policy => continue,
                },
                // The check that loads the value may have an error.
                "Checked" if rule.always_checks() || !rule.is_complete => continue,
                "Checked" if rule.checks.is_empty() => format!(
                    "no check of `#[{attribute}]` loads this: add `check = |..| ..` to the rule, or take what loads it by itself"
                ),
                "Checked" => format!(
                    "the rule can be satisfied before its check has run: take `Option<{}>`",
                    written()
                ),
                _ => continue,
            };
            errors.over(ty, message);
        }
    }
}
