//! Generates the numbers of the checks and policies in a rule, and the type that runs the checks.

use proc_macro2::{Delimiter, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{TypePath, spanned::Spanned};

use super::{Expansion, append_group, located_at};
use crate::{arguments::AuthAttribute, requirement::CheckOrPolicy};

/// `ChecksOf<Self>`, or `()` for a rule without checks. Most rules have none.
pub(super) struct ChecksType<'a>(pub(super) &'a Expansion<'a>);

impl ToTokens for ChecksType<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let expansion = self.0;
        if expansion.rule.checks_and_policies.is_empty() {
            append_group(
                Delimiter::Parenthesis,
                TokenStream::new(),
                expansion.span,
                tokens,
            );
        } else {
            expansion.checks_type().to_tokens(tokens);
        }
    }
}

impl Expansion<'_> {
    /// The type that runs the checks of a rule with checks or policies.
    fn checks_type(&self) -> TokenStream {
        let span = self.span;
        let runtime = self.runtime(span);
        // Only a policy is used where a check is not allowed.
        if self.rule.attribute == AuthAttribute::Policy && !self.rule.has_own_check() {
            return quote_spanned! {span=>
                <#runtime::__private::Choice<
                    { #runtime::__private::has_check(<Self as #runtime::Policy>::RULE) }
                > as #runtime::__private::Choose<Self>>::Checks
            };
        }
        quote_spanned!(span=> #runtime::__private::ChecksOf<Self>)
    }

    /// The number of the check or policy at `place`. How many checks a policy has is known to the compiler only.
    pub(super) fn number_of(&self, place: usize) -> TokenStream {
        let before = self
            .rule
            .checks_and_policies
            .get(..place)
            .unwrap_or_default();
        let policies: Vec<&TypePath> = before
            .iter()
            .filter_map(|check| match check {
                CheckOrPolicy::Policy(policy) => Some(policy),
                CheckOrPolicy::Closure(_) | CheckOrPolicy::Named(_) => None,
            })
            .collect();
        let count = Literal::usize_unsuffixed(before.len() - policies.len());
        policies.into_iter().fold(quote!(#count), |number, policy| {
            let span = located_at(policy.span());
            let runtime = self.runtime(span);
            // The same call as in the rule, so that the compiler reports a type that is no policy only once.
            quote_spanned! {span=>
                #runtime::__private::number_after_policy(#number, #runtime::__private::leaf::<#policy>())
            }
        })
    }
}
