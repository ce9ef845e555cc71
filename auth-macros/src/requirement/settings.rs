//! The settings of a rule, which are only allowed at the top level.

use proc_macro2::{Ident, Span};
use syn::{LitStr, Path, spanned::Spanned};

use super::{Name, scheme, value};
use crate::{
    arguments::{Argument, Keyword, Value},
    errors::Errors,
    tokens::ungrouped,
};

#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) schemes: Vec<Name>,
    pub(crate) acr: Vec<LitStr>,
    pub(crate) max_age: Option<Seconds>,
    pub(crate) hide: Option<Hide>,
    pub(crate) reason: Option<LitStr>,
    /// `crate = ::renamed`
    pub(crate) runtime: Option<Path>,
    /// Whether there is a `reason`, which may be invalid.
    reason_given: bool,
}

pub(crate) struct Seconds {
    pub(crate) span: Span,
    pub(crate) count: u64,
}

/// Which denials are answered with 404.
pub(crate) enum Hide {
    /// `hide`: 404 instead of 403.
    Forbidden(Span),
    /// `hide = "always"`: 404 instead of 401 as well.
    Always(Span),
}

impl Settings {
    /// Reads an argument that is a setting.
    pub(super) fn read(&mut self, argument: Argument, errors: &Errors) {
        let Argument {
            word,
            keyword,
            value,
        } = argument;
        match (keyword, value) {
            (Keyword::Scheme, Value::Expression(expression)) => {
                let read = |element| scheme::read(element, errors);
                self.schemes = value::list(keyword, expression, errors, read, Name::spelled);
            }
            (Keyword::Acr, Value::Expression(expression)) => {
                let read = |element| {
                    let text = value::text(keyword, element, errors)?;
                    let problem = check_acr(&text.value()).err();
                    if let Some(problem) = &problem {
                        errors.at(text.span(), problem);
                    }
                    problem.is_none().then_some(text)
                };
                self.acr = value::list(keyword, expression, errors, read, LitStr::value);
            }
            (Keyword::MaxAge, Value::Expression(expression)) => {
                let Some(text) = value::text(keyword, expression, errors) else {
                    return;
                };
                match seconds(&text.value()) {
                    Ok(count) => {
                        let span = text.span();
                        self.max_age = Some(Seconds { span, count });
                    }
                    Err(problem) => errors.at(text.span(), problem),
                }
            }
            (Keyword::Hide, Value::Nothing) => self.hide = Some(Hide::Forbidden(word.span())),
            (Keyword::Hide, Value::Expression(expression)) => {
                let expression = ungrouped(expression);
                let span = expression.span();
                match &expression {
                    syn::Expr::Lit(syn::ExprLit {
                        lit: syn::Lit::Str(text),
                        ..
                    }) if text.value() == "always" => self.hide = Some(Hide::Always(span)),
                    _ => errors.over(
                        expression,
                        "the value of `hide` can only be `\"always\"`: write `hide` to answer 404 instead of 403, or `hide = \"always\"` to answer 404 instead of 401 as well",
                    ),
                }
            }
            (Keyword::Reason, Value::Expression(expression)) => {
                self.reason_given = true;
                let Some(text) = value::text(keyword, expression, errors) else {
                    return;
                };
                if text.value().trim().is_empty() {
                    errors.at(
                        text.span(),
                        "the reason can't be empty: write why anonymous callers are allowed",
                    );
                }
                self.reason = Some(text);
            }
            (Keyword::Crate, Value::Path(path)) => {
                let first = path.segments.first().map(|segment| &segment.ident);
                // `$crate` is the crate of a `macro_rules!` that generates the attribute.
                let absolute = path.leading_colon.is_some()
                    || first.is_some_and(|first| first == "crate" || first == "$crate");
                if !absolute {
                    errors.over(&path, not_absolute(&path));
                }
                self.runtime = Some(path);
            }
            // The parser returns the right kind of value for each keyword.
            _ => errors.internal_error(word.span()),
        }
    }

    pub(super) fn require_reason(&self, errors: &Errors) {
        if !self.reason_given {
            errors.at(
                Span::call_site(),
                "the reason is missing: write why anonymous callers are allowed, `#[allow_anonymous(reason = \"health probe\")]`",
            );
        }
    }

    /// Whether the settings leave the rule unchanged. A renamed runtime does.
    pub(super) fn change_nothing(&self) -> bool {
        self.schemes.is_empty()
            && self.acr.is_empty()
            && self.max_age.is_none()
            && self.hide.is_none()
    }
}

fn not_absolute(path: &Path) -> String {
    const WHY: &str = "the path must be absolute, because it is used in more than one place";
    // These are relative to the module, so they can't follow `crate::`.
    let is_relative = |ident: &Ident| ident == "self" || ident == "super" || ident == "Self";
    let names: Vec<String> = path
        .segments
        .iter()
        .map(|segment| &segment.ident)
        .filter(|ident| !is_relative(ident))
        .map(ToString::to_string)
        .collect();
    let written = names.join("::");
    if names.is_empty() {
        format!("{WHY}: write it from the root of your crate, `crate = crate::..`")
    } else if names.len() < path.segments.len() {
        format!("{WHY}: write it from the root of your crate, `crate = crate::..::{written}`")
    } else {
        format!("{WHY}: write `crate = ::{written}` or `crate = crate::{written}`")
    }
}

/// Checks an authentication context class. A challenge contains it in a quoted string, in a list separated by spaces.
fn check_acr(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!(
            "an authentication context class can't be empty: write `{}`",
            Keyword::Acr.example()
        ));
    }
    let invalid = text
        .chars()
        .find(|letter| !letter.is_ascii_graphic() || matches!(letter, '"' | '\\'));
    match invalid {
        None => Ok(()),
        Some(' ') => Err(
            "a string names one class: write a list if any of several is enough, `acr = [\"..\", \"..\"]`"
                .to_owned(),
        ),
        Some(invalid) => Err(format!(
            "an authentication context class can't contain {}, because the challenge repeats it in quotes: use printable ASCII without spaces, quotes and backslashes",
            value::shown(invalid)
        )),
    }
}

/// `90s`, `5m`, `2h`, `1d`
fn seconds(text: &str) -> Result<u64, String> {
    let factors = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400_u64)];
    let split = factors
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
        .filter(|(digits, _)| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
    let Some((digits, factor)) = split else {
        return Err(
            "`max_age` takes an integer with a unit, `s`, `m`, `h` or `d`: write `max_age = \"90s\"` or `max_age = \"5m\"`"
                .to_owned(),
        );
    };
    let count = digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor));
    match count {
        Some(0) => Err(
            "`max_age` can't be zero, because every login would be too old: write `max_age = \"5m\"`"
                .to_owned(),
        ),
        Some(count) => Ok(count),
        None => Err("this number of seconds does not fit into 64 bits: remove `max_age`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_age_is_parsed_into_seconds() {
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("5m"), Ok(300));
        assert_eq!(seconds("2h"), Ok(7_200));
        assert_eq!(seconds("1d"), Ok(86_400));
        for wrong in [
            "", "5", "m", "5 m", "-5m", "+5m", "5min", "0s", "1.5h", "٣s",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong:?}");
        }
        assert!(seconds("99999999999999999999d").is_err());
        assert!(seconds("18446744073709551615d").is_err());
    }
}
