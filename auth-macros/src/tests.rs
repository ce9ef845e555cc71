//! Tests of the expanded tokens, which are not compiled.

mod errors;
mod hygiene;
mod snapshots;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::{arguments::AuthAttribute, expand};

/// An item and its first attribute, split as the compiler does.
struct Annotated {
    attribute: AuthAttribute,
    arguments: TokenStream,
    item: TokenStream,
}

impl Annotated {
    fn parse(source: &str) -> Self {
        let mut tokens = source
            .parse::<TokenStream>()
            .expect("invalid tokens")
            .into_iter();
        let (Some(TokenTree::Punct(_)), Some(TokenTree::Group(attribute))) =
            (tokens.next(), tokens.next())
        else {
            panic!("no attribute at the start: {source}");
        };
        let mut words = attribute.stream().into_iter();
        let name = words.next().expect("no attribute name").to_string();
        let attribute = AuthAttribute::ALL
            .into_iter()
            .find(|attribute| attribute.name() == name);
        let arguments = match words.next() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                group.stream()
            }
            None => TokenStream::new(),
            _ => panic!("invalid arguments: {source}"),
        };
        Self {
            attribute: attribute.expect("unknown attribute"),
            arguments,
            item: tokens.collect(),
        }
    }

    fn expand(&self) -> TokenStream {
        let (arguments, item) = (self.arguments.clone(), self.item.clone());
        match self.attribute {
            AuthAttribute::Policy => expand::policy(arguments, item),
            AuthAttribute::Check => expand::named_check(arguments, item),
            attribute => expand::handler(attribute, arguments, item),
        }
    }
}

/// Formats the tokens as a file. If they are not valid Rust, formats them as plain tokens.
fn formatted(tokens: &TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => format!("{tokens}\n"),
    }
}

/// The messages of all `compile_error!` calls.
fn messages(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (position, token) in tokens.iter().enumerate() {
        if !matches!(token, TokenTree::Ident(ident) if ident == "compile_error") {
            continue;
        }
        if let Some(TokenTree::Group(group)) = tokens.get(position + 2) {
            let message: syn::LitStr = syn::parse2(group.stream()).expect("no message");
            found.push(message.value());
        }
    }
    found
}
