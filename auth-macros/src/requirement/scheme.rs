//! The kinds of credentials that open a route: ours by a text, the application's by a constant.

mod built_in;

use syn::Expr;

use self::built_in::BUILT_IN;
use super::{Name, value};
use crate::{
    arguments::{Keyword, closest},
    errors::Errors,
    tokens::ungrouped,
};

/// `"bearer"` or `kinds::GATEWAY`. `None` has been reported.
pub(super) fn read(expression: Expr, errors: &Errors) -> Option<Name> {
    let expression = ungrouped(expression);
    if let Expr::Path(path) = &expression
        && let Some(ours) = BUILT_IN.into_iter().find(|ours| path.path.is_ident(ours))
    {
        errors.over(
            path,
            format!("a kind that comes with the crate stands in quotes: `scheme = \"{ours}\"`"),
        );
        return None;
    }
    value::name(Keyword::Scheme, expression, errors, check)
}

fn check(text: &str) -> Result<(), String> {
    let lower = text.to_ascii_lowercase();
    if text.is_empty() {
        return Err("name the kind of credential: `scheme = \"bearer\"`".to_owned());
    }
    if BUILT_IN.contains(&text) {
        return Ok(());
    }
    if BUILT_IN.contains(&lower.as_str()) {
        return Err(format!(
            "credential kinds are named in lower case: `scheme = \"{lower}\"`"
        ));
    }
    let parts: Vec<&str> = lower
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() > 1 && parts.iter().all(|part| BUILT_IN.contains(part)) {
        return Err(format!(
            "one kind at a time: several are a list, `scheme = {parts:?}`"
        ));
    }
    match closest(&lower, BUILT_IN, |ours| ours) {
        Some(meant) => Err(format!(
            "there is no kind of credential `{}`: did you mean `{meant}`? (a kind of your own is named by its `const`, `scheme = GATEWAY`)",
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
