//! Scopes and roles: the words of a rule, what they imply, and the sets a caller holds.

mod vocabulary;

use std::fmt;

pub(crate) use vocabulary::{Vocabulary, VocabularyFault};

/// A scope that a rule asks for (RFC 6749 section 3.3).
///
/// Declare the scopes of an API once and name them in the attributes, so that a typo does not
/// compile:
///
/// ```
/// use auth_runtime::Scope;
///
/// const ORDERS_READ: Scope = Scope::new("orders:read");
/// assert_eq!(ORDERS_READ.as_str(), "orders:read");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(&'static str);

impl Scope {
    /// A scope of one or more of the characters `%x21 / %x23-5B / %x5D-7E`.
    ///
    /// # Panics
    ///
    /// On any other character, among them the space: a compile error in a `const`.
    #[must_use]
    pub const fn new(scope: &'static str) -> Self {
        assert!(
            is_scope_token(scope.as_bytes()),
            "a scope is one or more of %x21 / %x23-5B / %x5D-7E (RFC 6749 section 3.3)"
        );
        Self(scope)
    }

    /// The scope as it stands in a token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// So that what takes names, such as `NewApiKey::scopes`, takes constants too.
impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0.to_owned()
    }
}

/// A role that a rule asks for. The same characters as in a [`Scope`].
///
/// ```
/// use auth_runtime::Role;
///
/// const ADMIN: Role = Role::new("admin");
/// assert_eq!(ADMIN.as_str(), "admin");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Role(&'static str);

impl Role {
    /// A role of one or more of the characters `%x21 / %x23-5B / %x5D-7E`.
    ///
    /// # Panics
    ///
    /// On any other character, among them the space: a compile error in a `const`.
    #[must_use]
    pub const fn new(role: &'static str) -> Self {
        assert!(
            is_scope_token(role.as_bytes()),
            "a role is one or more of %x21 / %x23-5B / %x5D-7E, as a scope is"
        );
        Self(role)
    }

    /// The role as it stands in a token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// So that what takes names, such as `NewApiKey::roles`, takes constants too.
impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.0.to_owned()
    }
}

/// The scopes a caller was granted, compared byte for byte.
///
/// ```
/// # use auth_runtime::testing::Issuer;
/// # let identity = Issuer::new("https://issuer.example", "https://api.example")
/// #     .token("alice").scope("orders:read orders:write").identity();
/// assert!(identity.scopes().contains("orders:read"));
/// assert!(!identity.scopes().contains("orders"));
/// assert_eq!(identity.scopes().to_string(), "orders:read orders:write");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Scopes {
    // One allocation however many scopes: most rules ask for one or two of them, and comparing
    // along the text is as fast as a set of that size.
    joined: String,
}

impl Scopes {
    pub(crate) const NONE: Self = Self {
        joined: String::new(),
    };

    /// Adds a scope. `false` for what no rule can name: an array element such as `"read write"` is
    /// not two scopes, and what it means is not known.
    pub(crate) fn push(&mut self, scope: &str) -> bool {
        if !is_scope_token(scope.as_bytes()) {
            return false;
        }
        if !self.joined.is_empty() {
            self.joined.push(' ');
        }
        self.joined.push_str(scope);
        true
    }

    /// Whether `scope` was granted: exact, case-sensitive, never a prefix.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|held| held == scope)
    }

    /// The scopes in the token's order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.joined.split(' ').filter(|scope| !scope.is_empty())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.joined)
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

/// What a scope consists of (RFC 6749 section 3.3), and a role.
pub(crate) const fn is_scope_token(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        if !matches!(first, 0x21 | 0x23..=0x5B | 0x5D..=0x7E) {
            return false;
        }
        rest = tail;
    }
    !bytes.is_empty()
}

/// Characters that, like white space, separate or enclose the elements if a program writes a list as a
/// single text. Most of them may also be part of a scope (RFC 6749 section 3.3) or a role.
const MARKS_OF_LISTS: [char; 12] = [',', ';', '|', '+', '[', ']', '(', ')', '{', '}', '\'', '"'];

/// The elements if `text` may be a list; none if it has no mark of a list. A comma may also be part of
/// a scope, so the elements are not granted. But a caller with `read,trial` has not shown that they
/// lack `trial`.
pub(crate) fn parts_of_list(text: &str) -> impl Iterator<Item = &str> {
    let is_mark =
        |character: char| MARKS_OF_LISTS.contains(&character) || character.is_whitespace();
    let separated = text
        .contains(is_mark)
        .then(|| text.split(is_mark))
        .into_iter()
        .flatten();
    // The elements of a list with commas may have other marks in them.
    let by_comma = (text.contains(',') && text.contains(|other| other != ',' && is_mark(other)))
        .then(|| text.split(','))
        .into_iter()
        .flatten();
    separated.chain(by_comma).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_what_may_be_a_list() {
        for (text, expected) in [
            ("read", &[][..]),
            ("orders:read", &[]),
            ("https://api.example/orders.read", &[]),
            ("", &[]),
            ("read,trial", &["read", "trial"]),
            (",read,,", &["read"]),
            ("read, trial", &["read", "trial", "read", " trial"]),
            (
                "['read','trial']",
                &["read", "trial", "['read'", "'trial']"],
            ),
            ("a|b,c", &["a", "b", "c", "a|b", "c"]),
        ] {
            assert_eq!(parts_of_list(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn a_scope_is_never_matched_by_a_part_of_it() {
        let mut scopes = Scopes::NONE;
        assert!(scopes.push("orders:read") && scopes.push("admin"));
        for look_alike in [
            "orders",
            "orders:",
            "read",
            "orders:read ",
            "Admin",
            "admin2",
            "",
            " ",
        ] {
            assert!(!scopes.contains(look_alike), "{look_alike:?}");
        }
        assert!(scopes.contains("orders:read") && scopes.contains("admin"));
    }

    #[test]
    fn an_array_element_with_a_space_is_not_two_scopes() {
        let mut scopes = Scopes::NONE;
        for no_scope in ["read write", "", "a\"b", "a\tb"] {
            assert!(!scopes.push(no_scope), "{no_scope:?}");
        }
        assert!(scopes.push("ok"));
        assert_eq!(scopes.to_string(), "ok");
    }
}
