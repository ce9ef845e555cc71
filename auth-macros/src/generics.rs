//! The type and const parameters of a handler that its rule uses.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{GenericParam, Generics, Token, TypeParamBound, WherePredicate, punctuated::Punctuated};

use crate::tokens;

/// The type and const parameters that `rule` uses, with their bounds and with the parameters that these bounds use. If
/// there are none, the hidden type is not generic.
pub(crate) fn mentioned(generics: &Generics, rule: &TokenStream) -> Generics {
    let mut included: Vec<&GenericParam> = Vec::new();
    let mut seen = vec![rule.clone()];
    while let Some(tokens) = seen.pop() {
        for parameter in &generics.params {
            if !is_among(&included, parameter)
                && can_be_mentioned(parameter)
                && mentions(&tokens, parameter)
            {
                included.push(parameter);
                seen.push(parameter.to_token_stream());
                seen.extend(bounds_on(parameter, generics));
            }
        }
    }

    let left_out: Vec<&GenericParam> = generics
        .params
        .iter()
        .filter(|parameter| !is_among(&included, parameter))
        .collect();
    let is_self_contained =
        |tokens: &TokenStream| !left_out.iter().any(|parameter| mentions(tokens, parameter));

    // In the order of the signature.
    let params = generics
        .params
        .iter()
        .filter(|parameter| is_among(&included, parameter))
        .cloned()
        .map(|mut parameter| {
            if let GenericParam::Type(parameter) = &mut parameter {
                retain(&mut parameter.bounds, &is_self_contained);
            }
            parameter
        })
        .collect();
    let mut where_clause = generics.where_clause.clone();
    if let Some(clause) = &mut where_clause {
        clause.predicates = std::mem::take(&mut clause.predicates)
            .into_iter()
            .filter_map(|mut predicate| {
                if let WherePredicate::Type(predicate) = &mut predicate {
                    retain(&mut predicate.bounds, &is_self_contained);
                    if predicate.bounds.is_empty() {
                        return None;
                    }
                }
                let tokens = predicate.to_token_stream();
                let relevant = included
                    .iter()
                    .any(|parameter| mentions(&tokens, parameter));
                (relevant && is_self_contained(&tokens)).then_some(predicate)
            })
            .collect();
    }
    Generics {
        where_clause: where_clause.filter(|clause| !clause.predicates.is_empty()),
        params,
        ..Generics::default()
    }
}

/// The predicates of the `where` clause about `parameter`.
fn bounds_on(parameter: &GenericParam, generics: &Generics) -> impl Iterator<Item = TokenStream> {
    generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates)
        .filter(|predicate| {
            matches!(
                predicate,
                WherePredicate::Type(predicate)
                    if mentions(&predicate.bounded_ty.to_token_stream(), parameter)
            )
        })
        .map(ToTokens::to_token_stream)
}

/// Removes the bounds that use a parameter that is left out, such as a lifetime of the handler.
fn retain(
    bounds: &mut Punctuated<TypeParamBound, Token![+]>,
    is_self_contained: &dyn Fn(&TokenStream) -> bool,
) {
    *bounds = std::mem::take(bounds)
        .into_iter()
        .filter(|bound| is_self_contained(&bound.to_token_stream()))
        .collect();
}

fn is_among(included: &[&GenericParam], parameter: &GenericParam) -> bool {
    included.iter().any(|other| std::ptr::eq(*other, parameter))
}

/// A rule can't use a lifetime of the handler, because extractors in checks have none.
fn can_be_mentioned(parameter: &GenericParam) -> bool {
    !matches!(parameter, GenericParam::Lifetime(_))
}

fn mentions(tokens: &TokenStream, parameter: &GenericParam) -> bool {
    match parameter {
        GenericParam::Lifetime(parameter) => {
            tokens::contain_lifetime(tokens, &parameter.lifetime.ident)
        }
        GenericParam::Type(parameter) => tokens::contain_name(tokens, &parameter.ident),
        GenericParam::Const(parameter) => tokens::contain_name(tokens, &parameter.ident),
    }
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
    fn a_rule_without_generic_parameters_copies_none() {
        let signature = parse_quote!(async fn list<T: Shop>(shop: State<T>) where T: Clone);
        assert_eq!(kept(&signature, &quote!(scope = "a")), "");
    }

    #[test]
    fn a_generic_parameter_is_copied_with_its_bounds_and_predicates() {
        let signature = parse_quote! {
            async fn list<'a, U, T: Shop + 'a, const N: usize>(shop: State<T>)
            where T: Clone, U: Clone, U: From<T>, Option<T>: Send + 'a
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
    fn a_bound_requires_the_generic_parameters_it_mentions() {
        let signature = parse_quote!(async fn list<T: Into<U>, U: Send, V>());
        assert_eq!(
            kept(&signature, &quote!(scope = T::SCOPE)),
            quote!(<T: Into<U>, U: Send>).to_string()
        );
        let signature = parse_quote!(async fn list<'a, T, U, V>() where T: Into<U> + 'a, U: Send);
        assert_eq!(
            kept(&signature, &quote!(check = |State(t): State<T>| true)),
            quote!(<T, U> where T: Into<U>, U: Send).to_string()
        );
    }

    #[test]
    fn a_lifetime_is_not_mistaken_for_a_module() {
        let signature = parse_quote!(async fn list<'s, T: s::Shop + 's + 'static>());
        assert_eq!(
            kept(&signature, &quote!(scope = T::S)),
            quote!(<T: s::Shop + 'static>).to_string()
        );
    }
}
