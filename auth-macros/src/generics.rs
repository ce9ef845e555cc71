//! Which of the handler's type parameters its rule speaks of.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{GenericParam, Generics};

use crate::tokens;

/// The type and const parameters that `rule` mentions, with their bounds and with the parameters
/// that those bounds mention in turn. Without any, the hidden type is not generic at all.
pub(crate) fn mentioned(generics: &Generics, rule: &TokenStream) -> Generics {
    let mut included: Vec<&GenericParam> = Vec::new();
    let mut seen = vec![rule.clone()];
    while let Some(tokens) = seen.pop() {
        for parameter in &generics.params {
            let known = included.iter().any(|other| std::ptr::eq(*other, parameter));
            let Some(name) = name(parameter).filter(|_| !known) else {
                continue;
            };
            if mentions(&tokens, name) {
                included.push(parameter);
                seen.push(parameter.to_token_stream());
            }
        }
    }

    let left_out: Vec<&Ident> = generics
        .params
        .iter()
        .filter(|parameter| {
            !included
                .iter()
                .any(|other| std::ptr::eq(*other, *parameter))
        })
        .map(any_name)
        .collect();
    let stands_alone = |tokens: &TokenStream| !left_out.iter().any(|name| mentions(tokens, name));

    // In the order of the signature, whatever the order of discovery.
    let params = generics
        .params
        .iter()
        .filter(|parameter| {
            included
                .iter()
                .any(|other| std::ptr::eq(*other, *parameter))
        })
        .cloned()
        .map(|parameter| without_lifetime_bounds(parameter, &stands_alone))
        .collect();
    let mut where_clause = generics.where_clause.clone();
    if let Some(clause) = &mut where_clause {
        clause.predicates = std::mem::take(&mut clause.predicates)
            .into_iter()
            .filter(|predicate| {
                let tokens = predicate.to_token_stream();
                let relevant = included
                    .iter()
                    .any(|parameter| mentions(&tokens, any_name(parameter)));
                relevant && stands_alone(&tokens)
            })
            .collect();
    }
    Generics {
        where_clause: where_clause.filter(|clause| !clause.predicates.is_empty()),
        params,
        ..Generics::default()
    }
}

/// Lifetimes of the handler mean nothing to a type that outlives the request.
fn without_lifetime_bounds(
    mut parameter: GenericParam,
    stands_alone: &dyn Fn(&TokenStream) -> bool,
) -> GenericParam {
    if let GenericParam::Type(parameter) = &mut parameter {
        parameter.bounds = std::mem::take(&mut parameter.bounds)
            .into_iter()
            .filter(|bound| stands_alone(&bound.to_token_stream()))
            .collect();
    }
    parameter
}

/// Of a parameter that a rule can mention.
fn name(parameter: &GenericParam) -> Option<&Ident> {
    match parameter {
        GenericParam::Lifetime(_) => None,
        GenericParam::Type(_) | GenericParam::Const(_) => Some(any_name(parameter)),
    }
}

fn any_name(parameter: &GenericParam) -> &Ident {
    match parameter {
        GenericParam::Lifetime(parameter) => &parameter.lifetime.ident,
        GenericParam::Type(parameter) => &parameter.ident,
        GenericParam::Const(parameter) => &parameter.ident,
    }
}

fn mentions(tokens: &TokenStream, name: &Ident) -> bool {
    tokens::find(tokens.clone(), &|ident| ident == name).is_some()
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::*;

    fn kept(signature: &syn::Signature, rule: &TokenStream) -> String {
        let generics = mentioned(&signature.generics, rule);
        let clause = &generics.where_clause;
        quote!(#generics #clause).to_string()
    }

    #[test]
    fn a_rule_that_mentions_none_needs_none() {
        let signature = parse_quote!(async fn list<T: Shop>(shop: State<T>) where T: Clone);
        assert_eq!(kept(&signature, &quote!(scope = "a")), "");
    }

    #[test]
    fn a_parameter_comes_with_its_bounds_and_predicates() {
        let signature = parse_quote! {
            async fn list<'a, U, T: Shop + 'a, const N: usize>(shop: State<T>)
            where T: Clone, U: Clone, T: Into<U>, Option<T>: Send
        };
        assert_eq!(
            kept(&signature, &quote!(scope = T::SCOPE)),
            quote!(<T: Shop> where T: Clone, Option<T>: Send).to_string()
        );
        assert_eq!(
            kept(&signature, &quote!(check = || N == 1)),
            quote!(<const N: usize>).to_string()
        );
    }

    #[test]
    fn a_bound_brings_the_parameters_it_mentions() {
        let signature = parse_quote!(async fn list<T: Into<U>, U: Send, V>());
        assert_eq!(
            kept(&signature, &quote!(scope = T::SCOPE)),
            quote!(<T: Into<U>, U: Send>).to_string()
        );
    }
}
