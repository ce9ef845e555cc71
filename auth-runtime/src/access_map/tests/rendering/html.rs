//! The HTML page is complete, loads nothing, and escapes all texts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::api::{api, reporting};
use super::*;
use crate::access_map::AccessMap;

/// A map whose texts try to break out of their elements.
pub(super) fn hostile() -> AccessMap {
    let reason = "</script><script>document.title='out'</script><!-- \u{2028} {{data}} \" ' &lt; <img src=x onerror=document.title='out'>";
    let rule = required(
        "shop::<b>x</b>",
        any(vec![
            check(0, Some("<img src=x onerror=\"document.title='out'\">")),
            Requirement::Claim {
                name: "__proto__",
                value: crate::policy::ClaimValue::Text { value: "</script>" },
            },
            scope("<svg/onload=alert(1)>"),
            role("__proto__"),
        ]),
    );
    AccessMap::new(vec![
        route(
            Method::Get,
            "/</code><script>alert(1)</script>",
            Rule::anonymous("shop::a", reason),
        ),
        route(Method::Post, "/'\"><img src=x>", rule).at(&auth()),
        unguarded(
            RouteKind::Fallback,
            "/{{rows}}",
            "shop::<Files as Service>",
            Some(reason),
        ),
    ])
}

/// The texts between each `open` and the next `close`.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.split(open)
        .skip(1)
        .map(|rest| rest.split(close).next().unwrap())
        .collect()
}

#[test]
fn the_content_security_policy_allows_the_styles_and_scripts_of_the_page() {
    let page = api().to_html();
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"")[0];
    let inline = [
        between(&page, "<style>", "</style>"),
        between(&page, "<script>", "</script>"),
    ]
    .concat();
    assert_eq!(inline.len(), 3);
    for text in inline {
        let hash = STANDARD.encode(Sha256::digest(text));
        let start: String = text.chars().take(60).collect();
        assert!(
            policy.contains(&format!("'sha256-{hash}'")),
            "page.html must contain 'sha256-{hash}' for{start}"
        );
    }
    assert_eq!(policy.matches("sha256-").count(), 3);
    assert!(policy.starts_with("default-src 'none'; "));
    assert!(!policy.contains("unsafe"));
}

#[test]
fn the_access_map_page_loads_nothing_from_the_network() {
    let page = api().to_html();
    for loading in [
        "src=",
        "url(",
        "@import",
        "fetch(",
        "XMLHttpRequest",
        "http://",
        "https://",
        "style=",
    ] {
        assert!(!page.contains(loading), "{loading}");
    }
}

#[test]
fn html_text_cannot_leave_its_element() {
    let page = hostile().to_html();
    assert_eq!(page.matches("<script").count(), 3);
    assert_eq!(page.matches("</script").count(), 3);
    for markup in ["<!--", "<img", "<svg", "<b>", "\u{2028}"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(
        page.contains("{{data}}") && page.contains("{{rows}}"),
        "placeholders in texts are not replaced"
    );
    let data = between(&page, "id=\"data\">", "</script>")[0];
    let whole: serde_json::Value = serde_json::from_str(&hostile().to_json()).unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(data).unwrap(),
        whole
    );
}

#[test]
fn without_scripts_the_access_map_page_lists_all_routes() {
    let map = api();
    let page = map.to_html();
    assert_eq!(
        page.matches("<tr class=\"route ").count(),
        map.routes().len()
    );
    assert!(page.contains(
        "<tr class=\"route required\"><td class=\"method\">GET</td>\
         <td class=\"path\"><code>/orders</code></td>\
         <td class=\"rule\"><code>scope = &quot;orders:read&quot;</code></td>"
    ));
    assert!(page.contains("UNGUARDED: "));
    let table = between(&page, "<table", "</table>")[0];
    assert!(!table.contains("hidden"));
}

/// Writes them where `tests/access_map/run` finds them.
#[test]
#[ignore = "run by tests/access_map/run, which sets ACCESS_MAP_PAGES"]
fn access_map_pages_are_written_for_the_browser_tests() {
    let folder = std::path::PathBuf::from(
        std::env::var_os("ACCESS_MAP_PAGES").expect("ACCESS_MAP_PAGES names a folder"),
    );
    for (name, map) in [
        ("api", api()),
        ("hostile", hostile()),
        ("reporting", reporting()),
    ] {
        std::fs::write(folder.join(name).with_extension("html"), map.to_html()).unwrap();
        std::fs::write(folder.join(name).with_extension("md"), map.to_markdown()).unwrap();
    }
}
