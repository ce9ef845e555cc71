//! The map as one page that needs nothing else: no server, no network, not even a script.

use std::fmt::{self, Display, Formatter, Write};

use super::AccessMap;
use super::auths::{Auths, Named, REPORT_ONLY};
use super::display::{Printable, place_note};
use super::json::{MapDocument, access_of};
use super::route::AccessRoute;
use super::warnings::AccessWarning;

/// `{{name}}` stands for what is put there. The hashes of styles and scripts stand in its policy.
const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// What a caller may do.
const EVALUATE: &str = include_str!("page/evaluate.js");
/// What the page shows.
const SCRIPT: &str = include_str!("page/page.js");

impl AccessMap {
    /// The map as one self-contained HTML page: search, filters, who may call a route, and what a
    /// caller with certain scopes and roles may do.
    ///
    /// It loads nothing and sends nothing, its Content-Security-Policy allows no more than what is
    /// in it, and without scripts it is a plain table. It shows who may do what in the whole API:
    /// serve it to those who may know, or write it to a file.
    #[must_use]
    pub fn to_html(&self) -> String {
        let map = &self.in_short();
        let auths = Auths::of(map);
        let several = auths.tell_routes_apart(map);
        let parts: [(&str, String); 7] = [
            ("style", STYLE.to_owned()),
            ("evaluate", EVALUATE.to_owned()),
            ("script", SCRIPT.to_owned()),
            (
                "auths",
                auths.iter().map(|auth| Card(auth).to_string()).collect(),
            ),
            ("warnings", Warnings(self.warnings()).to_string()),
            (
                "auth_column",
                if several {
                    "<th scope=\"col\">Auth</th>"
                } else {
                    ""
                }
                .to_owned(),
            ),
            (
                "rows",
                map.routes()
                    .iter()
                    .map(|route| {
                        row(
                            route,
                            several.then(|| auths.name_of(route).unwrap_or("none")),
                        )
                    })
                    .collect(),
            ),
        ];
        let mut page = String::with_capacity(PAGE.len() + STYLE.len() + SCRIPT.len() + 4_096);
        // In one pass, so that nothing in what is put in can name another placeholder.
        let mut rest = PAGE;
        while let Some((before, after)) = rest.split_once("{{") {
            page.push_str(before);
            let Some((name, after)) = after.split_once("}}") else {
                break;
            };
            match parts.iter().find(|(known, _)| *known == name) {
                Some((_, part)) => page.push_str(part),
                None if name == "data" => page.push_str(&data(map)),
                None => {}
            }
            rest = after;
        }
        page.push_str(rest);
        page
    }
}

/// JSON that can stand in a `<script>`: no `</script>`, no `<!--`, and no line end that JavaScript
/// once knew and JSON did not.
fn data(map: &AccessMap) -> String {
    // Texts, numbers and lists of them: nothing of these can fail to be written.
    let json = serde_json::to_string(&MapDocument::of(map)).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            // Only in texts do these stand in JSON.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // A `String` takes everything.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out
}

/// An `Auth` of the legend.
struct Card<'a>(&'a Named<'a>);

impl Display for Card<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let auth = self.0;
        let (class, loud) = if auth.is_report_only() {
            let loud = format!("<p class=\"loud\" role=\"alert\">{REPORT_ONLY}</p>");
            (" report-only", loud)
        } else {
            ("", String::new())
        };
        write!(
            formatter,
            "<section class=\"auth{class}\"><h2>{name}</h2><p class=\"kinds\">{kinds}</p>{loud}",
            name = Escaped(&auth.name),
            kinds = Escaped(&auth.kinds().join(", ")),
        )?;
        let scopes = auth.scopes();
        if !scopes.is_empty() {
            formatter.write_str("<ul class=\"scopes\">")?;
            for scope in &scopes {
                write!(formatter, "<li><code>{}</code>", Escaped(scope.name))?;
                if !scope.implies.is_empty() {
                    let implied = scope.implies.join(", ");
                    write!(formatter, " <span>implies {}</span>", Escaped(&implied))?;
                }
                formatter.write_str("</li>")?;
            }
            formatter.write_str("</ul>")?;
        }
        formatter.write_str("</section>\n")
    }
}

struct Warnings<'a>(&'a [AccessWarning]);

impl Display for Warnings<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        formatter.write_str("<section class=\"warnings\"><h2>Warnings</h2><ul>")?;
        for warning in self.0 {
            formatter.write_str("<li>")?;
            // The routes in it are quoted as code.
            for (index, part) in warning.to_string().split('`').enumerate() {
                match index % 2 {
                    0 => write!(formatter, "{}", Escaped(part))?,
                    _ => write!(formatter, "<code>{}</code>", Escaped(part))?,
                }
            }
            formatter.write_str("</li>")?;
        }
        formatter.write_str("</ul></section>")
    }
}

/// What the script adds to it is found by its position: the rows are in the order of the data.
fn row(route: &AccessRoute, auth: Option<&str>) -> String {
    let auth = auth.map_or(String::new(), |auth| {
        format!("<td class=\"auth-name\">{}</td>", Escaped(auth))
    });
    format!(
        "<tr class=\"route {access}\"><td class=\"method\">{method}</td>\
         <td class=\"path\"><code>{path}</code>{note}</td>\
         <td class=\"rule\"><code>{rule}</code></td>{auth}\
         <td class=\"handler\"><code>{handler}</code></td></tr>\n",
        access = access_of(route),
        method = Escaped(route.method()),
        path = Breaking(route.path()),
        note = place_note(route),
        rule = Escaped(&route.rule()),
        handler = Breaking(route.handler()),
    )
}

/// A path, which may go on in the next line before each of its segments.
struct Breaking<'a>(&'a str);

impl Display for Breaking<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let path = Escaped(self.0).to_string();
        // Neither stands in a character reference.
        let path = path.replace('/', "<wbr>/").replace("::", "<wbr>::");
        formatter.write_str(path.strip_prefix("<wbr>").unwrap_or(&path))
    }
}

/// Text of an element or of an attribute in double quotes.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Printable(self.0)
            .to_string()
            .chars()
            .try_for_each(|character| match character {
                '&' => formatter.write_str("&amp;"),
                '<' => formatter.write_str("&lt;"),
                '>' => formatter.write_str("&gt;"),
                '"' => formatter.write_str("&quot;"),
                '\'' => formatter.write_str("&#39;"),
                other => write!(formatter, "{other}"),
            })
    }
}
