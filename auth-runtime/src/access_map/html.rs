//! The map as one HTML page that works without a server, the network or scripts.

use std::fmt::{self, Display, Formatter, Write};

use super::AccessMap;
use super::auths::{Auths, NamedAuth, REPORT_ONLY};
use super::display::{Printable, place_note};
use super::json::{MapDocument, access_of};
use super::route::AccessRoute;
use super::warnings::AccessWarning;

/// `{{name}}` is a placeholder. Its Content-Security-Policy contains the hashes of styles and scripts.
const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// Evaluates what a caller may do.
const EVALUATE: &str = include_str!("page/evaluate.js");
/// Shows and filters the routes.
const SCRIPT: &str = include_str!("page/page.js");

impl AccessMap {
    /// The map as one self-contained HTML page, with search and filters. It shows who may call a
    /// route, and what a caller with certain scopes and roles may do.
    ///
    /// The page loads nothing and sends nothing: its Content-Security-Policy allows only its own
    /// styles and scripts. Without scripts it is a plain table. It describes the access rules of the
    /// whole API: serve it only to people who may know them, or write it to a file.
    #[must_use]
    pub fn to_html(&self) -> String {
        let map = &self.simplified();
        let auths = Auths::of(map);
        let several = auths.tell_routes_apart(map);
        let parts: [(&str, String); 7] = [
            ("style", STYLE.to_owned()),
            ("evaluate", EVALUATE.to_owned()),
            ("script", SCRIPT.to_owned()),
            (
                "auths",
                auths
                    .iter()
                    .map(|auth| AuthCard(auth).to_string())
                    .collect(),
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
        // In one pass, so that placeholders in inserted text are not replaced.
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

/// JSON that is safe inside a `<script>`: without `</script>`, `<!--`, and the two line separators
/// that older versions of JavaScript do not allow in strings.
fn data(map: &AccessMap) -> String {
    // Texts, numbers and lists of them always serialize.
    let json = serde_json::to_string(&MapDocument::of(map)).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            // JSON has these only inside strings.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a `String` can't fail.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out
}

/// An `Auth` in the legend.
struct AuthCard<'a>(&'a NamedAuth<'a>);

impl Display for AuthCard<'_> {
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

/// The script finds the data of a row by its position: rows and data are in the same order.
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
        path = Breakable(route.path()),
        note = place_note(route),
        rule = Escaped(&route.rule()),
        handler = Breakable(route.handler()),
    )
}

/// A path that may be broken into lines before each of its segments.
struct Breakable<'a>(&'a str);

impl Display for Breakable<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let path = Escaped(self.0).to_string();
        // Character references contain neither.
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
