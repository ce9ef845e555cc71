//! What every request gets, to the byte: one case per line of the table, each with its row.

#![allow(clippy::too_many_lines, reason = "a table is as long as it has lines")]

mod access;
mod authorization;
mod claims;
mod credentials;
mod hidden;
mod signing;
mod step_up;
mod structure;

use std::collections::BTreeSet;

use auth_tests::client::{Request, Response};

use crate::app::World;
pub(crate) use auth_tests::expected::{Expected, Refused, handler, invalid_token, refused};

/// The rows that must have a case.
const ROWS: &[&str] = &[
    "A1", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A11", "A14", "A16", "B1", "B2", "B3", "B4",
    "B5", "B6", "B7", "B8", "B9", "B10", "B11", "B12", "B13", "B14", "B15", "B16", "B17", "C1",
    "C2", "C3", "C4", "C6", "C7", "C8", "C9", "C10", "C11", "C13", "C13a", "C13b", "C14", "C15",
    "D13", "E2", "I8", "I9", "I14", "I15",
];
// Rows of other kinds of credentials, and of several: see `mixing`, `basic`, `api_keys`.

/// One line of the table.
pub(crate) struct Case {
    row: &'static str,
    what: String,
    request: Request,
    expected: Expected,
}

pub(crate) fn case(
    row: &'static str,
    what: impl Into<String>,
    request: Request,
    expected: impl Into<Expected>,
) -> Case {
    Case {
        row,
        what: what.into(),
        request,
        expected: expected.into(),
    }
}

fn cases(world: &World) -> Vec<Case> {
    let mut cases = credentials::cases(world);
    cases.extend(structure::cases(world));
    cases.extend(signing::cases(world));
    cases.extend(claims::cases(world));
    cases.extend(authorization::cases(world));
    cases.extend(hidden::cases(world));
    cases.extend(step_up::cases(world));
    cases.extend(access::cases(world));
    cases
}

#[tokio::test]
async fn every_row_of_the_conformance_table_is_answered_exactly() {
    let world = World::start().await;
    let mut wrong = Vec::new();
    let cases = cases(&world);
    assert!(cases.len() > 500, "only {}", cases.len());
    for case in cases {
        let response = world.send(&case.request).await;
        if let Err(difference) = case.expected.compare(&response) {
            let Case {
                row, what, request, ..
            } = &case;
            wrong.push(format!(
                "{row}, {what}: {difference}\n    {request:?}\n    {response:?}"
            ));
        }
    }
    world.assert_in_order().await;
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn every_row_of_the_conformance_table_has_a_case() {
    let world = World::start().await;
    let mut covered: BTreeSet<_> = cases(&world).iter().map(|case| case.row).collect();
    // Its cases are the GET cases of all the other rows: see the test below.
    covered.insert("I14");
    let missing: Vec<_> = ROWS.iter().filter(|row| !covered.contains(*row)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    let unknown: Vec<_> = covered.iter().filter(|row| !ROWS.contains(row)).collect();
    assert!(unknown.is_empty(), "no such rows: {unknown:?}");
}

/// `HEAD` is what `GET` answers without its content, for every GET of the table. To a path without
/// a route axum's `HEAD` says no length, so a hidden route's doesn't either.
#[tokio::test]
async fn i14_head_is_answered_like_get_without_a_body() {
    let world = World::start().await;
    let mut compared = 0;
    for case in cases(&world) {
        let Case { row, what, .. } = &case;
        if case.request.verb() != "GET" {
            continue;
        }
        let get = world.send(&case.request).await.comparable();
        let head = case.request.clone().method("HEAD");
        let head = world.send(&head).await.comparable();
        let mut expected = Response {
            body: Vec::new(),
            ..get
        };
        if matches!(case.expected, Expected::NoSuchPath) {
            expected
                .headers
                .retain(|(name, _)| name != "content-length");
        }
        assert_eq!(head, expected, "{row}, {what}");
        compared += 1;
    }
    assert!(compared > 450, "only {compared}");
}

#[tokio::test]
async fn c7_a_hidden_route_is_indistinguishable_from_a_missing_path() {
    let world = World::start().await;
    let token = world.alice().sign();
    for method in ["GET", "HEAD"] {
        for (hidden, bearer) in [
            ("/hidden", Some(&token)),
            ("/hidden-always", Some(&token)),
            ("/hidden-always", None),
        ] {
            let answer = async |path: &str| {
                let request = Request::new(method, path);
                let request = bearer.map_or(request.clone(), |token| request.bearer(token));
                world.send(&request).await.comparable()
            };
            assert_eq!(
                answer(hidden).await,
                answer("/no-such-path").await,
                "{method} {hidden}"
            );
        }
    }
}
