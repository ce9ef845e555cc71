//! The expansion of an item whose attribute has an error. The item still gets a policy, so that one mistake causes only
//! one error: otherwise the compiler would report a missing policy where the item is used.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{FnArg, PatType, Token, parse_quote_spanned, punctuated::Punctuated};

use super::{Expansion, Target};
use crate::{
    errors::Errors,
    handler::{Handler, MAX_ARGUMENTS},
    policy::PolicyItem,
    requirement::Rule,
};

/// The item with a policy that denies every caller, or the unchanged item if it can't have one. The compiler and the
/// editor still know its names and types. The item never runs, because code with a `compile_error!` is not built.
pub(super) fn item(rule: &Rule, item: TokenStream) -> TokenStream {
    if !rule.runtime_is_known() {
        return item;
    }
    // These errors have been reported already.
    let ignored = Errors::new();
    let handler = Handler::parse_all(rule, item.clone(), &ignored);
    let policy = PolicyItem::parse(rule, item.clone(), &ignored);
    drop(ignored.finish());
    match (handler, policy) {
        // A function without a body is declared in a trait, whose impls would not have the guard.
        (Some(handler), _) if handler.has_body() => {
            let place = handler.signature.ident.span();
            Expansion::new(rule, place).invalid_handler(handler)
        }
        (None, Some(policy)) if !policy.has_other_policy => {
            let expansion = Expansion::new(rule, policy.ident.span());
            [item, expansion.invalid_policy(&Target::of(policy))]
                .into_iter()
                .collect()
        }
        _ => item,
    }
}

impl Expansion<'_> {
    /// The handler with a guard that denies every caller.
    fn invalid_handler(&self, mut handler: Handler) -> TokenStream {
        let span = self.span;
        let inputs = std::mem::take(&mut handler.signature.inputs);
        let (receivers, inputs): (Vec<_>, Vec<_>) = inputs
            .into_iter()
            .partition(|argument| matches!(argument, FnArg::Receiver(_)));
        handler.signature.inputs = self.join_surplus_arguments(inputs);
        if handler.certainly_returns_no_future() {
            handler
                .signature
                .asyncness
                .get_or_insert(Token![async](span));
        }
        // The body may use `self`, which is removed.
        if !receivers.is_empty() {
            handler.body = quote_spanned!(span=> { #![allow(unused)] ::core::unreachable!() });
        }
        handler.rebuild_tokens();

        let runtime = self.runtime(span);
        let guard = quote_spanned!(span=> _: #runtime::Guard<#runtime::__private::InvalidPolicy>,);
        self.with_guard(&handler, guard)
    }

    /// If there are more arguments than axum supports, joins the first ones into a tuple: `(a, b): (A, B)`.
    fn join_surplus_arguments(&self, mut inputs: Vec<FnArg>) -> Punctuated<FnArg, Token![,]> {
        let surplus = inputs.len().saturating_sub(MAX_ARGUMENTS);
        // A pattern can't contain `#[cfg]`.
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

    /// Implements `Policy` for the type, with a rule that denies every caller.
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
                    <#runtime::__private::InvalidPolicy as #policy>::RULE;
                type Checks = ();
            }
        }
    }
}
