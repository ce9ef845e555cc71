//! Expansions of the attributes as tokens, without compiling them.

mod errors;
mod hygiene;
mod snapshots;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::{arguments::AuthAttribute, expand};

/// An item and the attribute of ours that is its first, taken apart as the compiler does it.
struct Annotated {
    attribute: AuthAttribute,
    arguments: TokenStream,
    item: TokenStream,
}

impl Annotated {
    fn parse(source: &str) -> Self {
        let mut tokens = source
            .parse::<TokenStream>()
            .expect("the source lexes")
            .into_iter();
        let (Some(TokenTree::Punct(_)), Some(TokenTree::Group(attribute))) =
            (tokens.next(), tokens.next())
        else {
            panic!("no attribute first: {source}");
        };
        let mut words = attribute.stream().into_iter();
        let name = words.next().expect("a name").to_string();
        let attribute = AuthAttribute::ALL
            .into_iter()
            .find(|attribute| attribute.name() == name);
        let arguments = match words.next() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                group.stream()
            }
            None => TokenStream::new(),
            _ => panic!("no arguments: {source}"),
        };
        Self {
            attribute: attribute.expect("an attribute of ours"),
            arguments,
            item: tokens.collect(),
        }
    }

    fn expand(&self) -> TokenStream {
        let (arguments, item) = (self.arguments.clone(), self.item.clone());
        match self.attribute {
            AuthAttribute::Policy => expand::policy(arguments, item),
            attribute => expand::handler(attribute, arguments, item),
        }
    }
}

/// As a file, or as plain tokens where the input was never Rust.
fn formatted(tokens: &TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => format!("{tokens}\n"),
    }
}

/// The texts of all `compile_error!`s.
fn messages(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (position, token) in tokens.iter().enumerate() {
        if !matches!(token, TokenTree::Ident(ident) if ident == "compile_error") {
            continue;
        }
        if let Some(TokenTree::Group(group)) = tokens.get(position + 2) {
            let message: syn::LitStr = syn::parse2(group.stream()).expect("a message");
            found.push(message.value());
        }
    }
    found
}
