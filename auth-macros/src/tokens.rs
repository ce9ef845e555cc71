//! Looking for things in tokens that are not parsed any further.

use proc_macro2::{Ident, TokenStream, TokenTree};

/// The first identifier, at any depth, for which `wanted` holds.
pub(crate) fn find(tokens: TokenStream, wanted: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => wanted(&ident).then_some(ident),
        TokenTree::Group(group) => find(group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// Whether a `?` stands anywhere in a macro's input, where nobody knows what it will become.
pub(crate) fn contain_question_mark(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => contain_question_mark(&group.stream()),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    })
}
