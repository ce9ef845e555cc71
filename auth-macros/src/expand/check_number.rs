//! Generates the numbers of the checks and policies in a rule, and the type that runs the checks.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::{TypePath, spanned::Spanned};

use super::{Expansion, located_at};
use crate::{arguments::AuthAttribute, requirement::ListedCheck};

impl Expansion<'_> {
    /// `NoChecks`, or `ChecksOf<Self>`.
    pub(super) fn checks_type(&self) -> TokenStream {
        let span = self.span;
        let runtime = self.runtime(span);
        if self.rule.checks.is_empty() {
            return quote_spanned!(span=> #runtime::__private::NoChecks);
        }
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
        let before = self.rule.checks.get(..place).unwrap_or_default();
        let policies: Vec<&TypePath> = before
            .iter()
            .filter_map(|check| match check {
                ListedCheck::Policy(policy) => Some(policy),
                ListedCheck::Closure(_) | ListedCheck::Named(_) => None,
            })
            .collect();
        let count = Literal::usize_unsuffixed(before.len() - policies.len());
        policies.into_iter().fold(quote!(#count), |number, policy| {
            let span = located_at(policy.span());
            let runtime = self.runtime(span);
            // The same call as in the rule, so that the compiler reports a type that is no policy only once.
            quote_spanned! {span=>
                #runtime::__private::after(#number, #runtime::__private::leaf::<#policy>())
            }
        })
    }
}
