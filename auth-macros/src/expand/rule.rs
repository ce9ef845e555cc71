//! Generates the rule as a `const`, which the runtime evaluates. Most of the code is appended to one stream: see
//! [`Expansion`].

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{ExprPath, Token, spanned::Spanned};

use super::{Expansion, append_group, located_at};
use crate::{
    arguments::AuthAttribute,
    requirement::{CheckOrPolicy, ClaimValue, Hide, Kind, Name, Requirement},
};

/// `&Rule::requires(name, requirement)` for a rule without settings. For others
/// `&Rule { requirement: .., ..Rule::required(name) }`, with only the fields that differ from the default.
pub(super) struct RuleTokens<'a> {
    pub(super) expansion: &'a Expansion<'a>,
    pub(super) name: &'a str,
}

impl ToTokens for RuleTokens<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Expansion { rule, span } = *self.expansion;
        let runtime = self.expansion.runtime(span);
        let (constructor, reason) = match (rule.attribute, &rule.settings.reason) {
            (AuthAttribute::AllowAnonymous, Some(reason)) => ("anonymous", Some(reason)),
            (AuthAttribute::OptionalAuth, _) => ("optional", None),
            _ => ("required", None),
        };
        let mut name = Literal::string(&format!("::{}", self.name));
        name.set_span(span);
        let reason = reason.into_iter();
        let arguments = quote_spanned! {span=>
            ::core::concat!(::core::module_path!(), #name) #(, #reason)*
        };

        Token![&](span).to_tokens(tokens);
        if constructor == "required" && rule.has_only_a_requirement() {
            let mut arguments = arguments;
            Token![,](span).to_tokens(&mut arguments);
            let requirement = self.expansion.requirement(&rule.requirement);
            requirement.to_tokens(&mut arguments);
            runtime.append_private(&["Rule", "requires"], tokens);
            append_group(Delimiter::Parenthesis, arguments, span, tokens);
            return;
        }
        let mut fields = self.expansion.fields();
        if fields.is_empty() {
            runtime.append_private(&["Rule", constructor], tokens);
            append_group(Delimiter::Parenthesis, arguments, span, tokens);
            return;
        }
        runtime.append_private(&["Rule"], tokens);
        Token![..](span).to_tokens(&mut fields);
        runtime.append_private(&["Rule", constructor], &mut fields);
        append_group(Delimiter::Parenthesis, arguments, span, &mut fields);
        append_group(Delimiter::Brace, fields, span, tokens);
    }
}

/// A part of a rule.
struct RequirementTokens<'a> {
    expansion: &'a Expansion<'a>,
    requirement: &'a Requirement,
}

impl ToTokens for RequirementTokens<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        use Delimiter::{Brace, Parenthesis};

        let expansion = self.expansion;
        let mut span = located_at(self.requirement.span);
        let several = |of: &[Requirement]| {
            let of = of
                .iter()
                .map(|requirement| expansion.requirement(requirement));
            quote_spanned!(span=> of: &[#(#of),*])
        };
        let (name, delimiter, inside) = match &self.requirement.kind {
            Kind::Authenticated => {
                let names = ["Requirement", "Authenticated"];
                return expansion.runtime(span).append_private(&names, tokens);
            }
            // A call has fewer paths than a struct, so it compiles faster.
            Kind::Scope(Name::Literal(scope)) => ("scope", Parenthesis, scope.to_token_stream()),
            Kind::Role(Name::Literal(role)) => ("role", Parenthesis, role.to_token_stream()),
            Kind::Scope(Name::Constant(scope)) => {
                let scope = expansion.constant(scope, "scope");
                ("Scope", Brace, quote_spanned!(span=> scope: #scope))
            }
            Kind::Role(Name::Constant(role)) => {
                let role = expansion.constant(role, "role");
                ("Role", Brace, quote_spanned!(span=> role: #role))
            }
            Kind::Claim { name, value } => {
                let mut inside = quote_spanned!(span=> name: #name, value:);
                expansion.append_claim_value(value, &mut inside);
                ("Claim", Brace, inside)
            }
            Kind::Any(of) => ("Any", Brace, several(of)),
            Kind::All(of) => ("All", Brace, several(of)),
            Kind::Not(requirement) => {
                let requirement = expansion.requirement(requirement);
                (
                    "Not",
                    Brace,
                    quote_spanned!(span=> requirement: &#requirement),
                )
            }
            Kind::Check { place } => ("Check", Brace, expansion.fields_of_check(*place, span)),
            Kind::NamedCheck { name, place } => {
                // With the span of the name, so that errors about it point there.
                span = located_at(name.span());
                let runtime = expansion.runtime(span);
                let number = expansion.number_of(*place);
                let check = quote_spanned!(span=> <#name as #runtime::__private::NamedCheck>);
                let inside = quote_spanned! {span=>
                    number: #number,
                    description: ::core::option::Option::Some(#check::DESCRIPTION),
                    id: ::core::option::Option::Some(#check::ID)
                };
                ("Check", Brace, inside)
            }
            Kind::Policy {
                policy,
                place,
                negated,
            } => {
                // With the span of the type, so that errors about it point there.
                span = located_at(policy.span());
                let runtime = expansion.runtime(span);
                let mut rule = quote_spanned!(span=> #runtime::__private::leaf::<#policy>());
                if *negated {
                    rule = quote_spanned!(span=> #runtime::__private::leaf_inside_not(#rule));
                }
                let first_check = expansion.number_of(*place);
                let inside = quote_spanned!(span=> rule: #rule, first_check: #first_check);
                ("Policy", Brace, inside)
            }
        };
        let runtime = expansion.runtime(span);
        runtime.append_private(&["Requirement", name], tokens);
        append_group(delimiter, inside, span, tokens);
    }
}

impl Expansion<'_> {
    fn requirement<'a>(&'a self, requirement: &'a Requirement) -> RequirementTokens<'a> {
        RequirementTokens {
            expansion: self,
            requirement,
        }
    }

    /// The fields that differ from the default, with a comma after each.
    fn fields(&self) -> TokenStream {
        let requirement = &self.rule.requirement;
        let is_default = matches!(requirement.kind, Kind::Authenticated);
        let requirement = (!is_default)
            .then(|| self.requirement(requirement))
            .into_iter();
        let settings = self.settings();
        quote_spanned!(self.span=> #(requirement: #requirement,)* #(#settings,)*)
    }

    /// The fields of settings. Most rules have none.
    fn settings(&self) -> Vec<TokenStream> {
        let settings = &self.rule.settings;
        let mut fields = Vec::new();
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

    fn append_claim_value(&self, value: &ClaimValue, tokens: &mut TokenStream) {
        let (span, variant) = match value {
            ClaimValue::Boolean(literal) => (literal.span(), "Boolean"),
            ClaimValue::Integer { literal, .. } => (literal.span(), "Integer"),
            ClaimValue::Text(literal) => (literal.span(), "Text"),
        };
        let span = located_at(span);
        let inside = match value {
            ClaimValue::Boolean(literal) => quote_spanned!(span=> value: #literal),
            ClaimValue::Integer { negative, literal } => {
                let sign = negative.then(|| Token![-](span));
                // Without the underscores of the user, because clippy checks their positions.
                let digits = syn::LitInt::new(literal.base10_digits(), span);
                quote_spanned!(span=> value: #sign #digits)
            }
            ClaimValue::Text(literal) => quote_spanned!(span=> value: #literal),
        };
        let runtime = self.runtime(span);
        runtime.append_private(&["ClaimValue", variant], tokens);
        append_group(Delimiter::Brace, inside, span, tokens);
    }

    fn fields_of_check(&self, place: usize, span: Span) -> TokenStream {
        let description = match self.rule.checks_and_policies.get(place) {
            Some(CheckOrPolicy::Closure(closure)) => closure.description.as_ref(),
            _ => None,
        };
        let number = self.number_of(place);
        let description = if let Some(text) = description {
            quote_spanned!(span=> ::core::option::Option::Some(#text))
        } else {
            quote_spanned!(span=> ::core::option::Option::None)
        };
        quote_spanned! {span=>
            number: #number, description: #description, id: ::core::option::Option::None
        }
    }
}
