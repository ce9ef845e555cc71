//! The item under `#[policy(..)]`: a type without values that names a rule.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::{
    Attribute, GenericParam, Generics, Token, Visibility,
    parse::{ParseStream, Parser},
};

use crate::{
    arguments::AuthAttribute,
    errors::Errors,
    handler::{report_other_attributes, starts_function},
    requirement::Rule,
};

pub(crate) struct PolicyItem {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// Whether the item has another `#[policy(..)]` below this one.
    pub(crate) has_other_policy: bool,
}

impl PolicyItem {
    /// Returns `None` after reporting an error.
    pub(crate) fn parse(rule: &Rule, item: TokenStream, errors: &Errors) -> Option<Self> {
        let parser = |input: ParseStream<'_>| {
            let attributes = Attribute::parse_outer(input)?;
            drop(input.parse::<Visibility>()?);
            let is_function = starts_function(input);
            let header = header(input);
            // A type without values ends with `;` or `{}`.
            let has_no_values = match input.parse::<TokenTree>() {
                Ok(TokenTree::Punct(punct)) => punct.as_char() == ';',
                Ok(TokenTree::Group(group)) => {
                    group.delimiter() == Delimiter::Brace && group.stream().is_empty()
                }
                _ => false,
            };
            let rest = input.parse::<TokenStream>()?;
            Ok((
                attributes,
                is_function,
                header,
                has_no_values && rest.is_empty(),
            ))
        };
        let first = item
            .clone()
            .into_iter()
            .next()
            .map_or_else(Span::call_site, |first| first.span());
        let (attributes, is_function, header, has_no_values) = errors.keep(parser.parse2(item))?;
        let others = report_other_attributes(rule, &attributes, errors);
        if is_function {
            errors.at(
                first,
                "`#[policy(..)]` can't be applied to a function: write `#[require_auth(..)]` on a handler",
            );
        } else if header.is_none() || !has_no_values {
            errors.at(
                first,
                "`#[policy(..)]` can only be applied to a type without fields and variants: write a unit struct, `pub struct CanRefund;`",
            );
        }
        let (ident, generics) = header?;
        for parameter in &generics.params {
            if !matches!(parameter, GenericParam::Const(_)) {
                errors.over(
                    parameter,
                    "a policy can't have type parameters or lifetimes: declare one policy for each type, or use a `const` parameter",
                );
            }
        }
        Some(Self {
            attributes,
            ident,
            generics,
            has_other_policy: others.contains(&AuthAttribute::Policy),
        })
    }
}

/// `struct CanRefund<..> where ..`
fn header(input: ParseStream<'_>) -> Option<(Ident, Generics)> {
    if input.parse::<Option<Token![struct]>>().ok()?.is_none() {
        input.parse::<Token![enum]>().ok()?;
    }
    let ident = input.parse().ok()?;
    let mut generics: Generics = input.parse().ok()?;
    generics.where_clause = input.parse().ok()?;
    Some((ident, generics))
}
