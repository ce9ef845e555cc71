//! Validation of values: scopes, roles, claims and lists.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitBool, LitInt, LitStr, UnOp, spanned::Spanned};

use super::Name;
use crate::{
    arguments::{Keyword, USE_ALL, USE_ANY},
    errors::Errors,
    tokens::ungrouped,
};

/// `scope = "orders:read"` or `scope = scopes::ORDERS_READ`
pub(super) fn scope_or_role(keyword: Keyword, expression: Expr, errors: &Errors) -> Option<Name> {
    name(keyword, expression, errors, |text| {
        check_scope_token(keyword, text)
    })
}

/// A string that `check` accepts, or the path of a constant.
pub(super) fn name(
    keyword: Keyword,
    expression: Expr,
    errors: &Errors,
    check: impl Fn(&str) -> Result<(), String>,
) -> Option<Name> {
    match ungrouped(expression) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => {
            if let Err(problem) = check(&literal.value()) {
                errors.at(literal.span(), problem);
                return None;
            }
            Some(Name::Literal(literal))
        }
        Expr::Path(path) => Some(Name::Constant(path)),
        other => {
            report_wrong_kind(keyword, &other, errors);
            None
        }
    }
}

/// Checks the syntax of a scope (RFC 6749 section 3.3). Roles have the same syntax: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
fn check_scope_token(keyword: Keyword, text: &str) -> Result<(), String> {
    let word = keyword.text();
    if text.trim().is_empty() {
        return Err(format!(
            "a {word} can't be empty: write `{}`, or remove it to allow every authenticated caller",
            keyword.example()
        ));
    }
    let allowed = |letter: char| matches!(letter, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
    let invalid = text.chars().find(|&letter| !allowed(letter));
    if text.contains(is_list_separator) {
        return Err(list_in_string(keyword, text, invalid.is_some()));
    }
    let Some(invalid) = invalid else {
        return Ok(());
    };
    Err(match keyword {
        Keyword::Role => format!(
            "a role can't contain {}, only printable ASCII without quotes and backslashes, like a scope: rename the role, or write `claim(\"roles\" = ..)`",
            shown(invalid)
        ),
        _ => format!(
            "a scope can't contain {}, only printable ASCII without quotes and backslashes (RFC 6749 section 3.3): write the name as the issuer puts it into tokens",
            shown(invalid)
        ),
    })
}

/// Whether this character usually separates a list. A scope may contain a comma or a semicolon, but in a rule
/// one of them is almost always a mistake. Other characters are allowed, such as `|` and `&`, which occur in
/// scopes of SMART on FHIR.
fn is_list_separator(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, ',' | ';')
}

/// The error for a string that looks like a list of scopes or roles.
fn list_in_string(keyword: Keyword, text: &str, is_invalid: bool) -> String {
    let word = keyword.text();
    let has_space = text.contains(char::is_whitespace);
    let several: Vec<String> = text
        .split(is_list_separator)
        .filter(|one| !one.is_empty())
        .map(|one| format!("{word} = \"{one}\""))
        .collect();
    let one = several.len() < 2;
    let several = several.join(", ");
    let message = match keyword {
        _ if several.is_empty() => {
            format!("a string names one {word}: write `{}`", keyword.example())
        }
        _ if one && has_space => format!("a {word} can't contain a space: write `{several}`"),
        Keyword::Role if has_space => format!(
            "a role can't contain a space, because roles have the syntax of scopes: write `claim(\"roles\" = {text:?})` if it is one role, `all({several})` if all are required, `any({several})` if one is enough"
        ),
        _ if one => format!("a string names one {word}: write `{several}`"),
        _ => format!(
            "a string names one {word}: write `all({several})` if all are required, `any({several})` if one is enough"
        ),
    };
    if is_invalid {
        return message;
    }
    let kind = match keyword {
        Keyword::Role => "Role",
        _ => "Scope",
    };
    let mark = if text.contains(',') {
        "comma"
    } else {
        "semicolon"
    };
    format!(
        "{message}; for one {word} with a {mark} in its name write `{word} = NAME` with `const NAME: {kind} = {kind}::new({text:?});`"
    )
}

/// A character in a message. Invisible ones are escaped.
pub(super) fn shown(letter: char) -> String {
    match letter {
        ' ' => "a space".to_owned(),
        _ if letter.is_control() || letter.is_whitespace() => {
            format!("`{}`", letter.escape_unicode())
        }
        _ => format!("`{letter}`"),
    }
}

pub(crate) enum ClaimValue {
    Boolean(LitBool),
    Integer { negative: bool, literal: LitInt },
    Text(LitStr),
}

impl ClaimValue {
    pub(super) fn of(expression: &Expr, errors: &Errors) -> Option<Self> {
        match expression {
            Expr::Group(group) => Self::of(&group.expr, errors),
            Expr::Lit(ExprLit { lit, .. }) => match lit {
                Lit::Bool(literal) => Some(Self::Boolean(literal.clone())),
                Lit::Str(literal) => Some(Self::Text(literal.clone())),
                Lit::Int(literal) => Self::integer(literal, false, expression, errors),
                Lit::Float(_) => refuse(
                    expression,
                    "a claim can't be compared with a fraction: write an integer, or compare the claim in a `check`",
                    errors,
                ),
                _ => refuse_claim_value(expression, errors),
            },
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_),
                expr,
                ..
            }) => match &ungrouped((**expr).clone()) {
                Expr::Lit(ExprLit {
                    lit: Lit::Int(literal),
                    ..
                }) => Self::integer(literal, true, expression, errors),
                Expr::Lit(ExprLit {
                    lit: Lit::Float(_), ..
                }) => Self::of(expr, errors),
                _ => refuse_claim_value(expression, errors),
            },
            Expr::Array(_) => refuse(
                expression,
                r#"a claim can't be compared with a list: write `any(claim("a" = "x"), claim("a" = "y"))`"#,
                errors,
            ),
            _ => refuse_claim_value(expression, errors),
        }
    }

    fn integer(literal: &LitInt, negative: bool, written: &Expr, errors: &Errors) -> Option<Self> {
        if !literal.suffix().is_empty() {
            return refuse(
                written,
                "an integer in a claim can't have a suffix: remove it",
                errors,
            );
        }
        let sign = if negative { "-" } else { "" };
        if format!("{sign}{}", literal.base10_digits())
            .parse::<i64>()
            .is_err()
        {
            return refuse(
                written,
                "this integer does not fit into 64 bits: compare the claim in a `check`",
                errors,
            );
        }
        Some(Self::Integer {
            negative,
            literal: literal.clone(),
        })
    }
}

fn refuse_claim_value(value: &Expr, errors: &Errors) -> Option<ClaimValue> {
    refuse(
        value,
        "the value of a claim must be a literal: write `true`, `false`, an integer or a string",
        errors,
    )
}

fn refuse(value: &Expr, message: &str, errors: &Errors) -> Option<ClaimValue> {
    errors.over(value, message);
    None
}

/// Checks a name such as `"email_verified"`, or a JSON pointer (RFC 6901), which starts with `/`.
pub(super) fn check_claim_name(name: &LitStr, errors: &Errors) {
    let text = name.value();
    if text.is_empty() {
        errors.at(
            name.span(),
            format!(
                "the name of a claim can't be empty: write `{}`",
                Keyword::Claim.example()
            ),
        );
    }
    if !text.starts_with('/') {
        return;
    }
    let escapes_well = text
        .split('~')
        .skip(1)
        .all(|after| after.starts_with(['0', '1']));
    if !escapes_well {
        errors.at(
            name.span(),
            "a claim name that starts with `/` is a JSON pointer (RFC 6901): write `~0` for `~`, and `~1` for a `/` inside a name",
        );
    }
}

/// The elements of `"bearer"` or `["bearer", GATEWAY]`. Reports an element that appears twice.
pub(super) fn list<T>(
    keyword: Keyword,
    expression: Expr,
    errors: &Errors,
    read: impl Fn(Expr) -> Option<T>,
    spelled: impl Fn(&T) -> String,
) -> Vec<T> {
    let mut list: Vec<T> = Vec::new();
    let elements = match ungrouped(expression) {
        Expr::Array(array) if array.elems.is_empty() => {
            errors.over(
                array,
                format!(
                    "an empty list denies every caller: write `{}`, or remove `{}`",
                    keyword.example(),
                    keyword.text()
                ),
            );
            return list;
        }
        Expr::Array(array) => array.elems.into_iter().collect(),
        other => vec![other],
    };
    for element in elements {
        let place = element.to_token_stream();
        let Some(element) = read(element) else {
            continue;
        };
        let name = spelled(&element);
        if list.iter().any(|earlier| spelled(earlier) == name) {
            errors.over(
                place,
                format!("`{name}` appears twice in this list: remove one"),
            );
        } else {
            list.push(element);
        }
    }
    list
}

/// A string literal. Reports any other expression.
pub(super) fn text(keyword: Keyword, expression: Expr, errors: &Errors) -> Option<LitStr> {
    match ungrouped(expression) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => Some(literal),
        other => {
            report_wrong_kind(keyword, &other, errors);
            None
        }
    }
}

/// Reports a value of the wrong kind.
pub(super) fn report_wrong_kind(keyword: Keyword, value: &Expr, errors: &Errors) {
    let word = keyword.text();
    let example = keyword.example();
    let operator = operator_between_rules(value);
    let message = match (keyword, operator) {
        (_, Some((Operator::Or, at))) => {
            errors.at(at, USE_ANY);
            return;
        }
        (_, Some((Operator::And, at))) => {
            errors.at(at, USE_ALL);
            return;
        }
        (Keyword::Scope | Keyword::Role, None) => match value {
            Expr::Array(_) => format!(
                "`{word}` takes one {word}, not a list: write `all({word} = .., {word} = ..)` if all are required, `any(..)` if one is enough"
            ),
            _ => format!(
                "`{word}` takes a string literal or the path of a `const`: write `{example}` or `{word} = {}`",
                if keyword == Keyword::Scope {
                    "scopes::ORDERS_READ"
                } else {
                    "roles::ADMIN"
                }
            ),
        },
        (Keyword::MaxAge, None) => {
            format!("`max_age` takes a string with a unit, `s`, `m`, `h` or `d`: write `{example}`")
        }
        (Keyword::Scheme, None) => format!(
            "`{word}` takes a string literal, the path of a `const`, or a list of them: write `{example}`, `{word} = GATEWAY` or `{word} = [\"bearer\", GATEWAY]`"
        ),
        (Keyword::Acr, None) => format!(
            "`{word}` takes a string literal or a list of them: write `{example}` or `{word} = [\"..\", \"..\"]`"
        ),
        (_, None) => format!("`{word}` takes a string literal: write `{example}`"),
    };
    errors.over(value.to_token_stream(), message);
}

enum Operator {
    And,
    Or,
}

/// The operator in `scope = "a" || role = "b"`, where everything after the first `=` is one expression.
fn operator_between_rules(value: &Expr) -> Option<(Operator, Span)> {
    match value {
        Expr::Assign(assign) => operator_between_rules(&assign.left),
        Expr::Binary(binary) => match binary.op {
            syn::BinOp::Or(_) | syn::BinOp::BitOr(_) => Some((Operator::Or, binary.op.span())),
            syn::BinOp::And(_) | syn::BinOp::BitAnd(_) => Some((Operator::And, binary.op.span())),
            _ => None,
        },
        _ => None,
    }
}
