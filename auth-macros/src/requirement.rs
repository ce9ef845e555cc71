//! What the arguments mean: the checked rule of one attribute.

mod contradiction;
mod scheme;
mod settings;
mod value;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{ExprPath, LitStr, TypePath};

use self::settings::Settings;
pub(crate) use self::{settings::Hide, value::ClaimValue};
use crate::{
    arguments::{self, Argument, AuthAttribute, Keyword, Value},
    check::Check,
    errors::Errors,
    tokens,
};

/// A whole attribute, understood.
pub(crate) struct Rule {
    pub(crate) attribute: AuthAttribute,
    pub(crate) requirement: Requirement,
    /// In the order in which [`Kind::Check`] counts them.
    pub(crate) checks: Vec<Check>,
    pub(crate) settings: Settings,
    /// Everything that was written, to look for type parameters and `Self` in.
    pub(crate) tokens: TokenStream,
    /// Whether the attribute has no errors, so that no part of the rule was left out.
    pub(crate) is_complete: bool,
}

pub(crate) struct Requirement {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// No rule but being somebody.
    Authenticated,
    Scope(Name),
    Role(Name),
    Claim {
        name: LitStr,
        value: ClaimValue,
    },
    Any(Vec<Requirement>),
    All(Vec<Requirement>),
    Not(Box<Requirement>),
    Check {
        index: usize,
    },
    Policy(TypePath),
}

/// A scope, a role or a kind of credential.
pub(crate) enum Name {
    Literal(LitStr),
    /// The path of a `const`.
    Constant(ExprPath),
}

impl Name {
    /// As it is written, to compare it and to repeat it in messages.
    fn spelled(&self) -> String {
        match self {
            Self::Literal(literal) => format!("{:?}", literal.value()),
            Self::Constant(path) => path.to_token_stream().to_string().replace(" :: ", "::"),
        }
    }
}

impl Rule {
    /// Reads and checks the arguments. The rule that comes back is whole only if `errors` stayed
    /// empty: what was wrong has been left out of it.
    pub(crate) fn parse(attribute: AuthAttribute, tokens: TokenStream, errors: &Errors) -> Self {
        let arguments = arguments::parse(attribute, tokens.clone(), errors);
        let all_read = errors.is_empty();
        let repetition = report_repetition(&arguments, errors);

        let mut settings = Settings::default();
        let mut builder = Builder {
            checks: Vec::new(),
            errors,
        };
        let mut requirements = Vec::new();
        for argument in arguments {
            if argument.keyword.is_requirement() {
                requirements.extend(builder.requirement(argument));
            } else {
                settings.read(argument, errors);
            }
        }
        // A reason that could not be read has been complained about.
        if attribute == AuthAttribute::AllowAnonymous && all_read {
            settings.demand_reason(errors);
        }
        let checks = builder.checks;

        let span = requirements
            .first()
            .map_or_else(Span::call_site, |first| first.span);
        let requirement = match <[Requirement; 1]>::try_from(requirements) {
            Ok([only]) => only,
            Err(several) => Requirement {
                span,
                kind: if several.is_empty() {
                    Kind::Authenticated
                } else {
                    Kind::All(several)
                },
            },
        };
        contradiction::report(&requirement, repetition, errors);
        Self {
            attribute,
            requirement,
            checks,
            settings,
            tokens,
            is_complete: errors.is_empty(),
        }
    }

    /// The policy of `#[require_auth(policy = CanRefund)]` with nothing beside it: the only rule
    /// that needs no type of its own.
    pub(crate) fn lone_policy(&self) -> Option<&TypePath> {
        match &self.requirement.kind {
            Kind::Policy(policy) if self.settings.change_nothing() => Some(policy),
            _ => None,
        }
    }

    /// Whether the path of the runtime crate is known. It is not if there is a `crate = ..` that could not be
    /// read: the crate has another name then.
    pub(crate) fn runtime_is_known(&self) -> bool {
        self.settings.runtime.is_some() || !tokens::has_assignment(&self.tokens, "crate")
    }

    /// Whether the handler can only run after a check has run.
    pub(crate) fn always_checks(&self) -> bool {
        self.requirement.always_checks()
    }
}

impl Requirement {
    fn always_checks(&self) -> bool {
        match &self.kind {
            Kind::Check { .. } => true,
            Kind::All(of) => of.iter().any(Self::always_checks),
            // Of several alternatives one is enough, and it may be one that loads nothing.
            Kind::Any(of) => matches!(of.as_slice(), [only] if only.always_checks()),
            Kind::Authenticated
            | Kind::Scope(_)
            | Kind::Role(_)
            | Kind::Claim { .. }
            | Kind::Not(_)
            | Kind::Policy(_) => false,
        }
    }
}

struct Builder<'errors> {
    checks: Vec<Check>,
    errors: &'errors Errors,
}

impl Builder<'_> {
    /// `None` has been reported.
    fn requirement(&mut self, argument: Argument) -> Option<Requirement> {
        let Argument {
            word,
            keyword,
            value,
        } = argument;
        let span = word.span();
        let kind = match (keyword, value) {
            (Keyword::Scope, Value::Expression(expression)) => {
                Kind::Scope(value::scope_or_role(keyword, expression, self.errors)?)
            }
            (Keyword::Role, Value::Expression(expression)) => {
                Kind::Role(value::scope_or_role(keyword, expression, self.errors)?)
            }
            (Keyword::Claim, Value::Claim { name, value }) => {
                value::check_claim_name(&name, self.errors);
                Kind::Claim {
                    name,
                    value: ClaimValue::of(&value, self.errors)?,
                }
            }
            (Keyword::Policy, Value::Type(policy)) => Kind::Policy(policy),
            (Keyword::Any, Value::Arguments(of)) => Kind::Any(self.requirements(of)),
            (Keyword::All, Value::Arguments(of)) => Kind::All(self.requirements(of)),
            (Keyword::Not, Value::Arguments(of)) => Kind::Not(Box::new(self.negated(&word, of)?)),
            (
                Keyword::Check,
                Value::Check {
                    description,
                    closure,
                },
            ) => {
                let index = self.checks.len();
                let check = Check::parse(span, description, closure, self.errors)?;
                self.checks.push(check);
                Kind::Check { index }
            }
            // The grammar pairs every keyword with its own kind of value.
            _ => {
                self.errors.misunderstood(span);
                return None;
            }
        };
        Some(Requirement { span, kind })
    }

    fn requirements(&mut self, arguments: Vec<Argument>) -> Vec<Requirement> {
        arguments
            .into_iter()
            .filter_map(|argument| self.requirement(argument))
            .collect()
    }

    fn negated(&mut self, word: &Ident, arguments: Vec<Argument>) -> Option<Requirement> {
        if arguments.len() > 1 {
            self.errors.at(
                word.span(),
                "`not` takes one rule: say `not(any(..))` if none of them may hold, `not(all(..))` if not all of them may",
            );
        }
        let checks_before = self.checks.len();
        let mut of = self.requirements(arguments);
        for check in self.checks.get(checks_before..).unwrap_or_default() {
            self.errors.at(
                check.span,
                "a check can't stand inside `not`, where its failure would let the caller in: turn the answer around in its body, `check = |..| !(..)`",
            );
        }
        of.pop()
    }
}

/// A key twice at the top level. `all` is what the attribute would do, `any` is what many expect,
/// so it has to be said. Returns whether there was one.
fn report_repetition(arguments: &[Argument], errors: &Errors) -> bool {
    let mut found = false;
    for (position, argument) in arguments.iter().enumerate() {
        // The second says it for those that follow.
        let same = |other: &&Argument| other.keyword == argument.keyword;
        let earlier = arguments.iter().take(position).filter(same).count();
        if earlier != 1 {
            continue;
        }
        let word = &argument.word;
        let written: Vec<String> = arguments.iter().filter(same).map(as_written).collect();
        let one = as_written(argument);
        let identical = matches!(argument.value, Value::Expression(_))
            && written.iter().all(|other| *other == one);
        let message = if identical {
            format!("`{one}` stands more than once: remove the others")
        } else if argument.keyword.is_requirement() {
            format!(
                "`{word}` stands more than once: write `all({})` if all must hold, `any(..)` if one is enough",
                written.join(", ")
            )
        } else if matches!(argument.keyword, Keyword::Scheme | Keyword::Acr) {
            format!("`{word}` stands more than once: write one list, `{word} = [.., ..]`")
        } else {
            format!("`{word}` stands more than once: remove the others")
        };
        errors.at(word.span(), message);
        found = true;
    }
    found
}

/// An argument as the user wrote it, if that is short.
fn as_written(argument: &Argument) -> String {
    let word = &argument.word;
    match &argument.value {
        Value::Expression(expression) => {
            let expression = expression
                .to_token_stream()
                .to_string()
                .replace(" :: ", "::");
            format!("{word} = {expression}")
        }
        Value::Type(_) => format!("{word} = .."),
        Value::Claim { name, .. } => format!("{word}({} = ..)", name.token()),
        Value::Check { .. } => format!("{word}(..) = .."),
        Value::Nothing | Value::Path(_) | Value::Arguments(_) => format!("{word}(..)"),
    }
}
