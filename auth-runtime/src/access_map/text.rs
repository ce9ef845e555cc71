//! The map as plain text. A line changes only if its route changes.

use std::fmt::{self, Display, Formatter, Write};

use super::AccessMap;
use super::auths::{Auths, REPORT_ONLY};
use super::display::{Printable, place_note, printable};

const METHOD: usize = 9;
const PATH: usize = 32;
const AUTH: usize = 12;
const HANDLER: usize = 32;
/// If a cell is too long for its column, the next cell begins at a multiple of this width.
const STOP: usize = 8;

/// A table with one line for each route, and the rule at its end.
///
/// It is meant for a snapshot test: a changed rule is one changed line, because columns have fixed
/// widths and a long path moves only the rest of its own line. The text is the same in every run.
impl Display for AccessMap {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let map = &self.simplified();
        let auths = Auths::of(map);
        for auth in auths.iter() {
            write!(
                formatter,
                "auth {}: {}",
                Printable(&auth.name),
                auth.kinds().join(", ")
            )?;
            formatter.write_char('\n')?;
            if auth.is_report_only() {
                writeln!(formatter, "  !!! {REPORT_ONLY} !!!")?;
            }
            for scope in auth.scopes() {
                write!(formatter, "  scope {}", scope.name)?;
                if !scope.implies.is_empty() {
                    write!(formatter, " implies {}", scope.implies.join(", "))?;
                }
                formatter.write_char('\n')?;
            }
        }
        if !auths.is_empty() {
            formatter.write_char('\n')?;
        }

        let several = auths.tell_routes_apart(map);
        let row = |cells: [&str; 4], rule: &str| {
            let mut line = String::new();
            let [method, path, auth, handler] = cells;
            cell(&mut line, method, METHOD)?;
            cell(&mut line, path, PATH)?;
            if several {
                cell(&mut line, auth, AUTH)?;
            }
            cell(&mut line, handler, HANDLER)?;
            line.push_str(rule);
            Ok::<_, fmt::Error>(line)
        };
        writeln!(
            formatter,
            "{}",
            row(["METHOD", "PATH", "AUTH", "HANDLER"], "RULE")?
        )?;
        for route in map.routes() {
            let auth = auths.name_of(route).unwrap_or("-");
            let path = format!("{}{}", route.path(), place_note(route));
            let cells = [route.method(), &path, auth, route.handler()];
            writeln!(formatter, "{}", row(cells, &route.rule())?)?;
        }

        if !self.warnings().is_empty() {
            writeln!(formatter, "\nWARNINGS")?;
        }
        self.warnings()
            .iter()
            .try_for_each(|warning| writeln!(formatter, "{}", Printable(&warning.to_string())))
    }
}

/// The text, and spaces up to the next column.
fn cell(line: &mut String, text: &str, width: usize) -> fmt::Result {
    let start = line.chars().count();
    printable(line, text)?;
    let length = line.chars().count().saturating_sub(start);
    let longer = (length + 2).next_multiple_of(STOP);
    let width = if length + 2 <= width { width } else { longer };
    line.extend(std::iter::repeat_n(' ', width.saturating_sub(length)));
    Ok(())
}
