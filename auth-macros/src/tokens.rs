//! Searches in tokens that are not parsed.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Type};

/// The first identifier, at any depth, that is `wanted`.
pub(crate) fn find(tokens: TokenStream, wanted: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => wanted(&ident).then_some(ident),
        TokenTree::Group(group) => find(group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// The source of a type or path for a message.
pub(crate) fn spelled(source: &impl ToTokens) -> String {
    source.to_token_stream().to_string().replace(' ', "")
}

/// The first `Self` that means the surrounding type, and not the type of a nested item.
pub(crate) fn find_self(tokens: TokenStream) -> Option<Ident> {
    // Most functions do not contain it. The compiler prints the tokens, which is faster than visiting each of them in a
    // macro that is usually compiled without optimizations.
    if !tokens.to_string().contains("Self") {
        return None;
    }
    find_self_in(tokens)
}

fn find_self_in(tokens: TokenStream) -> Option<Ident> {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) => match ident.to_string().as_str() {
                "Self" => return Some(ident),
                "impl" | "trait" | "struct" | "enum" => {
                    // Skips the item, if it is one.
                    let mut ahead = tokens.clone();
                    if ahead.any(|token| ends_item(&token)) {
                        tokens = ahead;
                    }
                }
                _ => {}
            },
            TokenTree::Group(group) => {
                if let Some(found) = find_self_in(group.stream()) {
                    return Some(found);
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    None
}

fn ends_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

/// Whether the tokens contain the lifetime with this name, which is given without its `'`.
pub(crate) fn contain_lifetime(tokens: &TokenStream, name: &Ident) -> bool {
    any_name(tokens, &|ident, is_lifetime| is_lifetime && ident == name)
}

/// Whether the tokens contain this name, except as a lifetime.
pub(crate) fn contain_name(tokens: &TokenStream, name: &Ident) -> bool {
    any_name(tokens, &|ident, is_lifetime| !is_lifetime && ident == name)
}

fn any_name(tokens: &TokenStream, wanted: &dyn Fn(&Ident, bool) -> bool) -> bool {
    let mut after_quote = false;
    tokens.clone().into_iter().any(|token| {
        let is_lifetime = after_quote;
        after_quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
        match token {
            TokenTree::Ident(ident) => wanted(&ident, is_lifetime),
            TokenTree::Group(group) => any_name(&group.stream(), wanted),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        }
    })
}

/// Whether the tokens contain `word =` at the top level.
pub(crate) fn has_assignment(tokens: &TokenStream, word: &str) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    tokens.windows(2).any(|pair| {
        matches!(
            pair,
            [TokenTree::Ident(ident), TokenTree::Punct(equals)]
                if ident == word && equals.as_char() == '='
        )
    })
}

/// Whether the input of a macro contains a `?`. The expansion of the macro is unknown.
pub(crate) fn contain_question_mark(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => contain_question_mark(&group.stream()),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    })
}

/// Removes the invisible groups that `macro_rules!` adds around `$scope:literal`.
pub(crate) fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}

/// Removes the invisible groups around `$policy:ty`.
pub(crate) fn ungrouped_type(ty: Type) -> Type {
    match ty {
        Type::Group(group) => ungrouped_type(*group.elem),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use quote::{format_ident, quote};

    use super::*;

    #[test]
    fn a_lifetime_is_not_the_module_of_the_same_name() {
        let (tokens, name) = (quote!(T: s::Shop), format_ident!("s"));
        assert!(contain_name(&tokens, &name) && !contain_lifetime(&tokens, &name));
        let tokens = quote!(T: Shop<(&'s str,)>);
        assert!(!contain_name(&tokens, &name) && contain_lifetime(&tokens, &name));
    }

    #[test]
    fn self_in_a_nested_item_refers_to_that_item() {
        for own in [
            quote!({
                struct A;
                impl A {
                    fn f() -> Self {
                        Self
                    }
                }
                A::f().ok()
            }),
            quote!({
                struct A(Option<Box<Self>>);
                true
            }),
            quote!({
                trait A where
                    Self: Sized,
                {
                    const B: Self;
                }
                true
            }),
        ] {
            assert!(find_self(own.clone()).is_none(), "{own}");
        }
        for outer in [
            quote!(State<Self>),
            quote!({
                struct A;
                impl A {}
                Self::B
            }),
            quote!(f(impl A, Self)),
        ] {
            assert!(find_self(outer.clone()).is_some(), "{outer}");
        }
    }
}
