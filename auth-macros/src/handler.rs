//! The annotated function. Its signature is parsed; its body is not changed.

mod arguments;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{
    Attribute, FnArg, ReturnType, Signature, Token, Type, Visibility,
    parse::{ParseStream, Parser},
};

pub(crate) use self::arguments::MAX_ARGUMENTS;
use self::arguments::{CALLER_EXTRACTORS, COMMAS_WITHIN_LIMITS};
use crate::{
    arguments::{AuthAttribute, attribute_of},
    errors::Errors,
    requirement::Rule,
    tokens,
};

pub(crate) struct Handler {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    /// May lack the arguments and the return type: see [`parse`](Self::parse).
    pub(crate) signature: Signature,
    /// The tokens after the signature: the braces and everything in them, including inner attributes.
    pub(crate) body: TokenStream,
    /// All tokens, from the attributes to the body.
    tokens: Vec<TokenTree>,
    /// Where the parts of the function are in `tokens`.
    positions: Positions,
}

/// Found once, because comparing identifiers is slow: each is converted to a string first.
#[derive(Clone, Copy, Default)]
struct Positions {
    /// The keyword `fn`.
    function: usize,
    /// The parentheses with the arguments.
    arguments: usize,
}

impl Handler {
    /// Returns `None` after reporting an error.
    ///
    /// Leaves out the arguments and the return type if nothing in them can matter to the rule: parsing types is most
    /// of the work for a handler, and macros are usually compiled without optimizations.
    pub(crate) fn parse(rule: &Rule, item: TokenStream, errors: &Errors) -> Option<Self> {
        let tokens: Vec<TokenTree> = item.into_iter().collect();
        let positions = Positions::find(&tokens);
        let shortened =
            positions.and_then(|positions| shortened_head(rule.attribute, &tokens, positions));
        Self::parse_tokens(rule, tokens, positions, shortened, errors)
    }

    /// Like [`parse`](Self::parse), but leaves nothing out.
    pub(crate) fn parse_all(rule: &Rule, item: TokenStream, errors: &Errors) -> Option<Self> {
        let tokens: Vec<TokenTree> = item.into_iter().collect();
        let positions = Positions::find(&tokens);
        Self::parse_tokens(rule, tokens, positions, None, errors)
    }

    /// Parses `shortened` in place of the tokens before the body, if there is one.
    fn parse_tokens(
        rule: &Rule,
        tokens: Vec<TokenTree>,
        positions: Option<Positions>,
        shortened: Option<TokenStream>,
        errors: &Errors,
    ) -> Option<Self> {
        let attribute = rule.attribute;
        let (head, body) = without_body(&tokens);
        let parser = |input: ParseStream<'_>| {
            let attributes = Attribute::parse_outer(input)?;
            let visibility: Visibility = input.parse()?;
            if !starts_function(input) {
                // Consumes the rest, which would cause another error.
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
                tokens: Vec::new(),
                positions: Positions::default(),
            })
        };
        let head = shortened.unwrap_or_else(|| head.iter().cloned().collect());
        let mut handler = errors.keep(parser.parse2(head))?;
        handler.body.extend(body.cloned());
        if let Some(positions) = positions {
            handler.tokens = tokens;
            handler.positions = positions;
        } else {
            // The function is in the invisible group of the `$function:item` of a `macro_rules!`.
            handler.rebuild_tokens();
        }
        report_other_attributes(rule, &handler.attributes, errors);
        handler.report_missing_body(attribute, errors);
        Some(handler)
    }

    /// Reports everything in the signature that does not fit the rule.
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

    /// The function with `argument` as its first argument.
    pub(crate) fn with_first_argument(&self, argument: TokenStream) -> TokenStream {
        // Edits the original tokens, because writing them from the parsed signature takes longer than parsing it:
        // macros are usually compiled without optimizations.
        let mut tokens = self.tokens.clone();
        let Some(TokenTree::Group(group)) = tokens.get_mut(self.positions.arguments) else {
            // Does not happen: `parse` has found them.
            let span = self.signature.ident.span();
            return syn::Error::new(span, "the arguments were not found").into_compile_error();
        };
        let mut arguments = argument;
        arguments.extend(group.stream());
        let span = group.span();
        *group = Group::new(Delimiter::Parenthesis, arguments);
        group.set_span(span);
        tokens.into_iter().collect()
    }

    /// Writes the tokens again, after the signature or the body has changed.
    pub(crate) fn rebuild_tokens(&mut self) {
        let Self {
            attributes,
            visibility,
            signature,
            body,
            ..
        } = self;
        let tokens = quote!(#(#attributes)* #visibility #signature #body);
        self.tokens = tokens.into_iter().collect();
        self.positions = Positions::find(&self.tokens).unwrap_or_default();
    }

    pub(crate) fn has_body(&self) -> bool {
        starts_with_braces(self.body.clone())
    }

    /// Whether the function certainly does not return a future, because it returns nothing or a tuple. For other types only
    /// the compiler knows.
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

    /// The tokens from `fn` to the body.
    fn signature_tokens(&self) -> TokenStream {
        let (head, _) = without_body(&self.tokens);
        let from_fn = head.get(self.positions.function..).unwrap_or_default();
        from_fn.iter().cloned().collect()
    }

    fn report_missing_body(&self, attribute: AuthAttribute, errors: &Errors) {
        if !self.has_body() {
            errors.over(
                &self.signature,
                format!(
                    "`#[{}]` can only be applied to a function with a body: for a trait method, write it on a function that calls the method",
                    attribute.name()
                ),
            );
        }
    }

    fn report_method(&self, rule: &Rule, errors: &Errors) {
        const NAMED_RULE: &str = "declare `#[policy(..)] struct CanRefund;` and write `#[require_auth(policy = CanRefund)]`";
        let attribute = rule.attribute.name();
        // Only the rule of `#[require_auth]` can have a name.
        let can_be_named = rule.attribute == AuthAttribute::RequireAuth;
        if let Some(FnArg::Receiver(receiver)) = self.signature.inputs.first() {
            let in_impl = if can_be_named {
                format!("in an `impl` block, {NAMED_RULE}")
            } else {
                format!("`#[{attribute}]` can only be used outside of `impl` blocks")
            };
            errors.over(
                receiver,
                format!(
                    "a handler can't take `self`, because axum calls it with extractors only: take `State(..)` instead; {in_impl}"
                ),
            );
            return;
        }
        if rule.lone_policy().is_some() {
            return;
        }
        for tokens in [rule.tokens.clone(), self.signature_tokens()] {
            if let Some(place) = tokens::find_self(tokens) {
                let message = if can_be_named {
                    format!("a rule in an `impl` block needs a name: {NAMED_RULE}")
                } else {
                    format!(
                        "`#[{attribute}]` can't be used in an `impl` block, because it adds a type next to the handler: move the handler out of the block, and write the name of the type instead of `Self`"
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

/// The tokens before the body, without arguments and return type, such as `async fn show()`. `None` if these may
/// matter to the rule, and for a function that is generic or not `async`.
fn shortened_head(
    attribute: AuthAttribute,
    tokens: &[TokenTree],
    positions: Positions,
) -> Option<TokenStream> {
    let (head, Some(_)) = without_body(tokens) else {
        return None;
    };
    let (before, rest) = head.split_at_checked(positions.arguments)?;
    let is_async = before
        .iter()
        .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "async"));
    let has_no_parameters = positions.function + 2 == positions.arguments;
    let arguments = rest.first()?.to_string();
    let may_matter = arguments.matches(',').count() > COMMAS_WITHIN_LIMITS
        || ["#", "self", "Checked"]
            .iter()
            .any(|word| arguments.contains(word))
        || attribute != AuthAttribute::RequireAuth
            && CALLER_EXTRACTORS
                .iter()
                .any(|word| arguments.contains(word));
    if !is_async || !has_no_parameters || may_matter {
        return None;
    }
    let no_arguments = TokenTree::from(Group::new(Delimiter::Parenthesis, TokenStream::new()));
    Some(before.iter().cloned().chain([no_arguments]).collect())
}

/// Splits off the last braces, so that the body is not parsed.
fn without_body(tokens: &[TokenTree]) -> (&[TokenTree], Option<&TokenTree>) {
    match tokens.split_last() {
        Some((body @ TokenTree::Group(group), head)) if group.delimiter() == Delimiter::Brace => {
            (head, Some(body))
        }
        _ => (tokens, None),
    }
}

impl Positions {
    /// `None` if the tokens are not a function.
    fn find(tokens: &[TokenTree]) -> Option<Self> {
        let is_fn = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "fn");
        let function = tokens.iter().position(is_fn)?;
        let mut depth = 0_usize;
        let mut after_minus = false;
        for (position, token) in tokens.iter().enumerate().skip(function) {
            match token {
                TokenTree::Group(group)
                    if depth == 0 && group.delimiter() == Delimiter::Parenthesis =>
                {
                    return Some(Self {
                        function,
                        arguments: position,
                    });
                }
                TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
                // The `>` of an arrow closes nothing.
                TokenTree::Punct(punct) if punct.as_char() == '>' && !after_minus => {
                    depth = depth.saturating_sub(1);
                }
                _ => {}
            }
            after_minus = matches!(token, TokenTree::Punct(punct) if punct.as_char() == '-');
        }
        None
    }
}

/// Whether the tokens start with braces, which are in an invisible group if they come from the `$body:block` of a
/// `macro_rules!`.
pub(crate) fn starts_with_braces(tokens: TokenStream) -> bool {
    match tokens.into_iter().next() {
        Some(TokenTree::Group(group)) => match group.delimiter() {
            Delimiter::Brace => true,
            Delimiter::None => starts_with_braces(group.stream()),
            Delimiter::Parenthesis | Delimiter::Bracket => false,
        },
        _ => false,
    }
}

/// Reports other attributes of this crate below this one. The compiler has already removed those above it, and has
/// expanded each `cfg_attr`.
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
                    "this item has both `#[{name}]` and `#[{}]`: remove one of them",
                    other.name()
                ),
                AuthAttribute::RequireAuth | AuthAttribute::Policy => format!(
                    "this item has `#[{name}]` twice: write one attribute with both rules, `#[{name}(all(.., ..))]`"
                ),
                AuthAttribute::OptionalAuth
                | AuthAttribute::AllowAnonymous
                | AuthAttribute::Check => {
                    format!("this item has `#[{name}]` twice: remove one")
                }
            };
            errors.over(attribute, message);
            others.push(other);
        }
    }
    others
}

/// Whether the next tokens are `fn`, possibly after keywords such as `async`.
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
            "`#[{name}]` can't be applied to `{word}`: write it on each handler, and name a common rule with `#[policy(..)]`"
        ),
        "struct" | "enum" if attribute == AuthAttribute::RequireAuth => format!(
            "`#[{name}]` can only be applied to a handler function: to name a rule, write `#[policy(..)]` on this `{word}`"
        ),
        _ => format!(
            "`#[{name}]` can only be applied to a handler function: write it on an `async fn`"
        ),
    };
    let span = first.map_or_else(Span::call_site, |first| first.span());
    syn::Error::new(span, message)
}

/// `Identity` for `auth_runtime::Identity`, `Claims` for `Claims<Mine>`.
pub(crate) fn last_segment(ty: &Type) -> Option<&syn::Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        Type::Paren(inner) => last_segment(&inner.elem),
        Type::Group(inner) => last_segment(&inner.elem),
        _ => None,
    }
}
