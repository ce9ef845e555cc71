//! Tables and numbers in Markdown.

use std::fmt::Write;

/// The first column is text, the others are numbers.
pub(super) fn table(title: &str, header: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("\n## {title}\n\n| {} |\n|---|", header.join(" | "));
    text += &"--:|".repeat(header.len() - 1);
    text += "\n";
    for row in rows {
        writeln!(text, "| {} |", row.join(" | ")).expect("memory");
    }
    text
}

/// Rounded, with a comma between thousands.
pub(super) fn number(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value <= -0.5 {
        format!("-{text}")
    } else {
        text
    }
}

pub(super) fn ratio(value: f64) -> String {
    format!("{value:.2}")
}
