//! The map as a Markdown table, for a repository or a pull request.

use std::fmt::{self, Write};

use super::AccessMap;
use super::auths::{Auths, REPORT_ONLY};
use super::display::{place_note, printable};

impl AccessMap {
    /// The map as tables of GitHub Flavored Markdown. Rows are not padded, so that a changed rule
    /// is one changed line.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        // Writing to a `String` can't fail.
        let _ = self.write_markdown(&mut out);
        out
    }

    fn write_markdown(&self, out: &mut String) -> fmt::Result {
        let map = &self.simplified();
        let auths = Auths::of(map);
        if !auths.is_empty() {
            writeln!(out, "| auth | kinds | scopes |\n|---|---|---|")?;
            for auth in auths.iter() {
                let scopes: Vec<String> = auth
                    .scopes()
                    .iter()
                    .map(|scope| match scope.implies.as_slice() {
                        [] => code(scope.name),
                        implied => {
                            let implied: Vec<String> = implied.iter().copied().map(code).collect();
                            format!("{} (implies {})", code(scope.name), implied.join(", "))
                        }
                    })
                    .collect();
                let kinds = auth.kinds().join(", ");
                writeln!(
                    out,
                    "| {} | {kinds} | {} |",
                    code(&auth.name),
                    scopes.join(", ")
                )?;
            }
            out.push('\n');
        }
        for auth in auths.iter().filter(|auth| auth.is_report_only()) {
            writeln!(out, "> **{}: {REPORT_ONLY}**\n", code(&auth.name))?;
        }

        let several = auths.tell_routes_apart(map);
        let (title, line) = if several {
            (" auth |", "---|")
        } else {
            ("", "")
        };
        writeln!(
            out,
            "| method | path | rule |{title} handler |\n|---|---|---|{line}---|"
        )?;
        for route in map.routes() {
            let auth = match auths.name_of(route) {
                _ if !several => String::new(),
                Some(name) => format!(" {} |", code(name)),
                None => " |".to_owned(),
            };
            writeln!(
                out,
                "| {} | {}{} | {} |{auth} {} |",
                route.method().replace('*', "\\*"),
                code(route.path()),
                place_note(route),
                code(&route.rule()),
                code(route.handler()),
            )?;
        }

        if !self.warnings().is_empty() {
            writeln!(out, "\nWarnings:\n")?;
        }
        self.warnings()
            .iter()
            .try_for_each(|warning| writeln!(out, "* {}", prose(&warning.to_string())))
    }
}

/// Text as code that is also valid in a table. If a code span can't contain the text, it becomes an
/// HTML element in which all punctuation is replaced by character references.
fn code(text: &str) -> String {
    let mut line = String::new();
    let _ = printable(&mut line, text);
    let plain = !line.contains(['|', '`', '\\']) && line.trim() == line && !line.is_empty();
    if plain {
        return format!("`{line}`");
    }
    let mut element = "<code>".to_owned();
    character_references(&mut element, &line, |character| {
        character.is_ascii_punctuation()
    });
    element.push_str("</code>");
    element
}

/// The text of a warning, in which parts between backticks are code.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            out.push_str(&code(part));
        } else {
            let mut line = String::new();
            let _ = printable(&mut line, part);
            character_references(&mut out, &line, |character| {
                r"\*_<>[]&|~#".contains(character)
            });
        }
    }
    out
}

/// Replaces the characters that may be markup with numeric character references.
fn character_references(out: &mut String, text: &str, is_markup: fn(char) -> bool) {
    for character in text.chars() {
        if is_markup(character) {
            let _ = write!(out, "&#{};", u32::from(character));
        } else {
            out.push(character);
        }
    }
}
