//! What becomes of an item whose attribute has an error. It has a policy all the same, so that the
//! compiler does not ask for the attribute where the item is used: one mistake is one error.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{FnArg, PatType, Token, parse_quote_spanned, punctuated::Punctuated};

use super::{Expansion, Target};
use crate::{
    errors::Errors,
    handler::{ARGUMENTS_LEFT, Handler},
    policy::PolicyItem,
    requirement::Rule,
};

/// The item with a policy that lets nobody in, or else as it was: names and types stay known to the
/// compiler and the editor. It can't be served, because nothing that holds a `compile_error!` is ever
/// built.
pub(super) fn item(rule: &Rule, item: TokenStream) -> TokenStream {
    if !rule.runtime_is_known() {
        return item;
    }
    // What is wrong has been reported.
    let ignored = Errors::new();
    let handler = Handler::parse(rule, item.clone(), &ignored);
    let policy = PolicyItem::parse(rule, item.clone(), &ignored);
    drop(ignored.finish());
    match (handler, policy) {
        // Without a body it is what a trait declares, and a guard would be missing in the impls.
        (Some(handler), _) if handler.has_body() => {
            let place = handler.signature.ident.span();
            Expansion::new(rule, place).invalid_handler(handler)
        }
        (None, Some(policy)) if !policy.is_policy_already => {
            let expansion = Expansion::new(rule, policy.ident.span());
            [item, expansion.invalid_policy(&Target::of(policy))]
                .into_iter()
                .collect()
        }
        _ => item,
    }
}

impl Expansion<'_> {
    /// The handler with the guard of such a policy.
    fn invalid_handler(&self, mut handler: Handler) -> TokenStream {
        let span = self.span;
        let inputs = std::mem::take(&mut handler.signature.inputs);
        let (receivers, inputs): (Vec<_>, Vec<_>) = inputs
            .into_iter()
            .partition(|argument| matches!(argument, FnArg::Receiver(_)));
        handler.signature.inputs = self.at_most_what_axum_takes(inputs);
        if handler.answers_at_once() {
            handler
                .signature
                .asyncness
                .get_or_insert(Token![async](span));
        }
        // A body that speaks of `self` means nothing without it.
        if !receivers.is_empty() {
            handler.body = quote_spanned!(span=> { #![allow(unused)] ::core::unreachable!() });
        }

        let runtime = self.runtime(span);
        let guard = quote_spanned!(span=> #runtime::Guard<#runtime::__private::Invalid>);
        self.with_guard(&handler, &guard, span)
    }

    /// The first of too many arguments as one, `(a, b): (A, B)`.
    fn at_most_what_axum_takes(&self, mut inputs: Vec<FnArg>) -> Punctuated<FnArg, Token![,]> {
        let surplus = inputs.len().saturating_sub(ARGUMENTS_LEFT);
        // A `#[cfg]` can't stand inside a pattern.
        let can_be_joined = |argument: &FnArg| matches!(argument, FnArg::Typed(PatType { attrs, .. }) if attrs.is_empty());
        if surplus > 0 && inputs.iter().all(can_be_joined) {
            let joined = inputs.drain(..=surplus);
            let (patterns, types): (Vec<_>, Vec<_>) = joined
                .filter_map(|argument| match argument {
                    FnArg::Typed(argument) => Some((argument.pat, argument.ty)),
                    FnArg::Receiver(_) => None,
                })
                .unzip();
            let joined = parse_quote_spanned! {self.span=>
                (#(#patterns,)*): (#(#types,)*)
            };
            inputs.insert(0, joined);
        }
        inputs.into_iter().collect()
    }

    /// The type as such a policy.
    fn invalid_policy(&self, target: &Target) -> TokenStream {
        let Target {
            ident,
            generics,
            conditions,
        } = target;
        let runtime = self.runtime(self.span);
        let policy = quote!(#runtime::Policy);
        let (parameters, arguments, where_clause) = generics.split_for_impl();
        quote_spanned! {self.span=>
            #(#conditions)*
            impl #parameters #policy for #ident #arguments #where_clause {
                const RULE: &'static #runtime::__private::Rule =
                    <#runtime::__private::Invalid as #policy>::RULE;
            }
        }
    }
}
