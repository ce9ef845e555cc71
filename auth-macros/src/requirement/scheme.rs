//! Validation of `scheme`: a string for a built-in scheme, the path of a constant for another one.

mod built_in;

use syn::Expr;

use self::built_in::BUILT_IN;
use super::{Name, value};
use crate::{
    arguments::{Keyword, closest},
    errors::Errors,
    tokens::ungrouped,
};

/// `"bearer"` or `kinds::GATEWAY`. Returns `None` after reporting an error.
pub(super) fn read(expression: Expr, errors: &Errors) -> Option<Name> {
    let expression = ungrouped(expression);
    if let Expr::Path(path) = &expression
        && let Some(name) = BUILT_IN.into_iter().find(|name| path.path.is_ident(name))
    {
        errors.over(
            path,
            format!("the name of a built-in scheme needs quotes: write `scheme = \"{name}\"`"),
        );
        return None;
    }
    value::name(Keyword::Scheme, expression, errors, check)
}

fn check(text: &str) -> Result<(), String> {
    let lower = text.to_ascii_lowercase();
    if text.is_empty() {
        return Err("the name of a scheme can't be empty: write `scheme = \"bearer\"`".to_owned());
    }
    if BUILT_IN.contains(&text) {
        return Ok(());
    }
    if BUILT_IN.contains(&lower.as_str()) {
        return Err(format!(
            "the name of a built-in scheme is lower case: write `scheme = \"{lower}\"`"
        ));
    }
    let parts: Vec<&str> = lower
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() > 1 && parts.iter().all(|part| BUILT_IN.contains(part)) {
        return Err(format!(
            "a string names one scheme: write a list, `scheme = {parts:?}`"
        ));
    }
    match closest(&lower, BUILT_IN, |name| name) {
        Some(meant) => Err(format!(
            "unknown scheme `{}`: did you mean `{meant}`? (for your own scheme, write its `const`, `scheme = GATEWAY`)",
            text.escape_debug()
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_scheme_names_are_accepted() {
        for kind in BUILT_IN {
            assert_eq!(check(kind), Ok(()), "{kind}");
        }
    }

    #[test]
    fn a_misspelt_scheme_gets_a_suggestion() {
        for (typed, meant) in [
            ("Bearer", "`scheme = \"bearer\"`"),
            ("API_KEY", "`scheme = \"api_key\"`"),
            ("api-key", "`api_key`"),
            ("api key", "`api_key`"),
            ("ApiKey", "`api_key`"),
            ("apikeys", "`api_key`"),
            ("baerer", "`bearer`"),
            ("Bearer token", "`bearer`"),
            ("basic ", "`basic`"),
            ("sessions", "`session`"),
            ("bearer, Basic", "`scheme = [\"bearer\", \"basic\"]`"),
            ("basic|api_key", "`scheme = [\"basic\", \"api_key\"]`"),
        ] {
            let problem = check(typed).expect_err(typed);
            assert!(problem.contains(meant), "{typed}: {problem}");
        }
    }

    #[test]
    fn an_unknown_scheme_name_is_left_to_the_runtime() {
        for typed in ["Gateway", "digest", "jwt", "käse", ","] {
            assert_eq!(check(typed), Ok(()), "{typed}");
        }
    }
}
