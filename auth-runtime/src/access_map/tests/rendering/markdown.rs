//! Markdown, and texts that could break its tables.

use super::api::two_routes;
use super::*;
use crate::access_map::AccessMap;

#[test]
fn a_small_map_is_one_markdown_table() {
    assert_eq!(
        two_routes().to_markdown(),
        "\
| auth | kinds | scopes |
|---|---|---|
| `api` | Bearer | `orders:admin` (implies `orders:read`), `orders:read` |

| method | path | rule | handler |
|---|---|---|---|
| GET | `/health` | `anonymous: health probe` | `shop::health` |
| GET | `/orders/{id}` | `any(scope = \"orders:read\", check(\"is the owner\"))` | `shop::orders::show` |
",
    );
}

#[test]
fn markdown_text_cannot_leave_its_cell() {
    let reason = "a | b `c` \\| <script>alert(1)</script> \n| d | **e** &amp;";
    let map = AccessMap::new(vec![
        route(Method::Get, "/|/`", Rule::anonymous("shop::a", reason)),
        unguarded(RouteKind::OtherMethods, "/", "shop::b", Some("")),
    ]);
    let text = map.to_markdown();
    assert_eq!(text.lines().count(), 4, "{text}");
    for line in text.lines() {
        assert_eq!(line.matches('|').count(), 5, "{line}");
        assert!(!line.contains("<script"), "{line}");
        assert_eq!(line.matches('`').count() % 2, 0, "{line}");
    }
    assert!(
        text.contains("| <code>&#47;&#124;&#47;&#96;</code> |"),
        "{text}"
    );
    assert!(text.contains("| \\* |"), "{text}");
}
