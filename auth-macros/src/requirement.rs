//! The validated rule of one attribute.

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

/// The rule and the settings of an attribute.
pub(crate) struct Rule {
    pub(crate) attribute: AuthAttribute,
    pub(crate) requirement: Requirement,
    /// The checks and the policies of the rule, in declaration order. A policy may have checks.
    pub(crate) checks_and_policies: Vec<CheckOrPolicy>,
    pub(crate) settings: Settings,
    /// The arguments as tokens, to find type parameters and `Self` in them.
    pub(crate) tokens: TokenStream,
    /// Whether the attribute has no errors, so that no part of the rule was left out.
    pub(crate) is_complete: bool,
}

pub(crate) struct Requirement {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// Holds for every authenticated caller.
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
        /// Its place in [`Rule::checks_and_policies`].
        place: usize,
    },
    NamedCheck {
        name: TypePath,
        /// Its place in [`Rule::checks_and_policies`].
        place: usize,
    },
    Policy {
        policy: TypePath,
        /// Its place in [`Rule::checks_and_policies`].
        place: usize,
        /// Whether it is inside `not(..)`.
        negated: bool,
    },
}

/// A check or a policy in a rule.
pub(crate) enum CheckOrPolicy {
    Closure(Check),
    Named(TypePath),
    Policy(TypePath),
}

/// A scope, a role or a scheme.
pub(crate) enum Name {
    Literal(LitStr),
    /// The path of a `const`.
    Constant(ExprPath),
}

impl Name {
    /// The source text, to compare names and for messages.
    fn spelled(&self) -> String {
        match self {
            Self::Literal(literal) => format!("{:?}", literal.value()),
            Self::Constant(path) => path.to_token_stream().to_string().replace(" :: ", "::"),
        }
    }
}

impl Rule {
    /// Parses and validates the arguments. Invalid parts are left out, so the rule is complete only if `errors` is
    /// empty.
    pub(crate) fn parse(attribute: AuthAttribute, tokens: TokenStream, errors: &Errors) -> Self {
        let arguments = arguments::parse(attribute, tokens.clone(), errors);
        let all_read = errors.is_empty();
        let repetition = report_repetition(&arguments, errors);

        let mut settings = Settings::default();
        let mut builder = Builder {
            attribute,
            checks_and_policies: Vec::new(),
            inside_not: false,
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
        // An invalid reason has been reported already.
        if attribute == AuthAttribute::AllowAnonymous && all_read {
            settings.require_reason(errors);
        }
        let checks_and_policies = builder.checks_and_policies;

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
            checks_and_policies,
            settings,
            tokens,
            is_complete: errors.is_empty(),
        }
    }

    /// The policy of `#[require_auth(policy = CanRefund)]` without other arguments. Only this rule needs no hidden type.
    pub(crate) fn lone_policy(&self) -> Option<&TypePath> {
        match &self.requirement.kind {
            Kind::Policy { policy, .. } if self.settings.change_nothing() => Some(policy),
            _ => None,
        }
    }

    /// Whether the rule restricts who may call, and changes no setting.
    pub(crate) fn has_only_a_requirement(&self) -> bool {
        !matches!(self.requirement.kind, Kind::Authenticated) && self.settings.change_nothing()
    }

    /// Whether the path of the runtime crate is known. It is unknown if there is an invalid `crate = ..`.
    pub(crate) fn runtime_is_known(&self) -> bool {
        self.settings.runtime.is_some() || !tokens::has_assignment(&self.tokens, "crate")
    }

    /// The closures among the checks.
    pub(crate) fn closures(&self) -> impl Iterator<Item = &Check> {
        self.checks_and_policies
            .iter()
            .filter_map(|check| match check {
                CheckOrPolicy::Closure(closure) => Some(closure),
                CheckOrPolicy::Named(_) | CheckOrPolicy::Policy(_) => None,
            })
    }

    /// Whether the rule has a check that is not that of a policy.
    pub(crate) fn has_own_check(&self) -> bool {
        let is_policy = |check: &CheckOrPolicy| matches!(check, CheckOrPolicy::Policy(_));
        !self.checks_and_policies.iter().all(is_policy)
    }

    /// Whether the rule contains a policy, which may have checks.
    pub(crate) fn has_policy(&self) -> bool {
        let is_policy = |check: &CheckOrPolicy| matches!(check, CheckOrPolicy::Policy(_));
        self.checks_and_policies.iter().any(is_policy)
    }

    /// Whether a check always runs before the handler.
    pub(crate) fn always_checks(&self) -> bool {
        self.requirement.always_checks()
    }
}

impl Requirement {
    fn always_checks(&self) -> bool {
        match &self.kind {
            Kind::Check { .. } | Kind::NamedCheck { .. } => true,
            Kind::All(of) => of.iter().any(Self::always_checks),
            // One alternative is enough, and it may have no check.
            Kind::Any(of) => matches!(of.as_slice(), [only] if only.always_checks()),
            Kind::Authenticated
            | Kind::Scope(_)
            | Kind::Role(_)
            | Kind::Claim { .. }
            | Kind::Not(_)
            | Kind::Policy { .. } => false,
        }
    }
}

struct Builder<'errors> {
    attribute: AuthAttribute,
    checks_and_policies: Vec<CheckOrPolicy>,
    inside_not: bool,
    errors: &'errors Errors,
}

impl Builder<'_> {
    /// Returns `None` after reporting an error.
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
            (Keyword::Policy, Value::Type(policy)) => Kind::Policy {
                place: self.list(CheckOrPolicy::Policy(policy.clone())),
                policy,
                negated: self.inside_not,
            },
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
                if self.attribute == AuthAttribute::Policy {
                    self.errors.at(
                        span,
                        "a policy can't contain a closure: write a function with `#[check]`, and `check = owns_order` here",
                    );
                    return None;
                }
                let check = Check::parse(span, description, closure, self.errors)?;
                self.refuse_inside_not(
                    span,
                    "negate the result in the check, `check = |..| !(..)`",
                );
                Kind::Check {
                    place: self.list(CheckOrPolicy::Closure(check)),
                }
            }
            (Keyword::Check, Value::NamedCheck(name)) => {
                self.refuse_inside_not(span, "write a check that returns the opposite");
                Kind::NamedCheck {
                    place: self.list(CheckOrPolicy::Named(name.clone())),
                    name,
                }
            }
            // The parser returns the right kind of value for each keyword.
            _ => {
                self.errors.internal_error(span);
                return None;
            }
        };
        Some(Requirement { span, kind })
    }

    fn refuse_inside_not(&self, span: Span, instead: &str) {
        if self.inside_not {
            self.errors.at(
                span,
                format!(
                    "a check can't be inside `not`, because an error in the check would allow the caller: {instead}"
                ),
            );
        }
    }

    /// Adds a check, and returns its place.
    fn list(&mut self, check: CheckOrPolicy) -> usize {
        self.checks_and_policies.push(check);
        self.checks_and_policies.len() - 1
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
                "`not` takes one rule: write `not(any(..))` if none of them may hold, `not(all(..))` if at least one must not hold",
            );
        }
        let outside = std::mem::replace(&mut self.inside_not, true);
        let mut of = self.requirements(arguments);
        self.inside_not = outside;
        of.pop()
    }
}

/// Reports a repeated key at the top level: without `all` or `any` it is ambiguous. Returns whether there was one.
fn report_repetition(arguments: &[Argument], errors: &Errors) -> bool {
    let mut found = false;
    for (position, argument) in arguments.iter().enumerate() {
        // One error, at the second of them.
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
            format!("`{one}` appears more than once: keep one of them")
        } else if argument.keyword.is_requirement() {
            format!(
                "`{word}` appears more than once: write `all({})` if all must hold, `any(..)` if one is enough",
                written.join(", ")
            )
        } else if matches!(argument.keyword, Keyword::Scheme | Keyword::Acr) {
            format!("`{word}` appears more than once: write one list, `{word} = [.., ..]`")
        } else {
            format!("`{word}` appears more than once: keep one of them")
        };
        errors.at(word.span(), message);
        found = true;
    }
    found
}

/// The source of an argument for messages, shortened if it can be long.
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
        Value::NamedCheck(name) => {
            format!("{word} = {}", tokens::spelled(name))
        }
        Value::Nothing | Value::Path(_) | Value::Arguments(_) => format!("{word}(..)"),
    }
}
