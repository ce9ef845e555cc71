//! The annotated function: its signature is read, its body stays as it is.

mod arguments;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, ReturnType, Signature, Token, Type, Visibility,
    parse::{ParseStream, Parser},
};

pub(crate) use self::arguments::ARGUMENTS_LEFT;
use crate::{
    arguments::{AuthAttribute, attribute_of},
    errors::Errors,
    requirement::Rule,
    tokens,
};

pub(crate) struct Handler {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The brace group, inner attributes and all.
    pub(crate) body: TokenStream,
}

impl Handler {
    /// `None` has been reported.
    pub(crate) fn parse(rule: &Rule, item: TokenStream, errors: &Errors) -> Option<Self> {
        let attribute = rule.attribute;
        let parser = |input: ParseStream<'_>| {
            let attributes = Attribute::parse_outer(input)?;
            let visibility: Visibility = input.parse()?;
            if !starts_function(input) {
                // The rest belongs to the compiler; here it would be an error of its own.
                let item = input.parse::<TokenStream>()?;
                return Err(no_function(attribute, item));
            }
            let signature: Signature = input.parse()?;
            let behind: TokenStream = input.parse()?;
            Ok(Self {
                attributes,
                visibility,
                signature,
                body: behind,
            })
        };
        let (head, body) = without_body(item);
        let mut handler = errors.keep(parser.parse2(head))?;
        handler.body.extend(body);
        report_other_attributes(rule, &handler.attributes, errors);
        handler.report_missing_body(attribute, errors);
        Some(handler)
    }

    /// Everything about the signature that does not go with the rule.
    pub(crate) fn check_against(&self, rule: &Rule, errors: &Errors) {
        self.report_method(rule, errors);
        self.report_arguments(rule, errors);
        // A missing body has been reported already.
        if self.certainly_returns_no_future() && self.has_body() {
            errors.at(
                self.signature.fn_token.span,
                "a handler must be async: write `async fn`",
            );
        }
    }

    pub(crate) fn has_body(&self) -> bool {
        starts_with_braces(self.body.clone())
    }

    /// Whether the function certainly does not return a future: it returns nothing, or a tuple. For other types
    /// only the compiler knows.
    pub(crate) fn certainly_returns_no_future(&self) -> bool {
        let returns_no_future = match &self.signature.output {
            ReturnType::Default => true,
            ReturnType::Type(_, returned) => matches!(&**returned, Type::Tuple(_)),
        };
        // Any other attribute may change the function.
        let stays_unchanged = self
            .attributes
            .iter()
            .all(|attribute| INERT.iter().any(|inert| attribute.path().is_ident(inert)));
        self.signature.asyncness.is_none() && returns_no_future && stays_unchanged
    }

    fn report_missing_body(&self, attribute: AuthAttribute, errors: &Errors) {
        if !self.has_body() {
            errors.over(
                &self.signature,
                format!(
                    "`#[{}]` goes on a function with a body: for a trait method, put the attribute on a function that calls the method",
                    attribute.name()
                ),
            );
        }
    }

    fn report_method(&self, rule: &Rule, errors: &Errors) {
        const NAMED_RULE: &str = "declare `#[policy(..)] struct CanRefund;` and write `#[require_auth(policy = CanRefund)]`";
        let attribute = rule.attribute.name();
        // Only a rule that lets somebody in can be named.
        let can_be_named = rule.attribute == AuthAttribute::RequireAuth;
        if let Some(FnArg::Receiver(receiver)) = self.signature.inputs.first() {
            let in_impl = if can_be_named {
                format!("in an `impl` block {NAMED_RULE}")
            } else {
                format!("`#[{attribute}]` goes on a function outside of `impl` blocks")
            };
            errors.over(
                receiver,
                format!(
                    "a handler can't take `self`, because axum calls it with what it extracts from the request: take `State(..)` instead; {in_impl}"
                ),
            );
            return;
        }
        if rule.lone_policy().is_some() {
            return;
        }
        let in_signature = self.signature.to_token_stream();
        for tokens in [rule.tokens.clone(), in_signature] {
            if let Some(place) = tokens::find_self(tokens) {
                let message = if can_be_named {
                    format!("in an `impl` block name the rule: {NAMED_RULE}")
                } else {
                    format!(
                        "`#[{attribute}]` can't stand in an `impl` block, because it puts a type beside the handler: move the handler out, and write the type's name instead of `Self`"
                    )
                };
                errors.at(place.span(), message);
                return;
            }
        }
    }
}

/// Attributes that do not change the function.
const INERT: [&str; 9] = [
    "allow",
    "cfg",
    "cold",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "inline",
    "warn",
];

/// The last braces apart from the rest: a parser would look at every token in them.
fn without_body(item: TokenStream) -> (TokenStream, Option<TokenTree>) {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let is_body = |token: &mut TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let body = tokens.pop_if(is_body);
    (tokens.into_iter().collect(), body)
}

/// `$body:block` of a `macro_rules!` has an invisible group around its braces.
fn starts_with_braces(tokens: TokenStream) -> bool {
    match tokens.into_iter().next() {
        Some(TokenTree::Group(group)) => match group.delimiter() {
            Delimiter::Brace => true,
            Delimiter::None => starts_with_braces(group.stream()),
            Delimiter::Parenthesis | Delimiter::Bracket => false,
        },
        _ => false,
    }
}

/// A second attribute of ours below this one; the one above is gone by now. One in a `cfg_attr` is
/// seen as well, because the compiler resolves those before it asks us.
pub(crate) fn report_other_attributes(
    rule: &Rule,
    attributes: &[Attribute],
    errors: &Errors,
) -> Vec<AuthAttribute> {
    let kept = rule.attribute;
    let mut others = Vec::new();
    for attribute in attributes {
        if let Some(other) = attribute_of(attribute.path(), rule.settings.runtime.as_ref()) {
            let name = kept.name();
            let message = match kept {
                _ if other != kept => format!(
                    "`#[{name}]` and `#[{}]` on one item: keep the one that is meant",
                    other.name()
                ),
                AuthAttribute::RequireAuth | AuthAttribute::Policy => format!(
                    "`#[{name}]` stands here twice: put both rules into one, `#[{name}(all(.., ..))]`"
                ),
                AuthAttribute::OptionalAuth | AuthAttribute::AllowAnonymous => {
                    format!("`#[{name}]` stands here twice: remove one")
                }
            };
            errors.over(attribute, message);
            others.push(other);
        }
    }
    others
}

/// Whether `fn` and the words that may stand before it come next.
pub(crate) fn starts_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    drop(ahead.parse::<Option<Token![const]>>());
    drop(ahead.parse::<Option<Token![async]>>());
    drop(ahead.parse::<Option<Token![unsafe]>>());
    drop(ahead.parse::<Option<syn::Abi>>());
    ahead.peek(Token![fn])
}

fn no_function(attribute: AuthAttribute, item: TokenStream) -> syn::Error {
    let first = item.into_iter().next();
    let word = first.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = attribute.name();
    let message = match word.as_str() {
        "impl" | "trait" | "mod" => format!(
            "`#[{name}]` goes on each handler, not on the `{word}` around them: name a rule they share with `#[policy(..)]`"
        ),
        "struct" | "enum" if attribute == AuthAttribute::RequireAuth => format!(
            "`#[{name}]` goes on a handler function: to name a rule write `#[policy(..)]` on this `{word}`"
        ),
        _ => format!("`#[{name}]` goes on a handler function, `async fn`"),
    };
    let span = first.map_or_else(Span::call_site, |first| first.span());
    syn::Error::new(span, message)
}

/// `Identity` of `auth_runtime::Identity`, `Claims` of `Claims<Mine>`.
pub(crate) fn last_segment(ty: &Type) -> Option<&syn::Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        Type::Paren(inner) => last_segment(&inner.elem),
        Type::Group(inner) => last_segment(&inner.elem),
        _ => None,
    }
}
