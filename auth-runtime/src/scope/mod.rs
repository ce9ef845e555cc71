//! Scopes and roles: those that rules require, those that a caller has, and which scopes imply others.

mod index;
mod vocabulary;

use std::fmt;
use std::iter;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use index::ScopeIndex;
pub(crate) use vocabulary::{Vocabulary, VocabularyFault};

/// A scope that a rule requires (RFC 6749 section 3.3).
///
/// Declare the scopes of an API as constants and use these in the attributes, so that a typo does not
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
    /// On any other character, including a space. In a `const`, this is a compile error.
    #[must_use]
    pub const fn new(scope: &'static str) -> Self {
        assert!(
            is_scope_token(scope.as_bytes()),
            "a scope is one or more of %x21 / %x23-5B / %x5D-7E (RFC 6749 section 3.3)"
        );
        Self(scope)
    }

    /// The scope as it is written in a token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// Functions that take names, such as `NewApiKey::scopes`, also take constants.
impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0.to_owned()
    }
}

/// A role that a rule requires. It has the same characters as a [`Scope`].
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
    /// On any other character, including a space. In a `const`, this is a compile error.
    #[must_use]
    pub const fn new(role: &'static str) -> Self {
        assert!(
            is_scope_token(role.as_bytes()),
            "a role is one or more of %x21 / %x23-5B / %x5D-7E, as a scope is"
        );
        Self(role)
    }

    /// The role as it is written in a token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// Functions that take names, such as `NewApiKey::roles`, also take constants.
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
pub struct Scopes {
    // One allocation for any number of scopes. Most callers have a few, and searching a short string is as
    // fast as a set of that size.
    joined: String,
    /// Made by the second search of a long string. A token that is not cached is usually searched once, which takes
    /// less time than making an index.
    index: OnceLock<Box<ScopeIndex>>,
    /// Whether a long string was searched since it last changed.
    searched: AtomicBool,
}

impl Scopes {
    pub(crate) fn none() -> Self {
        Self {
            joined: String::new(),
            index: OnceLock::new(),
            searched: AtomicBool::new(false),
        }
    }

    /// The maximum length of a string that is searched without an index.
    const MAX_LENGTH_WITHOUT_INDEX: usize = 256;

    /// Adds a scope. Returns `false` for an invalid one, which no rule can name: an array element such as
    /// `"read write"` is not two scopes, and its meaning is unknown.
    pub(crate) fn push(&mut self, scope: &str) -> bool {
        if !is_scope_token(scope.as_bytes()) {
            return false;
        }
        self.joined.reserve(1 + scope.len());
        if !self.joined.is_empty() {
            self.joined.push(' ');
        }
        self.joined.push_str(scope);
        self.index.take();
        *self.searched.get_mut() = false;
        true
    }

    /// Whether `scope` was granted. The comparison is exact and case-sensitive.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        if self.joined.len() > Self::MAX_LENGTH_WITHOUT_INDEX
            && (self.index.get().is_some() || self.searched.swap(true, Ordering::Relaxed))
        {
            let index = || Box::new(ScopeIndex::new(&self.joined));
            return self.index.get_or_init(index).contains(&self.joined, scope);
        }
        // By bytes, which is faster than `iter` for a few scopes. Empty parts are not scopes.
        let mut held = self.joined.as_bytes().split(|byte| *byte == b' ');
        !scope.is_empty() && held.any(|held| held == scope.as_bytes())
    }

    /// An upper estimate of the memory of its index, in bytes, whether it was made or not.
    pub(crate) fn index_size(&self) -> usize {
        if self.joined.len() > Self::MAX_LENGTH_WITHOUT_INDEX {
            ScopeIndex::size(&self.joined)
        } else {
            0
        }
    }

    /// The scopes in the order of the token.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.joined.split(' ').filter(|scope| !scope.is_empty())
    }
}

// Without the index, which is made again when it is needed.
impl Clone for Scopes {
    fn clone(&self) -> Self {
        Self {
            joined: self.joined.clone(),
            ..Self::none()
        }
    }
}

// The index is left out, because the string determines it.
impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        self.joined == other.joined
    }
}

impl Eq for Scopes {}

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

/// Whether `bytes` is a valid scope (RFC 6749 section 3.3) or role.
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

/// Characters that, like white space, may separate or enclose the elements of a list that is written as a
/// single string. The ASCII ones may also be part of a scope (RFC 6749 section 3.3), and all of them part of
/// a role.
const MARKS_OF_LISTS: [char; 17] = [
    ',', ';', '|', '+', '&', '[', ']', '(', ')', '{', '}', '\'', '"', '\u{ff0c}', '\u{3001}',
    '\u{60c}', '\u{ff1b}',
];

fn is_mark(character: char) -> bool {
    character.is_whitespace() || MARKS_OF_LISTS.contains(&character)
}

/// Whether `text` consists only of the characters that are usual in names, none of which is a mark. This is
/// faster than a search for marks.
fn is_plain_name(text: &str) -> bool {
    text.bytes().all(|byte| {
        matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'.' | b'/' | b'-' | b'_')
    })
}

/// The possible elements if `text` may be a list; none if it has no such character (a mark). A mark may also
/// be part of a scope, so the elements are not granted. But `read,trial` does not prove that a caller lacks
/// `trial`.
///
/// It is unknown which marks separate elements, and which are part of them. So the result has the pieces
/// between all marks and, as in `a+b;c`, the pieces between the marks of each kind, with and without the marks
/// around them. Each kind takes one pass over the text.
pub(crate) fn parts_of_list(text: &str) -> impl Iterator<Item = &str> {
    let list = (!is_plain_name(text) && text.contains(is_mark)).then_some(text);
    list.into_iter().flat_map(|list| {
        let between_all = list.split(is_mark).filter(|part| !part.is_empty());
        between_all.chain(parts_with_marks(list))
    })
}

/// The possible elements of `list` that contain a mark.
fn parts_with_marks(list: &str) -> impl Iterator<Item = &str> {
    let between_one_kind = MARKS_OF_LISTS
        .into_iter()
        .flat_map(|mark| list.split(mark))
        .chain(list.split(char::is_whitespace))
        // A piece as long as the list means that there is no mark of this kind.
        .filter(|part| part.len() < list.len());
    between_one_kind.flat_map(|part| {
        let bare = part.trim_matches(is_mark);
        let bare = Some(bare).filter(|bare| bare.len() < part.len());
        let parts = iter::once(part).chain(bare);
        parts.filter(|part| part.contains(is_mark))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_may_be_a_list_is_split_into_all_its_possible_parts() {
        for (text, expected) in [
            ("read", &[][..]),
            ("orders:read", &[]),
            ("https://api.example/orders.read", &[]),
            ("", &[]),
            ("read,trial", &["read", "trial"]),
            (",read,,", &["read"]),
            ("read, trial", &["read", "trial", " trial", "read,"]),
            ("a+b,c", &["a", "b", "c", "a+b", "b,c"]),
            ("a+b;c", &["a", "b", "c", "a+b", "b;c"]),
            ("a&b", &["a", "b"]),
            ("a\u{ff0c}b\u{3001}", &["a", "b", "b\u{3001}", "a\u{ff0c}b"]),
        ] {
            assert_eq!(parts_of_list(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn a_plain_name_has_no_mark() {
        for character in (0..=char::MAX.into()).filter_map(char::from_u32) {
            let text = character.to_string();
            assert!(!is_plain_name(&text) || !is_mark(character), "{text:?}");
        }
    }

    #[test]
    fn a_list_element_may_contain_separators_other_than_that_of_the_list() {
        for (list, element) in [
            ("a+b,c", "a+b"),
            ("c,a+b", "a+b"),
            ("a+b;c", "a+b"),
            ("a+b|c", "a+b"),
            ("a+b&c", "a+b"),
            ("a&b+c", "a&b"),
            ("a,b;c", "a,b"),
            ("x;a|b,c;y", "a|b,c"),
            ("a+b c", "a+b"),
            ("[a+b]", "a+b"),
            ("['a+b', 'c']", "a+b"),
            (r#"["c","a+b"]"#, "a+b"),
            ("{c;(a+b)}", "a+b"),
            ("a+b\u{ff0c}c", "a+b"),
            ("c\u{3001}a+b", "a+b"),
            ("a+b\u{60c}c", "a+b"),
            ("c\u{ff1b}a+b", "a+b"),
            ("ou=a b,ou=c", "ou=a b"),
        ] {
            assert!(parts_of_list(list).any(|part| part == element), "{list}");
        }
    }

    #[test]
    fn the_parts_of_a_long_text_have_a_bounded_total_length() {
        let all: String = MARKS_OF_LISTS.iter().collect();
        for pattern in [&*all, &format!("x{all} x"), "a,", "a+b;", "[", ", "] {
            let text = pattern.repeat(8_192 / pattern.len());
            let length: usize = parts_of_list(&text).map(str::len).sum();
            let kinds = MARKS_OF_LISTS.len() + 1;
            assert!(
                length <= (2 * kinds + 1) * text.len(),
                "{pattern}: {length}"
            );
            let parts = parts_of_list(&text).count();
            assert!(parts <= 3 * text.len(), "{pattern}: {parts}");
        }
    }

    #[test]
    fn a_scope_is_never_matched_by_a_part_of_its_text() {
        let mut scopes = Scopes::none();
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
    fn a_scope_is_found_among_many_as_among_few() {
        let mut scopes = Scopes::none();
        for number in 0..2_000 {
            let scope = format!("orders:{number}");
            assert!(!scopes.contains(&scope));
            assert!(scopes.push(&scope) && scopes.push(&scope));
            assert!(scopes.contains(&scope) && scopes.contains("orders:0"));
        }
        let copy = scopes.clone();
        for number in 0..2_000 {
            assert!(copy.contains(&format!("orders:{number}")));
        }
        for look_alike in [
            "orders:",
            "orders:2000",
            "rders:1",
            "orders:1 ",
            " orders:1",
            "orders:1 orders:1",
            "",
        ] {
            assert!(!copy.contains(look_alike), "{look_alike:?}");
        }
        assert_eq!(copy, scopes);
        assert_eq!(copy.iter().count(), 4_000);
    }

    #[test]
    fn a_scope_array_element_with_a_space_is_not_two_scopes() {
        let mut scopes = Scopes::none();
        for no_scope in ["read write", "", "a\"b", "a\tb"] {
            assert!(!scopes.push(no_scope), "{no_scope:?}");
        }
        assert!(scopes.push("ok"));
        assert_eq!(scopes.to_string(), "ok");
    }
}
