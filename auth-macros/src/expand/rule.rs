//! Generates the rule as a `const`, which the runtime evaluates.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote_spanned;
use syn::{ExprPath, Token, spanned::Spanned};

use super::{Expansion, located_at};
use crate::{
    arguments::AuthAttribute,
    requirement::{ClaimValue, Hide, Kind, Name, Requirement},
};

impl Expansion<'_> {
    /// `&Rule { requirement: .., ..Rule::required(name) }`, with only the fields that differ from the default.
    pub(super) fn rule(&self, name: &str) -> TokenStream {
        let span = self.span;
        let runtime = self.runtime(span);
        let (constructor, reason) = match (self.rule.attribute, &self.rule.settings.reason) {
            (AuthAttribute::AllowAnonymous, Some(reason)) => ("anonymous", Some(reason)),
            (AuthAttribute::OptionalAuth, _) => ("optional", None),
            _ => ("required", None),
        };
        let constructor = Ident::new(constructor, span);
        let reason = reason.into_iter();
        let fields = self.fields();
        if fields.is_empty() {
            return quote_spanned! {span=>
                &#runtime::__private::Rule::#constructor(
                    ::core::concat!(::core::module_path!(), "::", #name) #(, #reason)*
                )
            };
        }
        quote_spanned! {span=>
            &#runtime::__private::Rule {
                #(#fields,)*
                ..#runtime::__private::Rule::#constructor(
                    ::core::concat!(::core::module_path!(), "::", #name) #(, #reason)*
                )
            }
        }
    }

    fn fields(&self) -> Vec<TokenStream> {
        let settings = &self.rule.settings;
        let mut fields = Vec::new();
        if !matches!(self.rule.requirement.kind, Kind::Authenticated) {
            let requirement = self.requirement(&self.rule.requirement);
            fields.push(quote_spanned!(self.span=> requirement: #requirement));
        }
        if !settings.schemes.is_empty() {
            let schemes = settings.schemes.iter().map(|name| self.scheme(name));
            fields.push(quote_spanned!(self.span=> schemes: &[#(#schemes),*]));
        }
        if !settings.acr.is_empty() {
            let acr = &settings.acr;
            fields.push(quote_spanned!(self.span=> acr: &[#(#acr),*]));
        }
        if let Some(age) = &settings.max_age {
            let span = located_at(age.span);
            let mut count = Literal::u64_unsuffixed(age.count);
            count.set_span(span);
            fields.push(quote_spanned!(span=> max_age: ::core::option::Option::Some(#count)));
        }
        if let Some(hide) = &settings.hide {
            let (place, variant) = match hide {
                Hide::Forbidden(place) => (*place, "Forbidden"),
                Hide::Always(place) => (*place, "Always"),
            };
            let span = located_at(place);
            let runtime = self.runtime(span);
            let variant = Ident::new(variant, span);
            fields.push(quote_spanned!(span=> hide: #runtime::__private::Hide::#variant));
        }
        fields
    }

    fn requirement(&self, requirement: &Requirement) -> TokenStream {
        let span = located_at(requirement.span);
        let runtime = self.runtime(span);
        match &requirement.kind {
            Kind::Authenticated => {
                quote_spanned!(span=> #runtime::__private::Requirement::Authenticated)
            }
            // A call has fewer paths than a struct, so it compiles faster.
            Kind::Scope(Name::Literal(scope)) => {
                quote_spanned!(span=> #runtime::__private::Requirement::scope(#scope))
            }
            Kind::Scope(Name::Constant(scope)) => {
                let scope = self.constant(scope, "scope");
                quote_spanned!(span=> #runtime::__private::Requirement::Scope { scope: #scope })
            }
            Kind::Role(Name::Literal(role)) => {
                quote_spanned!(span=> #runtime::__private::Requirement::role(#role))
            }
            Kind::Role(Name::Constant(role)) => {
                let role = self.constant(role, "role");
                quote_spanned!(span=> #runtime::__private::Requirement::Role { role: #role })
            }
            Kind::Claim { name, value } => {
                let value = self.claim_value(value);
                quote_spanned!(span=> #runtime::__private::Requirement::Claim { name: #name, value: #value })
            }
            Kind::Any(of) => {
                let of = of.iter().map(|requirement| self.requirement(requirement));
                quote_spanned!(span=> #runtime::__private::Requirement::Any { of: &[#(#of),*] })
            }
            Kind::All(of) => {
                let of = of.iter().map(|requirement| self.requirement(requirement));
                quote_spanned!(span=> #runtime::__private::Requirement::All { of: &[#(#of),*] })
            }
            Kind::Not(requirement) => {
                let requirement = self.requirement(requirement);
                quote_spanned!(span=> #runtime::__private::Requirement::Not { requirement: &#requirement })
            }
            Kind::Check { index } => self.check_leaf(*index, span),
            Kind::Policy(policy) => {
                // With the span of the type, so that errors about it point there.
                let span = located_at(policy.span());
                let runtime = self.runtime(span);
                quote_spanned! {span=>
                    #runtime::__private::Requirement::Policy {
                        rule: #runtime::__private::leaf::<#policy>()
                    }
                }
            }
        }
    }

    /// `scheme("bearer")` with the span of the string, where the error about an unknown scheme points, or the path of a
    /// constant.
    fn scheme(&self, name: &Name) -> TokenStream {
        match name {
            Name::Literal(literal) => {
                let span = located_at(literal.span());
                let runtime = self.runtime(span);
                quote_spanned!(span=> #runtime::__private::scheme(#literal))
            }
            Name::Constant(path) => self.constant(path, "scheme"),
        }
    }

    /// The constant of `key`. Only a constant of the right type has the method that is called. The code has the span of
    /// the path, so that an error about another type points to it.
    fn constant(&self, path: &ExprPath, key: &str) -> TokenStream {
        let span = located_at(path.span());
        let runtime = self.runtime(span);
        let method = Ident::new(key, span);
        // The import is unused if the constant has the right type. The compiler warns about it only if its path was
        // written by the user, so the `allow` is only added then: `#![forbid(unused_imports)]` would reject it.
        let allow = self
            .rule
            .settings
            .runtime
            .as_ref()
            .map(|_| quote_spanned!(span=> #[allow(unused_imports)]));
        quote_spanned! {span=>
            {
                #allow
                use #runtime::__private::OtherConstant as _;
                #runtime::__private::Constant(#path).#method()
            }
        }
    }

    fn claim_value(&self, value: &ClaimValue) -> TokenStream {
        match value {
            ClaimValue::Boolean(literal) => {
                let span = located_at(literal.span());
                let runtime = self.runtime(span);
                quote_spanned!(span=> #runtime::__private::ClaimValue::Boolean { value: #literal })
            }
            ClaimValue::Integer { negative, literal } => {
                let span = located_at(literal.span());
                let runtime = self.runtime(span);
                let sign = negative.then(|| Token![-](span));
                // Without the underscores of the user, because clippy checks their positions.
                let digits = syn::LitInt::new(literal.base10_digits(), span);
                quote_spanned! {span=>
                    #runtime::__private::ClaimValue::Integer { value: #sign #digits }
                }
            }
            ClaimValue::Text(literal) => {
                let span = located_at(literal.span());
                let runtime = self.runtime(span);
                quote_spanned!(span=> #runtime::__private::ClaimValue::Text { value: #literal })
            }
        }
    }

    fn check_leaf(&self, index: usize, span: Span) -> TokenStream {
        let description = self
            .rule
            .checks
            .get(index)
            .and_then(|check| check.description.as_ref());
        let description = if let Some(text) = description {
            quote_spanned!(span=> ::core::option::Option::Some(#text))
        } else {
            quote_spanned!(span=> ::core::option::Option::None)
        };
        let index = Literal::usize_unsuffixed(index);
        let runtime = self.runtime(span);
        quote_spanned! {span=>
            #runtime::__private::Requirement::Check { index: #index, description: #description }
        }
    }
}
