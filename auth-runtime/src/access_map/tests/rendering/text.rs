//! Plain text, and the diff that a changed route causes in it.

use super::api::{TWO_ROUTES, api, two_routes};
use super::*;
use crate::access_map::AccessMap;

#[test]
fn a_small_map_is_one_text_table() {
    assert_eq!(two_routes().to_string(), TWO_ROUTES);
}

#[test]
fn the_text_of_an_access_map_matches_the_recorded_one() {
    let expected = include_str!("api.txt");
    let text = api().to_string();
    assert_eq!(text, expected, "the new text:\n{text}");
}

#[test]
fn report_only_mode_is_prominent_in_every_access_map_rendering() {
    let map = api::reporting();
    let text = map.to_string();
    let loud = "!!! REPORT ONLY: denials are logged and counted, and the requests pass !!!";
    assert_eq!(text.lines().nth(1).map(str::trim), Some(loud), "{text}");
    let markdown = map.to_markdown();
    let quote = markdown
        .lines()
        .find(|line| line.starts_with("> **`api`: REPORT ONLY: "));
    assert!(quote.is_some(), "{markdown}");
    let page = map.to_html();
    assert!(page.contains(r#"<p class="loud" role="alert">REPORT ONLY: "#));
    assert!(map.to_json().contains(r#""report_only": true"#));
    for quiet in [
        api().to_string(),
        api().to_markdown(),
        two_routes().to_html(),
    ] {
        assert!(!quiet.contains("REPORT ONLY"));
    }
}

#[test]
fn access_map_warnings_come_last_with_one_line_each() {
    let map = api();
    let lines = |text: &str, heading: &str| {
        let (_, warnings) = text.split_once(heading).unwrap();
        warnings.lines().filter(|line| !line.is_empty()).count()
    };
    let count = map.warnings().len();
    assert!(count > 0);
    assert_eq!(lines(&map.to_string(), "\nWARNINGS\n"), count);
    assert_eq!(lines(&map.to_markdown(), "\nWarnings:\n"), count);
    assert_eq!(
        map.to_html()
            .split("class=\"warnings\"")
            .nth(1)
            .unwrap()
            .split("</section>")
            .next()
            .unwrap()
            .matches("<li>")
            .count(),
        count
    );
}

/// A text without its warnings, which are about several rows.
fn rows(text: &str) -> String {
    let end = text.to_lowercase().find("\nwarnings").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The lines that are in only one of the texts.
fn changed<'a>(before: &'a str, after: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let only = |these: &'a str, others: &str| {
        these
            .lines()
            .filter(|line| !others.lines().any(|other| other == *line))
            .collect()
    };
    (only(before, after), only(after, before))
}

#[test]
fn a_changed_route_changes_one_line_of_every_rendering() {
    let before = api();
    for index in 0..before.routes().len() {
        let mut routes = before.routes().to_vec();
        let row = &mut routes[index];
        row.rules = vec![Box::leak(Box::new(required(
            "shop::Changed",
            scope("a:very:long:scope:indeed"),
        )))];
        row.unguarded = None;
        row.handler = "shop::a_handler_with_a_name_that_no_column_has_room_for::and_more";
        let after = AccessMap::new(routes);
        for (before, after) in [
            (rows(&before.to_string()), rows(&after.to_string())),
            (rows(&before.to_markdown()), rows(&after.to_markdown())),
        ] {
            let (gone, new) = changed(&before, &after);
            assert_eq!((gone.len(), new.len()), (1, 1), "{gone:#?} {new:#?}");
        }
    }
}

#[test]
fn a_longer_path_changes_no_other_line_of_the_map() {
    let before = rows(&api().to_string());
    let mut routes = api().routes().to_vec();
    routes[3].path.push_str(&"/{and}/{so}/{on}".repeat(5));
    let after = rows(&AccessMap::new(routes).to_string());
    let (gone, new) = changed(&before, &after);
    assert_eq!((gone.len(), new.len()), (1, 1), "{gone:#?} {new:#?}");
}

#[test]
fn the_order_of_map_rows_does_not_depend_on_declaration_order() {
    let mut routes = api().routes().to_vec();
    routes.reverse();
    let reversed = AccessMap::new(routes);
    let paths = |map: &AccessMap| {
        let rows = map.routes().iter();
        rows.map(|row| format!("{} {}", row.method(), row.path()))
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(&reversed), paths(&api()));
}

#[test]
fn auths_in_the_map_are_named_by_realm_and_numbered_if_realms_are_equal() {
    let (one, two) = (auth(), auth());
    let called = |realm: &str| Auth::builder().bearer(jwt()).realm(realm).build().unwrap();
    let (partner, number) = (called("partner"), called("api 2"));
    let rows = [
        ("/a", &one),
        ("/b", &two),
        ("/c", &one),
        ("/d", &partner),
        ("/e", &number),
    ];
    let map = AccessMap::new(
        rows.into_iter()
            .map(|(path, auth)| route(Method::Get, path, Rule::required("shop::a")).at(auth))
            .collect(),
    );
    let text = map.to_string();
    let column: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("GET"))
        .filter_map(|line| line.get(38..50))
        .map(str::trim)
        .collect();
    assert_eq!(column, ["api", "api 2", "api", "partner", "api 2 2"]);
}

#[test]
fn a_route_without_an_auth_is_visible_in_the_map() {
    let map = AccessMap::new(vec![
        route(Method::Get, "/a", Rule::required("shop::a")).at(&auth()),
        route(Method::Get, "/b", Rule::required("shop::b")),
    ]);
    let text = map.to_string();
    let without = text.lines().find(|line| line.contains("/b")).unwrap();
    assert_eq!(
        without.split_whitespace().collect::<Vec<_>>(),
        ["GET", "/b", "-", "shop::b", "any", "caller"]
    );
}
