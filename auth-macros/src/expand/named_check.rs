//! Generates the type with the name of a function with `#[check]`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    GenericParam, Generics, LitStr, ReturnType, ext::IdentExt, parse_quote_spanned,
    spanned::Spanned,
};

use super::{Expansion, Target, conditions, located_at};
use crate::{
    errors::Errors,
    named_check::{CheckArguments, CheckFunction},
};

/// Input:
/// ```text
/// #[check("owns the order")]
/// async fn owns_order(caller: Identity, Path(id): Path<OrderId>) -> Result<bool, CheckError> { .. }
/// ```
/// Output: the function, and a type with its name, so that one `use` imports both.
/// ```text
/// async fn owns_order(caller: Identity, Path(id): Path<OrderId>) -> Result<bool, CheckError> { .. }
/// enum owns_order {}
/// impl NamedCheck for owns_order { const DESCRIPTION: &'static str = "owns the order"; }
/// impl<S> Check<S> for owns_order where Identity: FromRequestParts<S>, .. { .. }
/// ```
pub(crate) fn named_check(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let errors = Errors::new();
    let CheckArguments { description, rule } = CheckArguments::parse(arguments, &errors);
    let function = CheckFunction::parse(&rule, item.clone(), &errors);
    let report = errors.finish().err();
    let generated = function
        .filter(|function| function.can_have_type && rule.runtime_is_known())
        .map(|function| {
            let expansion = Expansion::new(&rule, function.ident().span());
            expansion.check_type(&function, description.as_ref(), report.is_none())
        });
    [
        item,
        generated.unwrap_or_default(),
        report.unwrap_or_default(),
    ]
    .into_iter()
    .collect()
}

impl Expansion<'_> {
    /// The type and its impls. If the function is not valid, the check can't run, but its uses cause no other errors.
    fn check_type(
        &self,
        function: &CheckFunction,
        description: Option<&LitStr>,
        is_valid: bool,
    ) -> TokenStream {
        let mut ident = function.ident().clone();
        ident.set_span(self.span);
        let target = Target {
            ident,
            generics: without_lifetimes(&function.signature.generics),
            conditions: conditions(&function.attributes),
        };
        let Target {
            ident,
            generics,
            conditions,
        } = &target;
        let runtime = self.runtime(self.span);
        let visibility = &function.visibility;
        let (parameters, arguments, where_clause) = generics.split_for_impl();
        let types = generics.type_params().map(|parameter| &parameter.ident);
        // A type parameter that no variant has would be an error.
        let variant = generics.type_params().next().map(|_| {
            quote_spanned! {self.span=>
                Never(::core::convert::Infallible, ::core::marker::PhantomData<fn() -> (#(#types,)*)>)
            }
        });
        let description = description.map_or_else(
            || function.ident().unraw().to_string().to_token_stream(),
            ToTokens::to_token_stream,
        );
        let mut static_generics = generics.clone();
        if generics.type_params().next().is_some() {
            static_generics
                .make_where_clause()
                .predicates
                .push(parse_quote_spanned!(self.span=> Self: 'static));
        }
        let static_where = &static_generics.where_clause;
        let check = self.impl_named_check(&target, function, is_valid);
        quote_spanned! {self.span=>
            #(#conditions)*
            #[doc(hidden)]
            #[allow(dead_code, non_camel_case_types, reason = "it has the name of the function")]
            #visibility enum #ident #parameters #where_clause { #variant }
            #(#conditions)*
            impl #parameters #runtime::__private::NamedCheck for #ident #arguments #static_where {
                const DESCRIPTION: &'static ::core::primitive::str = #description;
            }
            #check
        }
    }

    fn impl_named_check(
        &self,
        target: &Target,
        function: &CheckFunction,
        is_valid: bool,
    ) -> TokenStream {
        let runtime = self.runtime(self.span);
        let state = self.state();
        let extractors: Vec<_> = function.extractors().filter(|_| is_valid).collect();
        let bounds = self.extractor_bounds(extractors.iter().copied());
        let names: Vec<Ident> = self.argument_names(extractors.len());
        let extractions = names
            .iter()
            .zip(&extractors)
            .map(|(name, extractor)| self.extraction(name, extractor));
        let body = if is_valid {
            let call = self.call(function, &target.generics, &names);
            quote_spanned!(self.span=> #(#extractions)* #call)
        } else {
            quote_spanned!(self.span=> #runtime::__private::unknown_check(0))
        };
        let unused =
            |name: &str| Ident::new(if extractors.is_empty() { "_" } else { name }, self.span);
        let (parts_name, state_name) = (unused("parts"), unused("state"));
        let method = quote_spanned! {self.span=>
            async fn check(
                _: usize,
                _: usize,
                #parts_name: &mut #runtime::__private::Parts,
                #state_name: &#state,
            ) -> #runtime::__private::Outcome {
                #body
            }
        };
        self.impl_check(target, bounds, &method)
    }

    /// The call of the function. It has the span of the return type, where an error about this type points.
    fn call(&self, function: &CheckFunction, generics: &Generics, names: &[Ident]) -> TokenStream {
        let place = match &function.signature.output {
            ReturnType::Type(_, returned) => returned.span(),
            ReturnType::Default => function.ident().span(),
        };
        let span = located_at(place);
        let runtime = self.runtime(span);
        let ident = function.ident();
        let (_, arguments, _) = generics.split_for_impl();
        let turbofish = arguments.as_turbofish();
        let mut called = quote!(#ident #turbofish (#(#names),*));
        if function.signature.asyncness.is_none() {
            called = quote_spanned!(span=> ::core::future::ready(#called));
        }
        quote_spanned!(span=> #runtime::__private::conclude(#called).await)
    }
}

/// Lifetimes have been reported.
fn without_lifetimes(generics: &Generics) -> Generics {
    let mut kept = generics.clone();
    kept.params = generics
        .params
        .iter()
        .filter(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
        .cloned()
        .collect();
    kept
}
