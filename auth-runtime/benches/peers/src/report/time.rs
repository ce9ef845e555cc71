//! The tables of times.

use auth_runtime::keys::Algorithm;

use super::markdown::{number, ratio, table};
use super::sections::{by_algorithm, guards, header, list};
use crate::measure::Figures;
use crate::rows::{
    BARE, COLD, HAND_WRITTEN, LIMIT_COLD, LIMIT_LAYER, LIMIT_WARM, NEW, Row, Section, WARM,
    WARM_LAYER,
};

pub(crate) fn report(times: &Figures<f64>) -> String {
    let of_guard = |row: &Row| over_bare(times, row).map(number);
    [
        list("Time of bare requests", Section::Bare, ["", "ns"], |row| {
            [row.label.to_owned(), number(whole(times, row))]
        }),
        guards("Time of the guard: ns over the bare handler", of_guard),
        ratios(times),
        others(times),
        refusals(times),
    ]
    .concat()
}

fn whole(times: &Figures<f64>, row: &Row) -> f64 {
    times.with(row.id, row.algorithm).expect("the row")
}

/// What the guard adds to the bare handler.
fn over_bare(times: &Figures<f64>, row: &Row) -> Option<f64> {
    Some(times.with(row.id, row.algorithm)? - times.get(row.bare)?)
}

fn ratios(times: &Figures<f64>) -> String {
    let of_guards = |label, above, below| {
        by_algorithm(label, |algorithm| {
            let bare = times.get(BARE)?;
            let above = times.with(above, algorithm)? - bare;
            Some(ratio(above / (times.with(below, algorithm)? - bare)))
        })
    };
    let of_requests = by_algorithm("whole request: hand-written / warm", |algorithm| {
        let by_hand = times.with(HAND_WRITTEN, algorithm)?;
        Some(ratio(by_hand / times.with(WARM, algorithm)?))
    });
    let rows = [
        of_guards("warm / limit, warm", WARM, LIMIT_WARM),
        of_guards(
            "warm, `auth.layer()` / limit behind a layer",
            WARM_LAYER,
            LIMIT_LAYER,
        ),
        of_guards("cold / hand-written", COLD, HAND_WRITTEN),
        of_guards("new tokens / hand-written", NEW, HAND_WRITTEN),
        of_guards("cold / limit, cold", COLD, LIMIT_COLD),
        of_guards("limit, cold / hand-written", LIMIT_COLD, HAND_WRITTEN),
        of_requests,
    ];
    table("Ratios of times", &header(), &rows)
}

fn others(times: &Figures<f64>) -> String {
    let warm = times.with(WARM, Algorithm::HS256).expect("the row");
    let warm = warm - times.get(BARE).expect("the row");
    let header = ["", "guard, ns", "to the warm guard (HS256)"];
    list("Time of other guards", Section::Other, header, |row| {
        let guard = over_bare(times, row).expect("the rows");
        [row.label.to_owned(), number(guard), ratio(guard / warm)]
    })
}

fn refusals(times: &Figures<f64>) -> String {
    let bare = times.get(BARE).expect("the row");
    let header = ["", "whole request, ns", "to a bare 200"];
    list(
        "Time of refusals (ES256)",
        Section::Refusal,
        header,
        |row| {
            let time = whole(times, row);
            [row.label.to_owned(), number(time), ratio(time / bare)]
        },
    )
}
