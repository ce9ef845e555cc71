//! The function under `#[check]`.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, GenericParam, Ident, LitStr, PatType, ReturnType, Signature, Token, Type,
    Visibility,
    parse::{ParseStream, Parser},
};

use crate::{
    arguments::AuthAttribute,
    check::refuse_extractor,
    errors::Errors,
    handler::{report_other_attributes, starts_function, starts_with_braces},
    requirement::Rule,
    tokens,
};

/// The arguments of `#[check]`.
pub(crate) struct CheckArguments {
    pub(crate) description: Option<LitStr>,
    /// Without requirements. It has the path of the runtime crate.
    pub(crate) rule: Rule,
}

impl CheckArguments {
    /// `"owns the order", crate = ::renamed`
    pub(crate) fn parse(tokens: TokenStream, errors: &Errors) -> Self {
        let parser = |input: ParseStream<'_>| {
            let description: Option<LitStr> = input.parse()?;
            if description.is_some() && !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
            Ok((description, input.parse::<TokenStream>()?))
        };
        let (description, rest) = errors.keep(parser.parse2(tokens)).unwrap_or_default();
        if let Some(description) = &description
            && description.value().trim().is_empty()
        {
            errors.at(
                description.span(),
                "the description of a check can't be empty: write what it decides, or remove it, `#[check]`",
            );
        }
        Self {
            description,
            rule: Rule::parse(AuthAttribute::Check, rest, errors),
        }
    }
}

pub(crate) struct CheckFunction {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// Whether it is a function to which a type with its name can be added, so that its uses cause no other errors.
    pub(crate) can_have_type: bool,
}

impl CheckFunction {
    /// Returns `None` after reporting an error. The body is not parsed.
    pub(crate) fn parse(rule: &Rule, item: TokenStream, errors: &Errors) -> Option<Self> {
        let first = item
            .clone()
            .into_iter()
            .next()
            .map_or_else(Span::call_site, |first| first.span());
        let parser = |input: ParseStream<'_>| {
            let attributes = Attribute::parse_outer(input)?;
            let visibility = input.parse()?;
            if !starts_function(input) {
                input.parse::<TokenStream>()?;
                return Err(syn::Error::new(
                    first,
                    "`#[check]` can only be applied to a function: write it on an `async fn` or a `fn`",
                ));
            }
            let signature = input.parse()?;
            let body: TokenStream = input.parse()?;
            Ok((attributes, visibility, signature, body))
        };
        let (attributes, visibility, signature, body) = errors.keep(parser.parse2(item))?;
        report_other_attributes(rule, &attributes, errors);
        let mut function = Self {
            attributes,
            visibility,
            signature,
            can_have_type: false,
        };
        function.can_have_type =
            function.report_method(errors) && function.report_body(body, errors);
        function.report_signature(errors);
        Some(function)
    }

    /// The extractors.
    pub(crate) fn extractors(&self) -> impl Iterator<Item = &Type> {
        self.signature
            .inputs
            .iter()
            .filter_map(|input| match input {
                FnArg::Typed(PatType { ty, .. }) => Some(&**ty),
                FnArg::Receiver(_) => None,
            })
    }

    /// Returns whether it is no method, as far as its signature shows.
    fn report_method(&self, errors: &Errors) -> bool {
        const MESSAGE: &str = "`#[check]` can't be used in an `impl` block, because it adds a type with the name of the function: write a function outside of the block";
        if let Some(FnArg::Receiver(receiver)) = self.signature.inputs.first() {
            errors.over(receiver, MESSAGE);
            return false;
        }
        if let Some(place) = tokens::find_self(self.signature.to_token_stream()) {
            errors.at(place.span(), MESSAGE);
            return false;
        }
        true
    }

    fn report_body(&self, body: TokenStream, errors: &Errors) -> bool {
        let has_body = starts_with_braces(body);
        if !has_body {
            errors.over(
                &self.signature,
                "`#[check]` can only be applied to a function with a body",
            );
        }
        has_body
    }

    fn report_signature(&self, errors: &Errors) {
        let Signature {
            constness,
            safety,
            abi,
            ident,
            generics,
            inputs,
            output,
            ..
        } = &self.signature;
        let qualifiers = [
            constness.as_ref().map(ToTokens::to_token_stream),
            Some(safety.to_token_stream()).filter(|safety| !safety.is_empty()),
            abi.as_ref().map(ToTokens::to_token_stream),
        ];
        for qualifier in qualifiers.into_iter().flatten() {
            let message = format!("a check can't be `{qualifier}`: write `async fn` or `fn`");
            errors.over(qualifier, message);
        }
        for parameter in &generics.params {
            if let GenericParam::Lifetime(lifetime) = parameter {
                errors.over(
                    lifetime,
                    "a check can't have lifetime parameters, because extractors return owned values: take owned values",
                );
            }
        }
        for input in inputs {
            report_parameter(input, errors);
        }
        if matches!(output, ReturnType::Default) {
            errors.at(
                ident.span(),
                "a check must return `bool`, `Allowed<T>`, or a `Result` of one of them: write `-> bool`",
            );
        }
    }

    pub(crate) fn ident(&self) -> &Ident {
        &self.signature.ident
    }
}

fn report_parameter(input: &FnArg, errors: &Errors) {
    let FnArg::Typed(PatType { attrs, ty, .. }) = input else {
        return;
    };
    if let Some(attribute) = attrs.first() {
        errors.over(
            attribute,
            "a parameter of a check can't have attributes: write one check for each `#[cfg]` instead",
        );
    }
    if let Type::ImplTrait(implements) = &**ty {
        errors.over(
            implements,
            "a parameter of a check can't be `impl Trait`: write a type parameter, `async fn owns_order<T: ..>(State(db): State<T>)`",
        );
        return;
    }
    refuse_extractor(ty, &mut |tokens: &dyn ToTokens, message: &str| {
        errors.over(tokens.to_token_stream(), message);
    });
}
