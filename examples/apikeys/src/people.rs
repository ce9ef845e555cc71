//! Tables, for the terminal.

use comfy_table::{
    Cell, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width,
};

use crate::key::{Key, moment};

/// The width of a table if the output is not a terminal.
const WIDTH: u16 = 100;

/// Space between columns.
const GAP: u16 = 2;

pub(crate) fn list<'a>(keys: impl IntoIterator<Item = Key<'a>>) -> String {
    let mut table = table();
    table.load_style(TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─')));
    table.set_header(["prefix", "owner", "scopes", "state", "last used"]);
    // The longest word of each column, so that a prefix is never wrapped.
    let mut longest = [6, 5, 6, 5, 4];
    for key in keys {
        let record = key.record;
        let mut owner = vec![record.owner.clone()];
        if !record.description.is_empty() {
            owner.push(record.description.clone());
        }
        let mut scopes = record.scopes.clone();
        if !record.roles.is_empty() {
            scopes.push(format!("as {}", record.roles.join(", ")));
        }
        let cells = [
            vec![record.prefix.clone()],
            owner,
            scopes,
            vec![key.standing()],
            vec![key.last_used()],
        ];
        for (longest, lines) in longest.iter_mut().zip(&cells) {
            let words = lines.iter().flat_map(|line| line.split(' '));
            let words = words.map(|word| word.chars().count());
            *longest = words.max().unwrap_or_default().max(*longest);
        }
        table.add_row(cells.map(|lines| cell(&lines)));
    }
    for (column, longest) in table.column_iter_mut().zip(longest) {
        let width = u16::try_from(longest).unwrap_or(u16::MAX).min(29) + GAP;
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
    }
    text(&mut table)
}

pub(crate) fn show(key: &Key<'_>) -> String {
    let record = key.record;
    let time = |time: Option<_>, never: &str| time.map_or_else(|| never.to_owned(), moment);
    let none = || "-".to_owned();
    let mut table = table();
    for (name, value) in [
        ("prefix", record.prefix.clone()),
        ("owner", record.owner.clone()),
        ("description", record.description.clone()),
        ("scopes", record.scopes.join(" ")),
        ("roles", record.roles.join(" ")),
        ("state", key.standing()),
        ("created", moment(record.created_at)),
        ("expires", time(record.expires_at, "never")),
        ("revoked", time(record.revoked_at, "-")),
        ("last used", time(record.last_used_at, "never")),
        ("replaces", record.replaces.clone().unwrap_or_else(none)),
        (
            "replaced by",
            key.replaced_by.map_or_else(none, str::to_owned),
        ),
    ] {
        table.add_row([Cell::new(name), cell(&[value])]);
    }
    text(&mut table)
}

fn text(table: &mut Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    format!("{}\n", table.trim_fmt())
}

fn table() -> Table {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new())
        .set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    table
}

/// Control characters are replaced, because a terminal would execute them.
fn cell(lines: &[String]) -> Cell {
    let lines: Vec<_> = lines
        .iter()
        .map(|line| line.replace(char::is_control, "\u{FFFD}"))
        .collect();
    match lines.join("\n").as_str() {
        "" => Cell::new("-"),
        text => Cell::new(text),
    }
}
