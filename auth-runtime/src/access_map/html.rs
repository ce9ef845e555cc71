//! The map as one page that needs nothing else: no server, no network, not even a script.

use std::fmt::{self, Display, Formatter};

use super::AccessMap;
use super::auths::{Auths, Named, REPORT_ONLY};
use super::json::{Document, access_of};
use super::route::AccessRoute;
use super::warnings::Warning;
use super::words::{Printable, RouteWords, place_note};

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
            ("auths", auths.iter().map(auth_card).collect()),
            ("warnings", warnings(self.warnings())),
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
        // In one pass, so that nothing in what is put in can name another place.
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
    let json = serde_json::to_string(&Document::of(map)).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            // Only in texts do these stand in JSON.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out
}

fn auth_card(auth: &Named<'_>) -> String {
    let mut card = format!(
        "<section class=\"auth{}\"><h2>{}</h2><p class=\"kinds\">{}</p>",
        if auth.is_report_only() {
            " report-only"
        } else {
            ""
        },
        Escaped(&auth.name),
        Escaped(&auth.kinds().join(", ")),
    );
    if auth.is_report_only() {
        card.push_str(&format!(
            "<p class=\"loud\" role=\"alert\">{REPORT_ONLY}</p>"
        ));
    }
    let scopes = auth.scopes();
    if !scopes.is_empty() {
        card.push_str("<ul class=\"scopes\">");
        for scope in scopes {
            card.push_str(&format!("<li><code>{}</code>", Escaped(scope.name)));
            if !scope.implies.is_empty() {
                let implied = scope.implies.join(", ");
                card.push_str(&format!(" <span>implies {}</span>", Escaped(&implied)));
            }
            card.push_str("</li>");
        }
        card.push_str("</ul>");
    }
    card.push_str("</section>\n");
    card
}

fn warnings(warnings: &[Warning]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let items: String = warnings
        .iter()
        .map(|warning| format!("<li>{}</li>", Escaped(&warning.to_string())))
        .collect();
    format!("<section class=\"warnings\"><h2>Warnings</h2><ul>{items}</ul></section>")
}

/// What the script adds to it is found by its place: the rows are in the order of the data.
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
        rule = Escaped(&RouteWords(route).to_string()),
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
