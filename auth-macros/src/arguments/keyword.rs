//! The keywords, which attribute takes which, and suggestions for misspelt ones.

use proc_macro2::Ident;
use syn::ext::IdentExt;

/// One of the five attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthAttribute {
    RequireAuth,
    OptionalAuth,
    AllowAnonymous,
    Policy,
    Check,
}

impl AuthAttribute {
    pub(crate) const ALL: [Self; 5] = [
        Self::RequireAuth,
        Self::OptionalAuth,
        Self::AllowAnonymous,
        Self::Policy,
        Self::Check,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RequireAuth => "require_auth",
            Self::OptionalAuth => "optional_auth",
            Self::AllowAnonymous => "allow_anonymous",
            Self::Policy => "policy",
            Self::Check => "check",
        }
    }

    /// The keys that are allowed at the top level of this attribute.
    pub(crate) fn keywords(self) -> &'static [Keyword] {
        match self {
            Self::RequireAuth | Self::Policy => &[
                Keyword::Scope,
                Keyword::Role,
                Keyword::Claim,
                Keyword::Any,
                Keyword::All,
                Keyword::Not,
                Keyword::Check,
                Keyword::Policy,
                Keyword::Scheme,
                Keyword::Acr,
                Keyword::MaxAge,
                Keyword::Hide,
                Keyword::Crate,
            ],
            Self::OptionalAuth => &[Keyword::Scheme, Keyword::Crate],
            Self::AllowAnonymous => &[Keyword::Reason, Keyword::Crate],
            Self::Check => &[Keyword::Crate],
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    Scope,
    Role,
    Claim,
    Any,
    All,
    Not,
    Check,
    Policy,
    Scheme,
    Acr,
    MaxAge,
    Hide,
    Reason,
    Crate,
}

impl Keyword {
    const ALL: [Self; 14] = [
        Self::Scope,
        Self::Role,
        Self::Claim,
        Self::Any,
        Self::All,
        Self::Not,
        Self::Check,
        Self::Policy,
        Self::Scheme,
        Self::Acr,
        Self::MaxAge,
        Self::Hide,
        Self::Reason,
        Self::Crate,
    ];

    pub(crate) fn of(ident: &Ident) -> Option<Self> {
        // Comparing an identifier converts it to a string each time.
        let word = ident.to_string();
        Self::ALL.into_iter().find(|keyword| word == keyword.text())
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Role => "role",
            Self::Claim => "claim",
            Self::Any => "any",
            Self::All => "all",
            Self::Not => "not",
            Self::Check => "check",
            Self::Policy => "policy",
            Self::Scheme => "scheme",
            Self::Acr => "acr",
            Self::MaxAge => "max_age",
            Self::Hide => "hide",
            Self::Reason => "reason",
            Self::Crate => "crate",
        }
    }

    /// An example, for messages that end with "write ..".
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Scope => r#"scope = "orders:read""#,
            Self::Role => r#"role = "admin""#,
            Self::Claim => r#"claim("email_verified" = true)"#,
            Self::Any => r#"any(scope = "orders:read", role = "support")"#,
            Self::All => r#"all(scope = "orders:read", role = "support")"#,
            Self::Not => r#"not(role = "trial")"#,
            Self::Check => {
                r#"check("owns the order") = |caller: Identity, Path(id): Path<OrderId>| .."#
            }
            Self::Policy => "policy = CanRefund",
            Self::Scheme => r#"scheme = "bearer""#,
            Self::Acr => r#"acr = "urn:example:gold""#,
            Self::MaxAge => r#"max_age = "5m""#,
            Self::Hide => "hide",
            Self::Reason => r#"reason = "health probe""#,
            Self::Crate => "crate = ::renamed",
        }
    }

    /// Whether the keyword is a part of the rule. The others are settings, which apply to the whole rule.
    pub(crate) fn is_requirement(self) -> bool {
        match self {
            Self::Scope
            | Self::Role
            | Self::Claim
            | Self::Any
            | Self::All
            | Self::Not
            | Self::Check
            | Self::Policy => true,
            Self::Scheme | Self::Acr | Self::MaxAge | Self::Hide | Self::Reason | Self::Crate => {
                false
            }
        }
    }
}

/// A list such as `scope`, `role` and `crate`, for messages.
pub(crate) fn listed(keywords: impl IntoIterator<Item = Keyword>) -> String {
    let mut quoted: Vec<String> = keywords
        .into_iter()
        .map(|keyword| format!("`{}`", keyword.text()))
        .collect();
    match quoted.pop() {
        Some(last) if quoted.is_empty() => last,
        Some(last) => format!("{} and {last}", quoted.join(", ")),
        None => String::new(),
    }
}

/// The allowed key that `typed` was probably meant to be.
pub(crate) fn nearest(typed: &Ident, legal: impl IntoIterator<Item = Keyword>) -> Option<Keyword> {
    let typed = typed.unraw().to_string().to_lowercase();
    // `or` and `and` are operators in other languages. `and` would be closer to `any` than to `all`.
    let typed = match typed.as_str() {
        "or" => "any",
        "and" => "all",
        other => other,
    };
    closest(typed, legal, |keyword| keyword.text())
}

/// The value in `legal` whose `text` is closest to `typed`, if it is close enough to suggest it.
pub(crate) fn closest<T>(
    typed: &str,
    legal: impl IntoIterator<Item = T>,
    text: impl Fn(&T) -> &str,
) -> Option<T> {
    legal
        .into_iter()
        .map(|word| (distance(typed, text(&word)), word))
        .filter(|(distance, word)| {
            let word = text(word);
            // Such as `any_of` for `any`, and `sc` for `scope`.
            let extends = typed.starts_with(word);
            let begins = typed.len() > 1 && word.starts_with(typed);
            extends || begins || *distance <= (word.len() / 3).max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The edit distance of two words: insertions, deletions, replacements and swaps of neighbours.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous_letter = None;
    for (row, letter) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, &other) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let mut best = at(&last, column)
                .saturating_add(usize::from(letter != other))
                .min(at(&last, column + 1).saturating_add(1))
                .min(at(&current, column).saturating_add(1));
            let swapped = column
                .checked_sub(1)
                .filter(|&before| right.get(before) == Some(&letter))
                .filter(|_| previous_letter == Some(other));
            if let Some(before) = swapped {
                best = best.min(at(&before_last, before).saturating_add(1));
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous_letter = Some(letter);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn guess(typed: &str) -> Option<&'static str> {
        let ident = Ident::new(typed, Span::call_site());
        nearest(
            &ident,
            AuthAttribute::RequireAuth.keywords().iter().copied(),
        )
        .map(Keyword::text)
    }

    #[test]
    fn a_misspelt_keyword_gets_a_suggestion() {
        for (typed, meant) in [
            ("scop", "scope"),
            ("scopes", "scope"),
            ("socpe", "scope"),
            ("roles", "role"),
            ("Role", "role"),
            ("claims", "claim"),
            ("any_of", "any"),
            ("maxage", "max_age"),
            ("schema", "scheme"),
            ("polcy", "policy"),
            ("sc", "scope"),
            ("or", "any"),
            ("and", "all"),
        ] {
            assert_eq!(guess(typed), Some(meant), "{typed}");
        }
    }

    #[test]
    fn a_keyword_unlike_any_known_one_gets_no_suggestion() {
        for typed in ["audience", "permission", "x", "frobnicate"] {
            assert_eq!(guess(typed), None, "{typed}");
        }
    }

    #[test]
    fn swapping_two_letters_is_one_typing_error() {
        assert_eq!(distance("socpe", "scope"), 1);
        assert_eq!(distance("", "acr"), 3);
        assert_eq!(distance("acr", "acr"), 0);
    }
}
