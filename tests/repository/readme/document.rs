//! The README, taken apart.

/// The text of the README.
pub(crate) fn readme() -> &'static str {
    include_str!("../../../README.md")
}

/// The contents of all code blocks of `language`, in order.
pub(crate) fn blocks(language: &str) -> Vec<&'static str> {
    readme()
        .split("\n```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'))
        .collect()
}

/// The cells of each row of the table whose first header cell is `header`, without the head of the table.
pub(crate) fn table(header: &str) -> Vec<Vec<&'static str>> {
    let start = format!("| {header} |");
    readme()
        .lines()
        .skip_while(|line| !line.starts_with(&start))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}
