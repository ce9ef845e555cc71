//! The syntax of the attributes' arguments. Every keyword keeps its span. The values are validated later.

mod keyword;
mod value;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::{
    Expr, ExprClosure, LitStr, Path, Token, TypePath,
    ext::IdentExt,
    parenthesized,
    parse::{ParseStream, Parser},
    token,
};

pub(crate) use self::keyword::{AuthAttribute, Keyword, closest, listed};
use crate::errors::Errors;

/// The error for `|` or `||` between rules.
pub(crate) const USE_ANY: &str =
    "rules can't be combined with operators: write `any(..)` if one of them is enough";

/// The error for `&` or `&&` between rules.
pub(crate) const USE_ALL: &str =
    "rules can't be combined with operators: write `all(..)` if all of them must hold";

/// One argument, `scope = "orders:read"` or `any(..)`.
pub(crate) struct Argument {
    /// The keyword in the source, for its span.
    pub(crate) word: Ident,
    pub(crate) keyword: Keyword,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// `hide`
    Nothing,
    /// `scope = "orders:read"`, `scheme = ["bearer", GATEWAY]`
    Expression(Expr),
    /// `policy = CanRefund`
    Type(TypePath),
    /// `crate = ::renamed`
    Path(Path),
    /// `any(..)`, `all(..)`, `not(..)`
    Arguments(Vec<Argument>),
    /// `claim("email_verified" = true)`
    Claim { name: LitStr, value: Expr },
    /// `check("owns the order") = |..| ..`
    Check {
        description: Option<LitStr>,
        closure: ExprClosure,
    },
    /// `check = owns_order`
    NamedCheck(TypePath),
}

/// The position of an argument. Settings such as `scheme` are only allowed at the top level.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Inside(Keyword),
}

/// Parses all arguments of an attribute. Invalid arguments are reported and left out.
pub(crate) fn parse(
    attribute: AuthAttribute,
    tokens: TokenStream,
    errors: &Errors,
) -> Vec<Argument> {
    // The group ends where the arguments end, so that "unexpected end of input" points there and not at the whole
    // attribute.
    let end = tokens.clone().into_iter().last().map(|token| token.span());
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    if let Some(end) = end {
        group.set_span(end);
    }
    let grammar = |input: ParseStream<'_>| {
        let content;
        parenthesized!(content in input);
        Ok(Grammar { attribute, errors }.arguments(&content, Place::Top))
    };
    errors
        .keep(grammar.parse2(TokenTree::from(group).into()))
        .unwrap_or_default()
}

struct Grammar<'errors> {
    attribute: AuthAttribute,
    errors: &'errors Errors,
}

impl Grammar<'_> {
    /// Parses arguments up to the end of `input`. Always consumes the whole input.
    fn arguments(&self, input: ParseStream<'_>, place: Place) -> Vec<Argument> {
        let mut arguments = Vec::new();
        while !input.is_empty() {
            match self.argument(input, place) {
                Ok(argument) => arguments.push(argument),
                Err(error) => {
                    self.errors.push(error);
                    skip_to_next_argument(input);
                }
            }
            if input.is_empty() {
                break;
            }
            if let Err(error) = input.parse::<Token![,]>() {
                self.errors.push(between_arguments(input, &error));
                skip_to_next_argument(input);
                // The comma before the next argument, if there is one.
                drop(input.parse::<Option<Token![,]>>());
            }
        }
        arguments
    }

    fn argument(&self, input: ParseStream<'_>, place: Place) -> syn::Result<Argument> {
        let word = self.word(input)?;
        let keyword = self.keyword(&word, place)?;
        let value = match keyword {
            Keyword::Any | Keyword::All | Keyword::Not => self.nested(input, &word, keyword)?,
            Keyword::Claim => value::claim(input, &word)?,
            Keyword::Check => value::check(input, &word)?,
            Keyword::Policy => value::policy(input, &word)?,
            Keyword::Crate => value::runtime_path(input, &word, self.errors)?,
            Keyword::Hide if !input.peek(Token![=]) && !input.peek(token::Paren) => Value::Nothing,
            Keyword::Hide
            | Keyword::Scope
            | Keyword::Role
            | Keyword::Scheme
            | Keyword::Acr
            | Keyword::MaxAge
            | Keyword::Reason => {
                value::equals(input, &word, keyword)?;
                Value::Expression(value::expression(input)?)
            }
        };
        Ok(Argument {
            word,
            keyword,
            value,
        })
    }

    fn word(&self, input: ParseStream<'_>) -> syn::Result<Ident> {
        // Before the mistakes, because looking for a string takes longer.
        if let Ok(word) = input.call(Ident::parse_any) {
            return Ok(word);
        }
        if input.peek(LitStr) {
            let message = match self.attribute {
                AuthAttribute::RequireAuth | AuthAttribute::Policy => {
                    r#"a string needs a key: write `scope = ".."` or `role = ".."`"#
                }
                AuthAttribute::OptionalAuth => r#"a string needs a key: write `scheme = ".."`"#,
                AuthAttribute::AllowAnonymous => r#"a string needs a key: write `reason = ".."`"#,
                AuthAttribute::Check => {
                    "the description of a check is one string before other arguments: write `#[check(\"owns the order\")]`"
                }
            };
            return Err(input.error(message));
        }
        if input.peek(Token![!]) {
            return Err(input.error("`!` is not allowed in a rule: write `not(..)`"));
        }
        input.call(Ident::parse_any).map_err(|error| {
            syn::Error::new(
                error.span(),
                format!(
                    "expected an argument: `#[{}]` takes {}",
                    self.attribute.name(),
                    listed(self.attribute.keywords().iter().copied())
                ),
            )
        })
    }

    fn keyword(&self, word: &Ident, place: Place) -> syn::Result<Keyword> {
        let known = Keyword::of(word);
        let legal = self.attribute.keywords().iter().copied();
        let message = match (known, place) {
            _ if self.attribute == AuthAttribute::Check && known != Some(Keyword::Crate) => {
                format!(
                    "`#[check]` takes only a description and `crate`, not `{word}`: write `#[check(\"owns the order\")]`, and put rules into `#[require_auth(..)]`"
                )
            }
            (Some(keyword), Place::Top) if self.attribute.keywords().contains(&keyword) => {
                return Ok(keyword);
            }
            (Some(keyword), Place::Inside(_))
                if keyword.is_requirement() && self.attribute.keywords().contains(&keyword) =>
            {
                return Ok(keyword);
            }
            (Some(keyword), Place::Inside(combinator)) if !keyword.is_requirement() => format!(
                "`{word}` is only allowed at the top level, because it applies to the whole rule: move it out of `{}(..)`",
                combinator.text()
            ),
            (Some(Keyword::Reason), _) => format!(
                "`#[{}]` does not take `reason`, only `#[allow_anonymous(reason = \"..\")]` does: remove it",
                self.attribute.name()
            ),
            (Some(_), _) => format!(
                "`#[{}]` takes only {}: to restrict who may call, write `#[require_auth(..)]`",
                self.attribute.name(),
                listed(legal)
            ),
            (None, Place::Top) => self.unknown(word, legal),
            (None, Place::Inside(_)) => {
                self.unknown(word, legal.filter(|keyword| keyword.is_requirement()))
            }
        };
        Err(syn::Error::new(word.span(), message))
    }

    fn unknown(&self, word: &Ident, legal: impl Iterator<Item = Keyword> + Clone) -> String {
        let list = listed(legal.clone());
        match keyword::nearest(word, legal) {
            Some(meant) => format!(
                "unknown key `{word}`: did you mean `{}`? (`#[{}]` takes {list} here)",
                meant.text(),
                self.attribute.name()
            ),
            None => format!(
                "unknown key `{word}`: `#[{}]` takes {list} here",
                self.attribute.name()
            ),
        }
    }

    /// `any(..)`, `all(..)`, `not(..)`
    fn nested(&self, input: ParseStream<'_>, word: &Ident, keyword: Keyword) -> syn::Result<Value> {
        if !input.peek(token::Paren) {
            return Err(value::wrong_shape(word, keyword));
        }
        let content;
        parenthesized!(content in input);
        if content.is_empty() {
            let effect = match keyword {
                Keyword::Any => "denies every caller",
                _ => "has no effect",
            };
            self.errors.at(
                word.span(),
                format!(
                    "an empty `{word}()` {effect}: write a rule in the parentheses, `{}`",
                    keyword.example()
                ),
            );
        }
        let arguments = self.arguments(&content, Place::Inside(keyword));
        Ok(Value::Arguments(arguments))
    }
}

/// The error for input where a comma was expected.
fn between_arguments(input: ParseStream<'_>, error: &syn::Error) -> syn::Error {
    let message = if input.peek(Token![|]) || input.peek(Token![||]) {
        USE_ANY.to_owned()
    } else if input.peek(Token![&]) || input.peek(Token![&&]) {
        USE_ALL.to_owned()
    } else {
        format!("{error} between two arguments")
    };
    syn::Error::new(input.span(), message)
}

/// Skips to the comma before the next argument, after a mistake.
///
/// The parameters of a closure and the arguments of a generic type are separated by commas too, so a comma alone is not
/// enough: it must be followed by `key =`, or by a known key and the end of an argument or parentheses.
fn skip_to_next_argument(input: ParseStream<'_>) {
    while !input.is_empty() && !at_next_argument(input) {
        drop(input.parse::<TokenTree>());
    }
}

fn at_next_argument(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    if ahead.parse::<Token![,]>().is_err() {
        return false;
    }
    if ahead.is_empty() {
        return true;
    }
    let Ok(word) = ahead.call(Ident::parse_any) else {
        return false;
    };
    let assigns = ahead.peek(Token![=]) && !ahead.peek(Token![==]) && !ahead.peek(Token![=>]);
    let ends = ahead.is_empty() || ahead.peek(Token![,]) || ahead.peek(token::Paren);
    assigns || (ends && Keyword::of(&word).is_some())
}

/// The attribute of this crate with this path, if there is one. The path is the name alone, or the name in `auth_runtime`
/// or in `runtime`, the path of `crate = ..`. Other crates have a `#[policy]` too.
pub(crate) fn attribute_of(path: &Path, runtime: Option<&Path>) -> Option<AuthAttribute> {
    let mut parents: Vec<&Ident> = path.segments.iter().map(|segment| &segment.ident).collect();
    let name = parents.pop()?;
    let is_ours = match parents.as_slice() {
        [] => true,
        [parent] if *parent == "auth_runtime" => true,
        _ => runtime.is_some_and(|runtime| {
            parents
                .into_iter()
                .eq(runtime.segments.iter().map(|segment| &segment.ident))
        }),
    };
    AuthAttribute::ALL
        .into_iter()
        .find(|attribute| is_ours && *name == attribute.name())
}
