//! Texts of other parties in log lines: shortened, in quotes, with every control character escaped.

use std::fmt::Write;

/// The most characters of one text.
const LONGEST: usize = 100;

/// The most texts of one list.
const MOST: usize = 8;

/// As a string literal; `..` follows one that was cut.
pub(crate) fn quoted(text: &str) -> String {
    let (start, cut) = start(text);
    format!("{start:?}{cut}")
}

/// As an array of string literals.
pub(crate) fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut texts = texts.into_iter();
    let shown: Vec<_> = texts.by_ref().take(MOST).map(quoted).collect();
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

/// Without quotes.
pub(crate) fn escaped(text: &str) -> String {
    let (start, cut) = start(text);
    format!("{}{cut}", start.escape_debug())
}

fn start(text: &str) -> (&str, &'static str) {
    let end = text.char_indices().nth(LONGEST).map(|(end, _)| end);
    match end.and_then(|end| text.get(..end)) {
        Some(start) => (start, ".."),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_quotes_are_escaped() {
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
    fn long_texts_and_lists_are_cut() {
        let long = "é".repeat(LONGEST + 1);
        assert_eq!(quoted(&long), format!("\"{}\"..", "é".repeat(LONGEST)));
        assert_eq!(escaped(&long), format!("{}..", "é".repeat(LONGEST)));
        let exact = "é".repeat(LONGEST);
        assert_eq!(quoted(&exact), format!("\"{exact}\""));

        assert_eq!(quoted_list([]), "[]");
        assert_eq!(quoted_list(["a", "b"]), r#"["a", "b"]"#);
        let list = quoted_list(["a"; MOST + 2]);
        assert!(list.ends_with(r#""a", and 2 more]"#), "{list}");
        assert_eq!(list.matches("\"a\"").count(), MOST);
    }
}
