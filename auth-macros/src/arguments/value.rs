//! The syntax of the value after a key: `= ..`, or the parentheses of a claim or a check.

use proc_macro2::{Ident, TokenStream};
use syn::{
    Expr, ExprLit, Lit, LitStr, Path, Token, Type, TypePath, parenthesized,
    parse::{Parse, ParseStream, discouraged::Speculative},
    token,
};

use super::{Keyword, Value};
use crate::{
    errors::Errors,
    tokens::{spelled, ungrouped, ungrouped_type},
};

/// `claim("email_verified" = true)`
pub(super) fn claim(input: ParseStream<'_>, word: &Ident) -> syn::Result<Value> {
    if !input.peek(token::Paren) {
        return Err(wrong_shape(word, Keyword::Claim));
    }
    let content;
    parenthesized!(content in input);
    let claim = claim_content(&content, word);
    // Otherwise the rest after a mistake would be reported again.
    drop(content.parse::<TokenStream>());
    claim
}

fn claim_content(content: ParseStream<'_>, word: &Ident) -> syn::Result<Value> {
    let example = Keyword::Claim.example();
    if content.is_empty() {
        return Err(wrong_shape(word, Keyword::Claim));
    }
    if !content.peek(LitStr) {
        return Err(content.error(format!(
            "the name of a claim must be a string literal: write `{example}`"
        )));
    }
    let name: LitStr = content.parse()?;
    if content.peek(Token![==]) {
        return Err(content.error(format!(
            "a claim is compared with `=`, not with `==`: write `claim({} = {})`",
            name.token(),
            value_after_operator(content)
        )));
    }
    if content.peek(Token![!=]) {
        return Err(content.error(format!(
            "`!=` is not allowed in a claim: write `not(claim({} = {}))`",
            name.token(),
            value_after_operator(content)
        )));
    }
    if !content.peek(Token![=]) {
        return Err(syn::Error::new(
            name.span(),
            format!(
                "the value of the claim is missing: write `claim({} = true)`",
                name.token()
            ),
        ));
    }
    let equals: Token![=] = content.parse()?;
    if content.is_empty() {
        return Err(syn::Error::new(
            equals.span,
            format!(
                "the value of the claim is missing: write `claim({} = true)`",
                name.token()
            ),
        ));
    }
    let value: Expr = attempt(content)?;
    drop(content.parse::<Option<Token![,]>>());
    if !content.is_empty() {
        return Err(content
            .error(r#"`claim` takes one claim: write `all(claim("a" = true), claim("b" = 1))` if all must hold, `any(..)` if one is enough"#));
    }
    Ok(Value::Claim { name, value })
}

/// The source after `==` or `!=`, for a message.
fn value_after_operator(content: ParseStream<'_>) -> String {
    let tokens = content.fork().parse::<TokenStream>().unwrap_or_default();
    let value: TokenStream = tokens.into_iter().skip(2).collect();
    if value.is_empty() {
        "..".to_owned()
    } else {
        value.to_string().replace("- ", "-")
    }
}

/// `check("owns the order") = |..| ..`, `check = |..| ..` or `check = owns_order`
pub(super) fn check(input: ParseStream<'_>, word: &Ident) -> syn::Result<Value> {
    let mut description = None;
    if input.peek(token::Paren) {
        let content;
        parenthesized!(content in input);
        if content.peek(LitStr) {
            description = content.parse()?;
        }
        let surplus = description.is_none() || !content.is_empty();
        drop(content.parse::<TokenStream>());
        if surplus {
            return Err(syn::Error::new(
                word.span(),
                format!(
                    "the description of a check must be one string literal: write `{}`",
                    Keyword::Check.example()
                ),
            ));
        }
    }
    equals(input, word, Keyword::Check)?;
    match (ungrouped(attempt(input)?), description) {
        (Expr::Closure(closure), description) => Ok(Value::Check {
            description,
            closure,
        }),
        (Expr::Path(name), None) => Ok(Value::NamedCheck(TypePath {
            attrs: name.attrs,
            qself: name.qself,
            path: name.path,
        })),
        (Expr::Path(name), Some(description)) => Err(syn::Error::new(
            description.span(),
            format!(
                "the description of a named check is written on its function: write `#[check({})]` there and `check = {}` here",
                description.token(),
                spelled(&name)
            ),
        )),
        (Expr::Call(call), _) => Err(syn::Error::new_spanned(
            &call,
            format!(
                "a named check takes no arguments here, because its parameters are extractors: write `check = {}`",
                spelled(&call.func)
            ),
        )),
        (other, _) => Err(syn::Error::new_spanned(
            other,
            "a check must be the name of a function with `#[check]`, or a closure with extractors as parameters: write `check = owns_order`, or `check = |caller: Identity, Path(id): Path<OrderId>| ..`",
        )),
    }
}

/// `policy = CanRefund`, `policy = AtLevel<3>`
pub(super) fn policy(input: ParseStream<'_>, word: &Ident) -> syn::Result<Value> {
    equals(input, word, Keyword::Policy)?;
    if let Some(text) = input.parse::<Option<LitStr>>()? {
        return Err(syn::Error::new(
            text.span(),
            "`policy` takes a type, not a string: write `policy = CanRefund`",
        ));
    }
    match ungrouped_type(attempt(input)?) {
        Type::Path(path) => Ok(Value::Type(path)),
        other => Err(syn::Error::new_spanned(
            other,
            "`policy` takes the path of a type with `#[policy(..)]`: write `policy = CanRefund`",
        )),
    }
}

/// `crate = ::renamed`
pub(super) fn runtime_path(
    input: ParseStream<'_>,
    word: &Ident,
    errors: &Errors,
) -> syn::Result<Value> {
    equals(input, word, Keyword::Crate)?;
    if let Some(text) = input.parse::<Option<LitStr>>()? {
        let error = syn::Error::new(
            text.span(),
            "`crate` takes a path, not a string: write `crate = ::renamed`",
        );
        // The generated code can still use the path.
        return match absolute_path(&text) {
            Some(path) => {
                errors.push(error);
                Ok(Value::Path(path))
            }
            None => Err(error),
        };
    }
    input.call(Path::parse_mod_style).map(Value::Path)
}

/// The path that a string means: `"renamed"` means `::renamed`, `"crate::renamed"` means `crate::renamed`.
fn absolute_path(text: &LitStr) -> Option<Path> {
    let mut path = text.parse_with(Path::parse_mod_style).ok()?;
    let first = path.segments.first()?.ident.to_string();
    match first.as_str() {
        "crate" => {}
        "self" | "super" => return None,
        _ => {
            path.leading_colon.get_or_insert(Token![::](text.span()));
        }
    }
    Some(path)
}

/// Parses the `=` after `word`. A value must follow it.
pub(super) fn equals(input: ParseStream<'_>, word: &Ident, keyword: Keyword) -> syn::Result<()> {
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        return Err(wrong_shape(word, keyword));
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(
            equals.span,
            format!(
                "the value of `{word}` is missing: write `{}`",
                keyword.example()
            ),
        ));
    }
    Ok(())
}

/// The error for a known keyword with the wrong syntax after it.
pub(super) fn wrong_shape(word: &Ident, keyword: Keyword) -> syn::Error {
    if keyword == Keyword::Hide {
        // Shows both forms, because `hide` alone hides less.
        return syn::Error::new(
            word.span(),
            "`hide` takes either no value or a value after `=`: write `hide` to answer 404 instead of 403, or `hide = \"always\"` to answer 404 instead of 401 as well",
        );
    }
    let shape = match keyword {
        Keyword::Any | Keyword::All | Keyword::Not => "takes rules in parentheses",
        Keyword::Claim => "takes a name and a value in parentheses",
        Keyword::Check => "takes a closure or the name of a function with `#[check]`",
        Keyword::Scope
        | Keyword::Role
        | Keyword::Policy
        | Keyword::Scheme
        | Keyword::Acr
        | Keyword::MaxAge
        | Keyword::Hide
        | Keyword::Reason
        | Keyword::Crate => "takes a value after `=`",
    };
    syn::Error::new(
        word.span(),
        format!("`{word}` {shape}: write `{}`", keyword.example()),
    )
}

/// Parses an expression. Most are a single string literal, for which the slow parser of expressions is not needed. This
/// makes unoptimized builds faster.
pub(super) fn expression(input: ParseStream<'_>) -> syn::Result<Expr> {
    let cursor = input.cursor();
    let Some((literal, rest)) = cursor.literal() else {
        return attempt(input);
    };
    let is_alone = rest.eof()
        || rest
            .punct()
            .is_some_and(|(punct, _)| punct.as_char() == ',');
    match Lit::new(literal) {
        lit @ Lit::Str(_) if is_alone => {
            input.parse::<proc_macro2::Literal>()?;
            Ok(Expr::Lit(ExprLit {
                attrs: Vec::new(),
                lit,
            }))
        }
        _ => attempt(input),
    }
}

/// Parses `T`. If this fails, `input` is unchanged. Otherwise syn would report a partly parsed group again, as an
/// "unexpected token".
pub(super) fn attempt<T: Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    let ahead = input.fork();
    let parsed = ahead.parse()?;
    input.advance_to(&ahead);
    Ok(parsed)
}
