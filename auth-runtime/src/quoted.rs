//! Untrusted text in log lines: truncated, quoted, and with all control characters escaped.

use std::fmt::Write;

/// The maximum number of characters of one text.
const MAX_CHARACTERS: usize = 100;

/// The maximum number of texts in one list.
const MAX_TEXTS: usize = 8;

/// The text as a string literal. It ends with `..` if the text was truncated.
pub(crate) fn quoted(text: &str) -> String {
    let (start, mark) = truncated(text);
    format!("{start:?}{mark}")
}

/// The texts as an array of string literals.
pub(crate) fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut texts = texts.into_iter();
    let shown: Vec<_> = texts.by_ref().take(MAX_TEXTS).map(quoted).collect();
    let mut list = format!("[{}", shown.join(", "));
    match texts.count() {
        0 => list.push(']'),
        more => {
            // Writing to a `String` does not fail.
            let _ = write!(list, ", and {more} more]");
        }
    }
    list
}

/// The text as in a string literal, without the quotes.
pub(crate) fn escaped(text: &str) -> String {
    let (start, mark) = truncated(text);
    format!("{}{mark}", start.escape_debug())
}

/// The first characters of the text, and `..` if the text was truncated.
fn truncated(text: &str) -> (&str, &'static str) {
    let end = text.char_indices().nth(MAX_CHARACTERS).map(|(end, _)| end);
    match end.and_then(|end| text.get(..end)) {
        Some(start) => (start, ".."),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_escapes_control_characters_and_quotes() {
        let text = "a\"b\\c\n\r\t\u{0}\u{1b}[31m\u{7f}\u{85}\u{2028}\u{202e}\u{200b}\u{feff}é";
        for quoted in [quoted(text), escaped(text), quoted_list([text])] {
            assert!(
                quoted
                    .chars()
                    .all(|character| character == 'é' || matches!(character, ' '..='~')),
                "{quoted}"
            );
        }
        assert_eq!(quoted("a\"\n"), r#""a\"\n""#);
        assert_eq!(escaped("a\"\n"), r#"a\"\n"#);
    }

    #[test]
    fn quoting_truncates_long_texts_and_lists() {
        let long = "é".repeat(MAX_CHARACTERS + 1);
        assert_eq!(
            quoted(&long),
            format!("\"{}\"..", "é".repeat(MAX_CHARACTERS))
        );
        assert_eq!(escaped(&long), format!("{}..", "é".repeat(MAX_CHARACTERS)));
        let exact = "é".repeat(MAX_CHARACTERS);
        assert_eq!(quoted(&exact), format!("\"{exact}\""));

        assert_eq!(quoted_list([]), "[]");
        assert_eq!(quoted_list(["a", "b"]), r#"["a", "b"]"#);
        let list = quoted_list(["a"; MAX_TEXTS + 2]);
        assert!(list.ends_with(r#""a", and 2 more]"#), "{list}");
        assert_eq!(list.matches("\"a\"").count(), MAX_TEXTS);
    }
}
